"""Evaluations of many normal classes and seeds, in few numbers."""

import math

import numpy as np

SUMMARIZED = (
    "auroc",
    "average_precision",
    "fpr_at_95_tpr",
    "detection_rate",
    "false_positive_rate",
)


def summarize_classes(results):
    """Mean over classes, range over classes and spread over seeds of each metric.

    With `v[c, s]` the metric of normal class `c` trained with seed `s`:

        per_class[c]   = mean over s of v[c, s]
        mean           = mean over c of per_class[c]
        range          = max over c of per_class[c] - min over c of per_class[c]
        std_over_seeds = standard deviation over s of (mean over c of v[c, s])

    A narrow `range` says that the detector does as well whichever class is normal.
    The standard deviation is the sample's, divided by the number of seeds less one.

    Args:
        results: list of dictionaries, one per class and seed: `normal` (hashable: a
            name, a number, a tuple of these), `seed`, and what `evaluate_scores` gives.
            Each class has each seed once.

    Returns:
        Dictionary of `auroc`, `average_precision`, `fpr_at_95_tpr`, `detection_rate`
        and `false_positive_rate`, each a dictionary: `per_class` (normal class to
        float), `mean`, `range` and `std_over_seeds` (`None` with one seed).

    Raises:
        ValueError: if results are empty, lack a key or a value, hold a class and seed
            twice, or lack a seed of a class.

    Example:

    >>> rates = dict.fromkeys(SUMMARIZED, 0.5)
    >>> results = [
    ...     {"normal": "nut", "seed": 0, **rates, "auroc": 0.75},
    ...     {"normal": "bolt", "seed": 0, **rates, "auroc": 1.0},
    ... ]
    >>> summary = summarize_classes(results)["auroc"]
    >>> summary["mean"], summary["range"], summary["std_over_seeds"]
    (0.875, 0.25, None)
    """
    results = list(results)
    if not results:
        raise ValueError("A summary needs at least one result. Received none.")
    by_run = {}
    for position, result in enumerate(results):
        run = _check(position, result)
        if run in by_run:
            raise ValueError(
                f"Each class has each seed once. Received twice: {_words(*run)}. Leave "
                "one out, or give it a seed of its own."
            )
        by_run[run] = result
    classes = list(dict.fromkeys(normal for normal, _ in by_run))
    seeds = list(dict.fromkeys(seed for _, seed in by_run))
    lacking = [_words(c, s) for c in classes for s in seeds if (c, s) not in by_run]
    if lacking:
        raise ValueError(
            "Means over classes compare only where each class has each seed. Received "
            f"nothing for {'; '.join(lacking[:5])} ({len(lacking)} in all). Add these "
            "results, or leave out the seed or the class."
        )
    return {
        metric: _summarize(
            classes, np.array([[by_run[c, s][metric] for s in seeds] for c in classes])
        )
        for metric in SUMMARIZED
    }


def _summarize(classes, values):
    per_class = np.mean(values, axis=1)
    seeds = values.shape[1]
    spread = np.std(np.mean(values, axis=0), ddof=1) if seeds > 1 else None
    return {
        "per_class": dict(zip(classes, per_class.tolist(), strict=True)),
        "mean": float(np.mean(per_class)),
        "range": float(np.max(per_class) - np.min(per_class)),
        "std_over_seeds": None if spread is None else float(spread),
    }


def _check(position, result):
    lacking = [key for key in ("normal", "seed", *SUMMARIZED) if key not in result]
    if lacking:
        raise ValueError(
            f"Result {position} lacks {', '.join(lacking)}. Received: "
            f"{', '.join(map(str, result)) or 'nothing'}. Add `normal` and `seed` to "
            "what `evaluate_scores` gives."
        )
    normal, seed = result["normal"], result["seed"]
    try:
        hash((normal, seed))
    except TypeError as error:
        raise ValueError(
            f"`normal` and `seed` of result {position} must be hashable. Received: "
            f"{normal!r} and {seed!r}. Make a list a tuple."
        ) from error
    for metric in SUMMARIZED:
        value = result[metric]
        if value is None or not math.isfinite(value):
            raise ValueError(
                f"A mean needs a number from each run. Received {metric}={value} for "
                f"{_words(normal, seed)}. Test it on normal and novel images, or leave "
                "the class out."
            )
    return normal, seed


def _words(normal, seed):
    return f"normal {normal!r}, seed {seed!r}"
