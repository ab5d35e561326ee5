"""Metrics of the parts of a test set, in the form in which they are kept."""

from pipeline.pipeline_error import PipelineError


def arrange_slices(found):
    """Orders slices by name and value.

    Args:
        found: list of `(slice, value, dict)`, as `SliceScores` gives them.

    Returns:
        Dictionary from the names of slices to dictionaries from values to metrics.

    Raises:
        PipelineError: scores of a slice are not finite.
    """
    slices = {}
    for name, value, result in sorted(found, key=lambda one: one[:2]):
        if "error" in result:
            raise PipelineError(f"{name} {value!r}: {result['error']}")
        slices.setdefault(name, {})[value] = result
    return slices


def group_of(result):
    """What `evaluate_scores` says of a group, from the metrics of its slice.

    Args:
        result: dict, as `evaluate_slice` gives it.

    Returns:
        Dictionary: `num_images`, `label`, `flagged_rate` and `auroc`.
    """
    label = int(result["num_novel"] > result["num_normal"])
    return {
        "num_images": result["num_images"],
        "label": label,
        "flagged_rate": result["detection_rate" if label else "false_positive_rate"],
        "auroc": result["auroc"],
    }
