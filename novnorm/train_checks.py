"""What `novnorm train` refuses before it opens anything, or writes."""

import os

from keras_novnorm.datasets.folds import LEAST_FOLDS
from keras_novnorm.datasets.shares import Shares
from novnorm.exit_code import NotUnderstoodError
from novnorm.run_folder import RunFolder


def check_options(arguments):
    """Refuses options that mean nothing.

    Args:
        arguments: parsed arguments of `novnorm train`.

    Raises:
        NotUnderstoodError: one does.
    """
    for name in ("epochs", "restarts", "seed"):
        value, least = getattr(arguments, name), int(name == "epochs")
        if value is not None and value < least:
            raise NotUnderstoodError(f"--{name} must be {least} or more, not {value}.")
    if arguments.image_size and min(arguments.image_size) < 1:
        raise NotUnderstoodError(f"--image-size has no {min(arguments.image_size)}.")
    if arguments.method or arguments.preset or arguments.backbone:
        _check_method(arguments)
    if arguments.shares:
        try:
            Shares.of(arguments.shares)
        except ValueError as error:
            raise NotUnderstoodError(f"--shares: {error}") from error
    folds = arguments.cross_calibrate
    if folds is not None and folds < LEAST_FOLDS:
        raise NotUnderstoodError(
            f"--cross-calibrate must be {LEAST_FOLDS} or more, not {folds}."
        )
    if arguments.value_range:
        from keras_novnorm.datasets.value_range import to_shares

        try:
            to_shares(*arguments.value_range)
        except ValueError as error:
            raise NotUnderstoodError(f"--value-range: {error}") from error
    target = arguments.target_fpr
    if target is not None and not 0 < target < 1:
        raise NotUnderstoodError(
            f"--target-fpr is a rate of false alarms between 0 and 1, not {target:g}."
        )


def _check_method(arguments):
    from keras_novnorm.backbones.feature_network import check_backbone
    from keras_novnorm.detectors import registry
    from keras_novnorm.detectors.feature_detector import BACKBONE
    from novnorm.preset_choice import has_backbone

    backbone = arguments.backbone
    try:
        preset = registry.choose(arguments.preset, arguments.method)
        if preset and has_backbone(preset, arguments.method):
            backbone = backbone or BACKBONE
        if backbone:
            check_backbone(backbone)
    except ValueError as error:
        raise NotUnderstoodError(str(error)) from error


def check_out(out, source):
    """Makes sure that the run's files are neither read as pictures nor in the way.

    Args:
        out: str, the folder of the run.
        source: as `open_data` gives it.

    Raises:
        NotUnderstoodError: they would be.
    """
    if os.path.isfile(out):
        raise NotUnderstoodError(f"--out {out} is a file, not a folder.")
    if source.would_take(os.path.join(out, "look_at", "1.png")):
        raise NotUnderstoodError(
            f"The run would be kept in {out}, among the pictures, and be read as some "
            "of them the next time. Give a folder beside them with --out."
        )
    run = RunFolder(out)
    inside = os.listdir(out) if os.path.isdir(out) and not run.is_run() else []
    inside = sorted(name for name in inside if not name.startswith("."))
    if inside:
        raise NotUnderstoodError(
            f"The folder {out} has files of something else ({', '.join(inside[:5])}): "
            "a run might write over some. Give a new folder with --out."
        )
