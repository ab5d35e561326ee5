"""The candidate beside the last blessed model, on the same pictures."""

import numpy as np

from keras_novnorm.metrics import auroc_difference
from keras_novnorm.metrics.auroc_difference import Difference, difference_of_intervals
from keras_novnorm.metrics.intervals import two_sided
from pipeline.components.bless.verdict import judge_difference
from pipeline.components.evaluate.score_table import read_scores
from pipeline.pipeline_error import PipelineError

_COMMON = 0.9


def compare(evaluation, previous, parameters):
    """Judges a candidate by the last blessed model.

    By AUROC, or, where there are normal pictures only, by the rate of false alarms
    (and by that of detections where there are novel ones only).
    Scores of the same pictures are compared in pairs; where they are too many to be
    brought together, by the two intervals alone, which are the wider.

    Args:
        evaluation: `EvaluateOutputs` of the candidate.
        previous: `EvaluateOutputs` of the last blessed model.
        parameters: `BlessParameters`.

    Returns:
        Tuple of `Difference`, higher for better, and `Verdict`.

    Raises:
        PipelineError: the two were not tested on the same pictures.
    """
    metrics, before = evaluation.read_metrics(), previous.read_metrics()
    if metrics["is_exact"] and before["is_exact"]:
        labels, new, old = _paired(evaluation, previous)
        words, kind = _kind(int(np.sum(labels == 0)), int(np.sum(labels == 1)))
        difference = (
            auroc_difference(labels, new.scores, old.scores, parameters.confidence)
            if kind == "auroc"
            else _rates(new.is_novel, old.is_novel, kind, parameters.confidence)
        )
    else:
        words, kind = _kind(metrics["num_normal"], metrics["num_novel"])
        difference = _by_intervals(metrics, before, kind)
    verdict = judge_difference(
        words, difference, parameters.max_drop, parameters.confidence
    )
    return difference, verdict


def _kind(num_normal, num_novel):
    if num_normal and num_novel:
        return "AUROC", "auroc"
    if num_normal:
        return "The share of normals without a false alarm", "false_positive_rate"
    return "The share of novel pictures detected", "detection_rate"


class _Rows:
    def __init__(self, table, order):
        self.labels = table.labels[order]
        self.scores = table.scores[order]
        self.is_novel = table.is_novel[order]


def _paired(evaluation, previous):
    new, old = (read_scores(one.score_files()) for one in (evaluation, previous))
    places = {path: number for number, path in enumerate(old.paths)}
    common = [(n, places[p]) for n, p in enumerate(new.paths) if p in places]
    if len(common) < _COMMON * max(len(new.paths), len(old.paths)):
        raise PipelineError(
            f"The last blessed model was tested on {len(old.paths)} pictures and this "
            f"one on {len(new.paths)}, of which {len(common)} are the same: they "
            "cannot be compared. Evaluate both on the same pictures."
        )
    order = np.array(common)
    new, old = _Rows(new, order[:, 0]), _Rows(old, order[:, 1])
    relabelled = int(np.sum(new.labels != old.labels))
    if relabelled:
        raise PipelineError(
            f"{relabelled} pictures are normal for one model and novel for the other: "
            "they cannot be compared. Evaluate both with the same normal classes."
        )
    return new.labels, new, old


def _rates(new, old, kind, confidence):
    """Paired rates, by Wald's interval with Agresti's and Min's two added pictures."""
    if kind == "false_positive_rate":
        new, old = ~new, ~old
    gained, lost = int(np.sum(new & ~old)), int(np.sum(old & ~new))
    total = new.size + 2
    change = (gained - lost) / total
    spread = np.sqrt((gained + lost + 1) / total - change**2)
    reach = float(two_sided(confidence) * spread / np.sqrt(total))
    return Difference((gained - lost) / new.size, change - reach, change + reach)


def _by_intervals(metrics, before, kind):
    first, second = ((m[kind], *m["intervals"][kind]) for m in (metrics, before))
    if kind == "false_positive_rate":
        first, second = second, first
    return difference_of_intervals(first, second)
