"""Work of the component that trains a detector; runs on a worker of Beam."""

import contextlib
import json

from pipeline.pipeline_error import PipelineError
from pipeline.storage.local_copy import local_copy, local_files, local_result


def execute(inputs, outputs, parameters, context):
    """Trains a detector on the training normals.

    Started again after it was killed, it goes on after the last epoch it kept and ends
    with the same weights.

    Args:
        inputs: `TrainInputs`.
        outputs: `TrainOutputs`, whose directory is there and empty.
        parameters: `TrainParameters`.
        context: `Context`.

    Raises:
        PipelineError: there is nothing to train on, or the preset is unknown.
    """
    # Where training happens, not where it is planned.
    from pipeline.components.train import devices
    from pipeline.components.train.training import Training
    from pipeline.transforms.fold_records import files_without

    examples = inputs.examples
    selection = examples.selection
    folds, left_out = getattr(examples, "folds", 0), getattr(examples, "left_out", 0)
    if not selection.count("train"):
        raise PipelineError(
            f"No training picture of {', '.join(selection.normal_classes)}."
        )
    with (
        devices.scope(parameters) as strategy,
        local_files(selection.files("train")) as found,
        files_without(found, folds, left_out) as files,
        local_result(outputs.tensorboard) as logs,
        contextlib.ExitStack() as stack,
    ):
        previous = None
        if inputs.previous:
            previous = stack.enter_context(
                local_copy(inputs.previous.detector, is_file=True)
            )
        try:
            training = Training(files, parameters, context, logs, strategy, previous)
        except ValueError as error:
            raise PipelineError(str(error)) from error
        record = training.run()
        with local_result(outputs.detector) as path:
            training.detector.save(path)
    outputs.history.write_text(json.dumps(record, indent=2) + "\n")
    for message in record["messages"]:
        context.say(message)
