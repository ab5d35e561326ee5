"""Work of the component that sets the threshold."""

import json

from pipeline.pipeline_error import PipelineError
from pipeline.storage.local_copy import local_copy, local_files, local_result


def execute(inputs, outputs, parameters, context):
    """Sets the threshold from the scores of held-out normals.

    Args:
        inputs: `CalibrateInputs`.
        outputs: `CalibrateOutputs`, whose directory is there and empty.
        parameters: `CalibrateParameters`.
        context: `Context`.

    Raises:
        PipelineError: too few pictures for the rate asked for.
    """
    from keras_novnorm.detectors.load_detector import load_detector

    selection = inputs.examples.selection
    with local_copy(inputs.training.detector, is_file=True) as path:
        detector = load_detector(path)
    split = "train" if inputs.crossed else "calibration"
    with local_files(selection.files(split)) as files:
        try:
            if inputs.crossed:
                scores, pixels = _score_across(inputs.crossed.trainings, files)
                detector.keep_calibration_scores(scores, parameters.target_fpr)
                detector.calibration.fit_maps(pixels)
            else:
                _calibrate(detector, files, parameters.target_fpr)
        except ValueError as error:
            raise PipelineError(str(error)) from error
    with local_result(outputs.detector) as path:
        detector.save(path)
    record = {
        "threshold": detector.threshold,
        "target_fpr": parameters.target_fpr,
        "num_images": int(detector.calibration.num_scores.numpy()),
        "folds": len(inputs.crossed.trainings) if inputs.crossed else 0,
    }
    outputs.calibration.write_text(json.dumps(record, indent=2) + "\n")
    context.say(
        f"threshold {record['threshold']:.4g} for {parameters.target_fpr:.2%} false "
        f"alarms, from {record['num_images']} {_what_normals(record['folds'])}"
    )


def _calibrate(detector, files, target_fpr):
    import tensorflow as tf

    from keras_novnorm.datasets.image_examples import ImageExample, read_examples
    from keras_novnorm.scoring.picture_scoring import calibrate_on_pictures

    if detector.resize != "tiles":
        normals = read_examples(
            files, detector.image_shape, batch_size=128, resizing=detector.resizing
        )
        detector.calibrate(normals, target_fpr=target_fpr)
        return
    records = tf.data.TFRecordDataset(files).as_numpy_iterator()
    pictures = (ImageExample.parse(record).image_bytes for record in records)
    calibrate_on_pictures(detector, pictures, target_fpr)


def _what_normals(folds):
    if not folds:
        return "held-out normals"
    return f"normals by cross-validation in {folds} parts"


def _score_across(trainings, files):
    """Scores each picture by the detector that was trained without it."""
    import numpy as np

    from keras_novnorm.datasets.image_examples import ImageExample
    from keras_novnorm.detectors.load_detector import load_detector
    from keras_novnorm.scoring.picture_scoring import score_normals
    from pipeline.transforms.fold_records import read_folds

    found = read_folds(files, len(trainings))
    scores, pixels = [], []
    for part, training in enumerate(trainings):
        with local_copy(training.detector, is_file=True) as path:
            detector = load_detector(path, compile=False)
        left = (ImageExample.parse(record) for its, record in found if its == part)
        for kept, more in zip(
            (scores, pixels),
            score_normals(detector, (one.image_bytes for one in left)),
            strict=True,
        ):
            kept.append(more)
    return np.concatenate(scores), np.concatenate(pixels)
