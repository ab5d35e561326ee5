"""The tables of industrial pictures, for the page of results."""

import collections
import json
import pathlib

import numpy as np

from benchmarks.industrial.variants import DESCRIPTIONS
from benchmarks.made_parts.__main__ import SETS
from benchmarks.results import RESULTS

_METRICS = (
    ("auroc", "image AUROC"),
    ("pixel_auroc", "pixel AUROC"),
    ("per_region_overlap", "per-region overlap"),
)


def read_industrial(root=RESULTS):
    """All results of industrial pictures.

    Args:
        root: folder of all results.

    Returns:
        List of dictionaries.
    """
    files = sorted(pathlib.Path(root, "industrial").glob("*.json"))
    return [json.loads(file.read_text()) for file in files]


def industrial_section(results):
    """The section as Markdown.

    Args:
        results: list of dictionaries, from `read_industrial`.

    Returns:
        Text; empty where there are no results.
    """
    groups = collections.defaultdict(lambda: collections.defaultdict(list))
    for result in results:
        groups[result["dataset"]][result["variant"]].append(result)
    parts = []
    for dataset, variants in groups.items():
        ordered = [name for name in DESCRIPTIONS if name in variants]
        parts.append(_section(dataset, {name: variants[name] for name in ordered}))
    return "\n\n".join(parts)


def _section(dataset, variants):
    first = next(r for found in variants.values() for r in found if "num_masks" in r)
    types = list(first["auroc_of_types"])
    lines = [
        f"## Industrial pictures: {dataset.replace('_', ' ')}",
        "",
        "Percent, mean and deviation over seeds. Pixels are compared at 256 x 256; "
        f"{first['num_masks']} novel pictures have a mask that is not empty. All "
        "learn from five sixths of the normal training pictures and calibrate on the "
        "last sixth. Methods that are not trained hang on no chance: one seed.",
        "",
        "```",
        *([f"python -m benchmarks.made_parts OUT --set {dataset}"] * (dataset in SETS)),
        "python -m benchmarks.industrial --data folder:DIR",
        "```",
        "",
        "| | " + " | ".join(words for _, words in _METRICS) + " | seeds | training |",
        "|---" * (len(_METRICS) + 3) + "|",
    ]
    for name, found in variants.items():
        cells = [
            _spread([r[metric] for r in found]) if metric in found[0] else ""
            for metric, _ in _METRICS
        ]
        seconds = [r["train_s"] for r in found if "train_s" in r]
        taken = f"{np.mean(seconds) / 60:.1f} min" if seconds else ""
        lines.append(
            f"| {DESCRIPTIONS[name]} | {' | '.join(cells)} | {len(found)} | {taken} |"
        )
    for metric, words in _METRICS:
        lines += [
            "",
            f"By type, {words}:",
            "",
            "| | " + " | ".join(types) + " |",
            "|---" * (len(types) + 1) + "|",
        ]
        for name, found in variants.items():
            if f"{metric}_of_types" not in found[0]:
                continue  # no maps
            of_types = [r[f"{metric}_of_types"] for r in found]
            cells = [_spread([one[kind] for one in of_types]) for kind in types]
            lines.append(f"| {DESCRIPTIONS[name]} | {' | '.join(cells)} |")
    terms = [_terms(name, found) for name, found in variants.items()]
    return "\n".join([*lines, "", *filter(None, terms)]).rstrip()


def _terms(variant, results):
    if "auroc_of_terms" not in results[0]:
        return ""
    listed = ", ".join(
        f"{name.replace('_', ' ')} "
        + _spread([r["auroc_of_terms"][name] for r in results])
        for name in results[0]["auroc_of_terms"]
    )
    false_alarms, found = (100 * np.mean([r[k] for r in results]) for k in _RATES)
    return (
        f"- {DESCRIPTIONS[variant]}: terms alone (image AUROC): {listed}. At a target "
        f"of {100 * results[0]['target_fpr']:g}% false alarms, {false_alarms:.1f}% of "
        f"the normal and {found:.1f}% of the novel test pictures are flagged."
    )


_RATES = ("false_positive_rate", "detection_rate")


def _spread(values):
    percent = 100 * np.asarray(values)
    if len(percent) == 1:
        return f"{percent[0]:.1f}"
    return f"{percent.mean():.1f} ± {percent.std(ddof=1):.1f}"
