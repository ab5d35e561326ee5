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
    import keras

    import keras_novnorm  # noqa: F401  (makes the detector's classes known)
    from keras_novnorm.datasets.image_examples import read_examples

    selection = inputs.examples.selection
    with local_copy(inputs.training.detector, is_file=True) as path:
        detector = keras.saving.load_model(path)
    with local_files(selection.files("calibration")) as files:
        normals = read_examples(files, detector.image_shape, batch_size=128)
        try:
            threshold = detector.calibrate(normals, target_fpr=parameters.target_fpr)
        except ValueError as error:
            raise PipelineError(str(error)) from error
    with local_result(outputs.detector) as path:
        detector.save(path)
    record = {
        "threshold": float(threshold),
        "target_fpr": parameters.target_fpr,
        "num_images": int(detector.calibration.num_scores.numpy()),
    }
    outputs.calibration.write_text(json.dumps(record, indent=2) + "\n")
    context.say(
        f"threshold {record['threshold']:.4g} for {parameters.target_fpr:.2%} false "
        f"alarms, from {record['num_images']} held-out normals"
    )
