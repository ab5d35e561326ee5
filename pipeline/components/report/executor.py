"""Work of the component that shows a person what the detector does."""

import functools
import json

from pipeline.components.evaluate.score_table import read_scores
from pipeline.components.prepare.component import PrepareOutputs
from pipeline.components.report.look_back import look_back
from pipeline.components.report.picture_lookup import PictureLookup
from pipeline.read_table import read_table
from pipeline.storage.local_copy import local_copy, local_result


def execute(inputs, outputs, parameters, context):
    """Writes the report.

    Args:
        inputs: `ReportInputs`.
        outputs: `ReportOutputs`, whose directory is there and empty.
        parameters: `ReportParameters`.
        context: `Context`.
    """
    from keras_novnorm.detectors.load_detector import load_detector
    from keras_novnorm.export.model_card import describe_detector
    from keras_novnorm.visualization import write_report

    with local_copy(inputs.calibration.detector, is_file=True) as path:
        detector = load_detector(path)
    table = read_scores(inputs.evaluation.score_files(), parameters.max_scores)
    metrics = inputs.evaluation.read_metrics()
    if len(table.paths) < metrics["num_images"]:
        metrics["messages"].append(
            f"Pictures and curves are of {len(table.paths)} of the "
            f"{metrics['num_images']} test images, drawn at random; the numbers are of "
            "all."
        )
    lookup = PictureLookup(inputs.examples.files(), table.paths, detector.image_shape)
    load_pictures = functools.partial(lookup.load_with_maps, detector=detector)
    files = inputs.normals.files()
    novel, advice = look_back(detector, files, parameters.max_training)
    trained = PictureLookup(files, [one["path"] for one in novel], detector.image_shape)
    load_training = functools.partial(trained.load_with_maps, detector=detector)
    history = json.loads(inputs.training.history.read_text())
    prepared = PrepareOutputs(inputs.examples.selection.directory)
    rejected = read_table(prepared.rejected) + read_table(inputs.evaluation.unscored)
    with local_result(outputs.report) as path:
        write_report(
            path,
            title=f"Novelty report: {parameters.name}",
            detector=detector,
            labels=table.labels,
            outputs={
                "score": table.scores,
                "p_value": table.p_values,
                "is_novel": table.is_novel,
            },
            class_names=table.class_names,
            load_images=lookup.load,
            # At the model's size nobody would know them again, and maps would not fit.
            load_pictures=None if detector.resize == "stretch" else load_pictures,
            metrics=metrics,
            card=describe_detector(detector),
            history=history["metrics"],
            advice=advice,
            most_novel_training=novel,
            load_training=load_training,
            rejected=[(row["path"], row["reason"]) for row in rejected],
            blessing=inputs.blessing.read_blessing() if inputs.blessing else None,
            check=inputs.check.read_check() if inputs.check else None,
        )
