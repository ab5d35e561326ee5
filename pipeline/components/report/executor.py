"""Work of the component that shows a person what the detector does."""

import json

from pipeline.components.report.picture_lookup import PictureLookup
from pipeline.read_table import read_table


def execute(inputs, outputs, parameters, context):
    """Writes the report.

    Args:
        inputs: `ReportInputs`.
        outputs: `ReportOutputs`, whose directory is there and empty.
        parameters: `ReportParameters`.
        context: `Context`.
    """
    import keras
    import numpy as np

    from keras_novnorm.export.model_card import describe_detector
    from keras_novnorm.visualization import write_report

    detector = keras.saving.load_model(inputs.calibration.detector)
    rows = read_table(inputs.evaluation.scores)
    lookup = PictureLookup(
        inputs.examples.test, [row["path"] for row in rows], detector.image_shape
    )
    history = json.loads(inputs.training.history.read_text(encoding="utf-8"))
    rejected = read_table(inputs.examples.rejected)
    rejected += read_table(inputs.evaluation.unscored)
    write_report(
        outputs.report,
        title=f"Novelty report: {parameters.name}",
        detector=detector,
        labels=np.array([int(row["label"]) for row in rows]),
        outputs={
            "score": np.array([float(row["score"]) for row in rows]),
            "p_value": np.array([float(row["p_value"]) for row in rows]),
            "is_novel": np.array([row["is_novel"] == "True" for row in rows]),
        },
        class_names=[row["class_name"] for row in rows],
        load_images=lookup.load,
        metrics=inputs.evaluation.read_metrics(),
        card=describe_detector(detector),
        history=history["metrics"],
        rejected=[(row["path"], row["reason"]) for row in rejected],
    )
