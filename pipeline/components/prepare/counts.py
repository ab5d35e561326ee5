"""What became of every picture, counted."""

import collections
import json

from keras_novnorm.datasets.one_class_split import SPLITS
from pipeline.pipeline_error import PipelineError


def arrange_counts(raw):
    """Makes `counts.json` of what was tallied.

    Args:
        raw: pair of a list of `((name, key), count)`, and the groups of duplicates,
            lists of `(split, path)`.

    Returns:
        dict, as `PrepareOutputs.read_counts` gives it.
    """
    tallies, duplicates = raw
    found = collections.defaultdict(dict)
    for (name, key), count in tallies:
        found[name][key] = count
    # In one table: the pictures set aside, and those that are kept without their mask.
    refused_masks = sum(found["refused_masks"].values())
    splits = {split: {} for split in SPLITS}
    for key, count in found["classes"].items():
        split, class_name = json.loads(key)
        splits[split][class_name] = count
    return {
        "listed": sum(found["listed"].values()),
        "listed_by_class": {json.loads(k): n for k, n in found["listed"].items()},
        "accepted": sum(found["colours"].values()),
        "colours": {json.loads(k): n for k, n in found["colours"].items()},
        "rejected": found["rows"]["rejected"] - refused_masks,
        "refused_masks": refused_masks,
        "masks": sum(found["masks"].values()),
        "dropped": found["rows"]["dropped"],
        "splits": splits,
        "written": {split: found["written"].get(split, 0) for split in SPLITS},
        "duplicates": [
            {"split": group[0][0], "paths": [path for _, path in group]}
            for group in duplicates
        ],
    }


def check_nothing_lost(counts):
    """Checks that every picture is accounted for.

    Args:
        counts: dict, as `arrange_counts` gives it.

    Raises:
        PipelineError: a picture went missing between two steps.
    """
    # A runner that loses elements at a shuffle says nothing about it.
    split = {name: sum(classes.values()) for name, classes in counts["splits"].items()}
    whole = counts["listed"] == counts["accepted"] + counts["rejected"]
    whole &= counts["accepted"] == sum(split.values()) + counts["dropped"]
    if not whole or split != counts["written"]:
        raise PipelineError(
            f"Pictures were lost on the way: {counts['listed']} listed, "
            f"{counts['accepted']} accepted, {counts['rejected']} set aside, "
            f"{counts['dropped']} dropped, {split} split, {counts['written']} written. "
            "The Beam runner does not keep Beam's promises: use another one."
        )
