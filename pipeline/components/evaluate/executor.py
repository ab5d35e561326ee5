"""Work of the component that judges the exported model."""

import json

import apache_beam as beam

from pipeline.beam_options import make_pipeline_options
from pipeline.components.evaluate.pixel_metrics import measure_pixels
from pipeline.pipeline_error import PipelineError
from pipeline.read_table import read_table
from pipeline.transforms.read_records import ReadRecords
from pipeline.transforms.score_pictures import ScorePictures
from pipeline.transforms.write_table import WriteTable


def execute(inputs, outputs, parameters, context):
    """Scores the test pictures with the exported model and judges the scores.

    Where pictures have masks, the model's anomaly maps are judged, too.

    Args:
        inputs: `EvaluateInputs`.
        outputs: `EvaluateOutputs`, whose directory is there and empty.
        parameters: `EvaluateParameters`.
        context: `Context`.

    Raises:
        PipelineError: too many pictures could not be scored, or to no finite score.
    """
    from keras_novnorm.metrics import evaluate_scores

    with beam.Pipeline(options=make_pipeline_options(context.beam_args)) as pipeline:
        scored = (
            pipeline
            | ReadRecords(inputs.examples.test)
            | ScorePictures(inputs.export.saved_model)
        )
        _ = scored["scores"] | "Scores" >> WriteTable(outputs.scores)
        _ = scored["rejected"] | "Unscored" >> WriteTable(
            outputs.unscored, ["path", "reason"]
        )
    rows, failed = read_table(outputs.scores), read_table(outputs.unscored)
    counts = inputs.examples.read_counts()
    _check(rows, failed, counts, parameters)
    if failed:
        place = context.final_directory / outputs.unscored.name
        context.say(f"{len(failed)} pictures could not be scored (see {place})")
    try:
        metrics = evaluate_scores(
            labels=[int(row["label"]) for row in rows],
            scores=[float(row["score"]) for row in rows],
            is_novel=[row["is_novel"] == "True" for row in rows],
            groups=[row["class_name"] for row in rows],
        )
    except ValueError as error:
        raise PipelineError(str(error)) from error
    metrics["threshold"] = float(rows[0]["threshold"])
    if counts["masks"]:
        _add_pixels(metrics, inputs, parameters, context)
    for message in metrics["messages"]:
        context.say(message)
    text = json.dumps(metrics, indent=2, ensure_ascii=False)
    outputs.metrics.write_text(text + "\n", encoding="utf-8")


def _add_pixels(metrics, inputs, parameters, context):
    found = measure_pixels(
        inputs.examples.test, inputs.export.saved_model, parameters.max_map_pixels
    )
    messages = [*metrics.pop("messages"), *found.pop("messages")]
    metrics.update(found, messages=messages)
    height, width = found["map_size"]
    context.say(
        f"pixel metrics of {found['num_masks']} pictures with masks and "
        f"{found['num_mask_normals']} normal ones; masks brought to the {height} x "
        f"{width} of the anomaly maps by {found['mask_resizing']}"
    )


def _check(rows, failed, counts, parameters):
    expected = counts["written"]["test"]
    if len(rows) + len(failed) != expected:
        raise PipelineError(
            f"Pictures were lost on the way: {expected} to test on, {len(rows)} "
            f"scored, {len(failed)} failed. The Beam runner does not keep Beam's "
            "promises: use another one."
        )
    if not rows or len(failed) / expected > parameters.max_rejected_share:
        reasons = "".join(f"\n  {row['path']}: {row['reason']}" for row in failed[:10])
        raise PipelineError(
            f"{len(failed)} of {expected} test pictures could not be scored, more than "
            f"the {parameters.max_rejected_share:.1%} that --max-rejected-share "
            f"allows:{reasons}"
        )
