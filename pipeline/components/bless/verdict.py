"""One question put to a model, and its answer: passed, failed, or left open."""

import dataclasses

PASSED, OPEN, FAILED = "passed", "open", "failed"


@dataclasses.dataclass(frozen=True)
class Verdict:
    """The answer to one question.

    Attributes:
        outcome: `PASSED`, `FAILED`, or `OPEN`: the test set is too small to tell.
        reason: str, a sentence.
    """

    outcome: str
    reason: str


def judge_bar(bar, metrics):
    """Holds a metric against a bar.

    Failed if even the better end of the metric's confidence interval misses the bar;
    passed if even the worse end meets it; open in between.

    Args:
        bar: `Bar`.
        metrics: dict, as `EvaluateOutputs.read_metrics` gives it.

    Returns:
        `Verdict`.

    Raises:
        KeyError: there is no such metric.
    """
    value = metrics[bar.metric]
    if value is None:
        return Verdict(
            OPEN,
            f"{bar.metric} is not defined on this test set, so the bar {bar} was not "
            "judged.",
        )
    interval = metrics["intervals"].get(bar.metric)
    if interval is None:
        met = bar.is_met(value)
        word = "meets" if met else "misses"
        return Verdict(
            PASSED if met else FAILED,
            f"{bar.metric} {value:.4g} {word} the bar {bar} (no interval is known).",
        )
    best, worst = bar.best_and_worst(interval)
    said = (
        f"{bar.metric} {value:.4g} ({metrics['confidence']:.0%} interval "
        f"{interval[0]:.4g} to {interval[1]:.4g})"
    )
    if not bar.is_met(best):
        return Verdict(FAILED, f"{said} misses the bar {bar}.")
    if bar.is_met(worst):
        return Verdict(PASSED, f"{said} meets the bar {bar}.")
    word = "meets" if bar.is_met(value) else "misses"
    return Verdict(OPEN, f"{said} {word} the bar {bar}, but not beyond chance.")


def judge_difference(words, difference, max_drop, confidence):
    """Holds a model against the last blessed one.

    Failed if even the better end of the difference's confidence interval is a loss of
    more than `max_drop`; passed if even the worse end is not; open in between.

    Args:
        words: str, what differs, for the reason.
        difference: `Difference` of candidate and last blessed, higher for better.
        max_drop: float.
        confidence: float, of the interval.

    Returns:
        `Verdict`.
    """
    said = (
        f"{words} changed by {difference.value:+.4f} ({confidence:.0%} interval "
        f"{difference.low:+.4f} to {difference.high:+.4f}) against the last blessed "
        "model,"
    )
    allowed = f"a loss of {max_drop:g} is allowed"
    if difference.high < -max_drop:
        return Verdict(FAILED, f"{said} where {allowed}.")
    if difference.low >= -max_drop:
        return Verdict(PASSED, f"{said} where {allowed}.")
    why = "the test set is too small to tell"
    if difference.high < 0:
        why = f"it is worse, but {why} by how much"
    return Verdict(OPEN, f"{said} where {allowed}: {why}.")
