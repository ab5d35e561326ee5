"""Work of the component that judges the exported model."""

import dataclasses
import json

import apache_beam as beam

from keras_novnorm.metrics.slices import CLASS, group_of, left_out_message
from pipeline.beam_options import make_pipeline
from pipeline.components.evaluate.pixel_metrics import measure_pixels
from pipeline.pipeline_error import PipelineError
from pipeline.read_table import read_table
from pipeline.transforms.read_records import ReadRecords
from pipeline.transforms.score_pictures import ScorePictures
from pipeline.transforms.slice_scores import SliceScores
from pipeline.transforms.write_scores import WriteScores
from pipeline.transforms.write_table import WriteTable

_ROWS_OF_A_FILE = 100_000
_SHOWN = 10


def execute(inputs, outputs, parameters, context):
    """Scores the test pictures with the exported model and judges the scores.

    Where pictures have masks, the model's anomaly maps are judged, too.

    Args:
        inputs: `EvaluateInputs`.
        outputs: `EvaluateOutputs`, whose directory is there and empty.
        parameters: `EvaluateParameters`.
        context: `Context`.

    Raises:
        PipelineError: too many pictures could not be scored, or to no finite score,
            or pictures were lost on the way.
    """
    expected = inputs.examples.count()
    found = _score(inputs, outputs, parameters, context, expected)
    _check(found, expected, outputs, parameters)
    if found["failed"]:
        context.say(
            f"{found['failed']} pictures could not be scored (see {outputs.unscored})"
        )
    metrics = _arrange(found, inputs, parameters)
    if inputs.examples.selection.count_masks("test"):
        _add_pixels(metrics, inputs, outputs, parameters, context)
    for message in metrics["messages"]:
        context.say(message)
    text = json.dumps(metrics, indent=2, ensure_ascii=False)
    outputs.metrics.write_text(text + "\n")


def _score(inputs, outputs, parameters, context, expected):
    """Writes the scores; gives what else was found, by name."""
    from keras_novnorm.metrics.score_histogram import DROPPED_BITS

    is_exact = expected <= parameters.max_exact
    found = outputs.directory / "found.csv"
    with make_pipeline(context.beam_args) as pipeline:
        scored = (
            pipeline
            | ReadRecords(inputs.examples.files())
            | ScorePictures(inputs.export.saved_model, _label_of(inputs))
        )
        shards = 1 if is_exact else -(-expected // _ROWS_OF_A_FILE)
        written = scored["scores"] | WriteScores(outputs.directory, shards)
        failed = scored["rejected"] | "Unscored" >> WriteTable(
            outputs.unscored, ["path", "reason"]
        )
        sliced = scored["judged"] | SliceScores(
            0 if is_exact else DROPPED_BITS, parameters.max_slice_values
        )
        thresholds = (
            scored["judged"]
            | "Threshold" >> beam.Map(lambda one: one.threshold)
            | "Thresholds" >> beam.Distinct()
        )
        rows = [
            written | _as_rows("scored"),
            failed | _as_rows("failed"),
            sliced["all"] | _as_rows("all"),
            sliced["slices"] | _as_rows("slices"),
            sliced["left_out"] | _as_rows("left_out"),
            thresholds | _as_rows("threshold"),
        ]
        _ = rows | beam.Flatten() | "Found" >> WriteTable(found, ["name", "value"])
    gathered = {"scored": [], "failed": [], "all": [], "slices": [], "left_out": []}
    for row in read_table(found):
        gathered.setdefault(row["name"], []).append(json.loads(row["value"]))
    found.delete()
    counts = {name: sum(gathered[name]) for name in ("scored", "failed")}
    return {**gathered, **counts}


def _as_rows(name):
    return f"Note {name}" >> beam.Map(lambda value: (name, json.dumps(value)))


def _label_of(inputs):
    # Without the list of shards: it would go to every worker.
    return dataclasses.replace(inputs.examples.selection, shards=()).label


def _arrange(found, inputs, parameters):
    (metrics,) = found["all"]
    if "error" in metrics:
        raise PipelineError(metrics["error"])
    slices = {}
    for name, value, result in sorted(found["slices"], key=lambda one: one[:2]):
        if "error" in result:
            raise PipelineError(f"{name} {value!r}: {result['error']}")
        slices.setdefault(name, {})[value] = result
    metrics["threshold"] = found["threshold"][0]
    metrics["groups"] = {
        name: group_of(result) for name, result in slices.get(CLASS, {}).items()
    }
    metrics["slices"] = slices
    metrics["export"] = inputs.export.fingerprint()
    metrics["messages"] += [
        left_out_message(name, parameters.max_slice_values)
        for name in sorted(found["left_out"])
    ]
    if not metrics["is_exact"]:
        metrics["messages"].append(
            f"More than {parameters.max_exact} pictures: scores were counted in bins, "
            "and `bounds` says where the exact metrics lie."
        )
    return metrics


def _add_pixels(metrics, inputs, outputs, parameters, context):
    found = measure_pixels(
        inputs.examples.files(),
        _label_of(inputs),
        inputs.export.saved_model,
        parameters.max_map_pixels,
        outputs.directory / "maps",
        context.beam_args,
    )
    messages = [*metrics.pop("messages"), *found.pop("messages")]
    metrics.update(found, messages=messages)
    if "map_size" not in found:
        return
    height, width = found["map_size"]
    context.say(
        f"pixel metrics of {found['num_masks']} pictures with masks and "
        f"{found['num_mask_normals']} normal ones; masks brought to the {height} x "
        f"{width} of the anomaly maps by {found['mask_resizing']}"
    )


def _check(found, expected, outputs, parameters):
    scored, failed = found["scored"], found["failed"]
    if scored + failed != expected:
        raise PipelineError(
            f"Pictures were lost on the way: {expected} to test on, {scored} scored, "
            f"{failed} failed. The Beam runner does not keep Beam's promises: use "
            "another one."
        )
    if not scored or failed / expected > parameters.max_rejected_share:
        rows = read_table(outputs.unscored)[:_SHOWN]
        reasons = "".join(f"\n  {row['path']}: {row['reason']}" for row in rows)
        raise PipelineError(
            f"{failed} of {expected} test pictures could not be scored, more than "
            f"the {parameters.max_rejected_share:.1%} that --max-rejected-share "
            f"allows:{reasons}"
        )
