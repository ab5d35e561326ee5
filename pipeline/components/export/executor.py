"""Work of the component that publishes the detector."""

import json

from pipeline.pipeline_error import PipelineError


def execute(inputs, outputs, parameters, context):
    """Publishes the detector as `ROOT/serving/NAME/VERSION`.

    Args:
        inputs: `ExportInputs`.
        outputs: `ExportOutputs`, whose directory is there and empty.
        parameters: `ExportParameters`.
        context: `Context`.

    Raises:
        PipelineError: the detector's training collapsed, or it is not calibrated.
    """
    import keras

    import keras_novnorm  # noqa: F401  (makes the detector's classes known)
    from keras_novnorm.export import export_saved_model

    detector = keras.saving.load_model(inputs.calibration.detector)
    try:
        path = export_saved_model(
            detector,
            outputs.base_path(parameters.name),
            allow_collapsed=parameters.allow_collapsed,
        )
    except ValueError as error:
        # In the words of the command line.
        text = str(error).replace("`allow_collapsed=True`", "--allow-collapsed")
        raise PipelineError(text) from error
    record = {"name": parameters.name, "version": int(path.name)}
    outputs.record.write_text(json.dumps(record, indent=2) + "\n", encoding="utf-8")
    context.say(f"version {path.name} at {path}")
