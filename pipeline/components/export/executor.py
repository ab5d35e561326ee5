"""Work of the component that exports the detector."""

import pathlib
import tempfile

from pipeline.pipeline_error import PipelineError
from pipeline.storage import StoragePath
from pipeline.storage.local_copy import copy_tree, local_copy


def execute(inputs, outputs, parameters, context):
    """Exports the detector.

    Args:
        inputs: `ExportInputs`.
        outputs: `ExportOutputs`, whose directory is there and empty.
        parameters: `ExportParameters`.
        context: `Context`.

    Raises:
        PipelineError: the detector's training collapsed, or it is not calibrated.
    """
    from keras_novnorm.detectors.load_detector import load_detector
    from keras_novnorm.export.saved_model import (
        CollapsedError,
        NotCalibratedError,
        export_saved_model,
    )

    with local_copy(inputs.calibration.detector, is_file=True) as path:
        detector = load_detector(path)
    with tempfile.TemporaryDirectory(prefix="novnorm-") as folder:
        try:
            version = export_saved_model(
                detector,
                pathlib.Path(folder),
                allow_collapsed=parameters.allow_collapsed,
            )
        except CollapsedError as error:
            words = str(CollapsedError("--allow-collapsed"))
            raise PipelineError(words) from error
        except NotCalibratedError as error:
            raise PipelineError(str(error)) from error
        copy_tree(StoragePath(version), outputs.saved_model)
