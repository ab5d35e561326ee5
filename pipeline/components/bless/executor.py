"""Work of the component that decides whether a model may be published."""

import json

from pipeline.component import NOTHING
from pipeline.components.bless.bars import parse_bar
from pipeline.components.bless.comparison import compare
from pipeline.components.bless.component import LostModel
from pipeline.components.bless.verdict import FAILED, OPEN, Verdict, judge_bar
from pipeline.pipeline_error import UsageError

_SHOWN = (
    "num_normal",
    "num_novel",
    "auroc",
    "average_precision",
    "fpr_at_95_tpr",
    "false_positive_rate",
    "detection_rate",
    "threshold",
)


def execute(inputs, outputs, parameters, context):
    """Judges the model by its bars and by the last blessed one.

    Args:
        inputs: `BlessInputs`.
        outputs: `BlessOutputs`, whose directory is there and empty.
        parameters: `BlessParameters`.
        context: `Context`.

    Raises:
        UsageError: a bar is none, or of what is no metric.
        PipelineError: the last blessed model was tested on other pictures.
    """
    metrics = inputs.evaluation.read_metrics()
    bars = [parse_bar(text) for text in parameters.bars]
    _check_names(bars, metrics)
    verdicts = [*_collapse(inputs), *(judge_bar(bar, metrics) for bar in bars)]
    difference, against = None, None
    if inputs.previous:
        difference, verdict = compare(inputs.evaluation, inputs.previous, parameters)
        verdicts.append(verdict)
        against = inputs.previous.read_metrics()["export"]
    elif isinstance(inputs.previous, LostModel):
        verdicts.append(_lost(inputs.previous))
    failed = [one for one in verdicts if one.outcome == FAILED]
    left_open = [one for one in verdicts if one.outcome == OPEN]
    blessed = not failed and not (parameters.strict and left_open)
    # What blocked it stands first: it is what a person must read.
    ordered = sorted(verdicts, key=lambda one: (one.outcome != FAILED, one.outcome))
    reasons = [one.reason for one in ordered] + _notes(metrics, verdicts, inputs)
    record = {
        "blessed": blessed,
        "certain": not left_open if blessed else bool(failed),
        "reasons": reasons,
        "verdicts": [vars(one) for one in ordered],
        "bars": [str(bar) for bar in bars],
        "metrics": {name: metrics[name] for name in _SHOWN},
        "intervals": metrics["intervals"],
        "confidence": parameters.confidence,
        "max_drop": parameters.max_drop,
        "difference": difference and difference.value,
        "interval": difference and [difference.low, difference.high],
        "export": metrics["export"],
        "against": against,
    }
    text = json.dumps(record, indent=2, ensure_ascii=False)
    outputs.blessing.write_text(text + "\n")
    for reason in reasons:
        context.say(reason)
    context.say(_outcome(record))


def _outcome(record):
    if not record["blessed"]:
        return "not blessed"
    return "blessed" if record["certain"] else "blessed, though chance leaves it open"


def _collapse(inputs):
    if not inputs.training:
        return []
    history = json.loads(inputs.training.history.read_text())
    if not history["is_collapsed"]:
        return []
    signs = history.get("collapse_signs") or ["reconstructions do not vary"]
    said = f"The training collapsed ({', '.join(map(str, signs))})"
    return [Verdict(FAILED, f"{said}: such a model is never blessed.")]


def _lost(model):
    return Verdict(
        OPEN,
        f"The last blessed model, of run {model.run}, is not in {model.place} any "
        "more, so this one was not compared with it.",
    )


def _notes(metrics, verdicts, inputs):
    notes = []
    if metrics["auroc"] is None:
        kind = "normal" if metrics["num_normal"] else "novel"
        judged = "false alarms" if metrics["num_normal"] else "detections"
        notes.append(
            f"The test set has {kind} pictures only, so {judged} alone can be judged."
        )
    if inputs.previous == NOTHING:
        notes.append("No earlier model is blessed: there is none to compare with.")
    if not verdicts:
        notes.append("No bar was set.")
    return notes


def _check_names(bars, metrics):
    known = [
        name
        for name, value in metrics.items()
        if value is None or (type(value) in (int, float))
    ]
    unknown = [bar for bar in bars if bar.metric not in known]
    if unknown:
        raise UsageError(
            f"No metric {unknown[0].metric!r} (bar {unknown[0]}). Known are: "
            f"{', '.join(sorted(known))}."
        )
