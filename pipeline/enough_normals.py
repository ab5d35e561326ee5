"""Whether there are enough pictures for what a run asks, before anything is trained."""

from keras_novnorm.calibration.threshold import TooFewNormalsError, threshold_rank
from keras_novnorm.datasets.one_class_split import CALIBRATION, SPLITS
from pipeline.pipeline_error import PipelineError

_REMEDIES = (
    " (--shares holds more of them out, --calibration takes them from elsewhere, "
    "--cross-calibrate K takes all that train.)"
)


def check_enough_normals(selection, config):
    """Checks that a detector can be trained, calibrated and tested.

    Args:
        selection: `Selection`, the detector's view of the pictures.
        config: `RunConfig`.

    Raises:
        PipelineError: a split is empty, or the normals do not allow the rate of false
            alarms that is asked for.
    """
    folds = config.cross_calibrate
    if folds:
        selection.check([split for split in SPLITS if split != CALIBRATION])
    else:
        selection.check()
    count = selection.count("train" if folds else "calibration")
    if folds and selection.count("calibration"):
        raise PipelineError(
            f"The data hold {selection.count('calibration')} normals out to calibrate "
            "with. Leave --cross-calibrate out, or these pictures."
        )
    if count < folds:
        raise PipelineError(
            f"--cross-calibrate {folds} needs as many normals to train on; there are "
            f"{count}."
        )
    try:
        threshold_rank(count, config.target_fpr)
    except TooFewNormalsError as error:
        raise PipelineError(
            f"Not enough normals to calibrate on ({_which(config)}): "
            f"{error.in_words('--target-fpr')}{'' if folds else _REMEDIES}"
        ) from error


def _which(config):
    if config.cross_calibrate:
        return "all that train"
    if config.shares or config.calibration:
        return "those held out"
    return "one sixth of the training normals"
