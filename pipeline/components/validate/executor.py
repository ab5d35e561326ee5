"""Work of the component that compares the pictures with what is expected."""

import dataclasses
import json

from pipeline.pipeline_error import PipelineError
from pipeline.schema.check_schema import check_schema
from pipeline.schema.find_drift import find_drift


def execute(inputs, outputs, parameters, context):
    """Compares the pictures with a schema, and with those of the run before.

    Args:
        inputs: `ValidateInputs`.
        outputs: `ValidateOutputs`, whose directory is empty.
        parameters: `ValidateParameters`.
        context: `Context`.

    Raises:
        PipelineError: something is not as expected, and `on_anomaly` is "fail".
        UsageError: the schema has not the form of one.
    """
    statistics = inputs.statistics.read()
    anomalies, distances, notes = [], [], []
    if inputs.schema:
        anomalies += check_schema(statistics, inputs.schema.read())
    else:
        notes.append("No schema was given (--schema).")
    if inputs.previous:
        previous = inputs.previous.read()
        distances, found = find_drift(previous, statistics, parameters)
        notes += found
        anomalies += [one.anomaly() for one in distances if one.is_drift()]
    else:
        notes.append("There is no run before to compare with.")
    record = {
        "anomalies": [dataclasses.asdict(one) for one in anomalies],
        "distances": [
            {**dataclasses.asdict(one), "is_drift": one.is_drift()} for one in distances
        ],
        "notes": notes,
    }
    text = json.dumps(record, indent=2, ensure_ascii=False)
    outputs.anomalies.write_text(text + "\n", errors="backslashreplace")
    report = _report(anomalies, distances, notes)
    outputs.report.write_text(report, errors="backslashreplace")
    if anomalies and parameters.on_anomaly == "fail":
        lines = "".join(f"\n  {anomaly}" for anomaly in anomalies)
        raise PipelineError(
            f"The pictures are not as expected (see {outputs.report}; --on-anomaly "
            f"warn goes on all the same):{lines}"
        )
    for anomaly in anomalies:
        context.say(f"warning: {anomaly}")
    if not anomalies:
        context.say(_verdict(inputs, distances))


def _verdict(inputs, distances):
    said = []
    if inputs.schema:
        said.append("as the schema expects")
    if distances:
        nearest = max(distances, key=lambda one: one.value - one.allowed)
        said.append(
            f"no drift from the run before ({nearest.split}, {nearest.what}: "
            f"{nearest.name} {nearest.value:.3f}, allowed {nearest.allowed:.3f})"
        )
    return "; ".join(said) or "nothing to compare with"


def _report(anomalies, distances, notes):
    lines = [f"{len(anomalies)} anomalies" if anomalies else "No anomaly", ""]
    lines += [f"- {anomaly}" for anomaly in anomalies]
    if distances:
        lines += ["", "Distances from the run before:", ""]
        lines += [
            f"{'!' if one.is_drift() else ' '} {one.split:12}{one.what:20}"
            f"{one.value:8.3f} of {one.allowed:.3f} allowed  {one.name}"
            for one in distances
        ]
    lines += ["", *notes]
    return "\n".join(lines).replace("\n\n\n", "\n\n").rstrip() + "\n"
