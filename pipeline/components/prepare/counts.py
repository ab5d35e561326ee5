"""What became of every picture, counted."""

import collections

from keras_novnorm.datasets.one_class_split import SPLITS
from pipeline.pipeline_error import PipelineError


def arrange_counts(raw, source):
    """Makes `counts.json` of what was tallied.

    Args:
        raw: dict: "tallies", list of `((name, key, ...), count)`; "shards", list of
            dict; "duplicates", list of `(paths, split)`.
        source: the `ImageSource` that was read.

    Returns:
        dict, as `PrepareOutputs.read_counts` gives it.
    """
    found = collections.defaultdict(dict)
    for (name, *key), count in raw["tallies"]:
        found[name][tuple(key)] = count
    # In one table: the pictures set aside, and those that are kept without their mask.
    refused_masks = sum(found["refused_masks"].values())
    rows = {key: count for (key,), count in found["rows"].items()}
    splits = {split: {} for split in SPLITS}
    written = dict.fromkeys(SPLITS, 0)
    for shard in raw["shards"]:
        classes, name = splits[shard["split"]], shard["class_name"]
        classes[name] = classes.get(name, 0) + shard["count"]
        written[shard["split"]] += shard["count"]
    return {
        "has_test_split": source.has_test_split,
        "listed": sum(found["listed"].values()),
        "listed_by_class": _listed_by_class(found["listed"]),
        "accepted": sum(found["colours"].values()),
        "colours": {name: n for (name,), n in found["colours"].items()},
        "rejected": rows["rejected"] - refused_masks,
        "refused_masks": refused_masks,
        "masks": sum(shard["masks"] for shard in raw["shards"]),
        "dropped": rows["dropped"],
        "duplicate_pictures": rows["duplicates"],
        "duplicates": [
            {"split": split, "paths": paths} for paths, split in raw["duplicates"]
        ],
        "settled": {split: found["settled"].get((split,), 0) for split in SPLITS},
        "changes": sum(found["changes"].values()),
        "changed": sum(found["changed"].values()),
        "splits": splits,
        "written": written,
        "shards": sorted(raw["shards"], key=lambda shard: shard["file"]),
    }


def check_nothing_lost(counts):
    """Checks that every picture is accounted for.

    Args:
        counts: dict, as `arrange_counts` gives it.

    Raises:
        PipelineError: a picture went missing between two steps.
    """
    # A runner that loses elements at a shuffle says nothing about it.
    whole = counts["listed"] == counts["accepted"] + counts["rejected"]
    settled = sum(counts["settled"].values())
    whole &= counts["accepted"] == settled + counts["dropped"]
    whole &= counts["changes"] == counts["changed"]
    if not whole or counts["settled"] != counts["written"]:
        raise PipelineError(
            f"Pictures were lost on the way: {counts['listed']} listed, "
            f"{counts['accepted']} accepted, {counts['rejected']} set aside, "
            f"{counts['dropped']} dropped, {counts['settled']} to write, "
            f"{counts['written']} written, {counts['changes']} moved or dropped, "
            f"{counts['changed']} of those found. The Beam runner does not keep "
            "Beam's promises: use another one."
        )


def _listed_by_class(listed):
    # Joined here, not where each picture is counted.
    names = collections.Counter()
    for (class_name, split), count in listed.items():
        names[f"{class_name}/{split}" if split else class_name] += count
    return dict(names)
