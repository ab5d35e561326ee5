"""What a run is asked to do, and what it gives back."""

import dataclasses

from keras_novnorm.datasets.transcode import MAX_PIXELS
from pipeline.pipeline_error import UsageError

COMPONENTS = ("prepare", "train", "calibrate", "export", "evaluate", "report")

PRESETS = {
    "tfds:mnist": "mnist",
    "tfds:fashion_mnist": "fashion_mnist",
    "tfds:cifar10": "cifar10",
    "sklearn:digits": "digits",
}
"""Preset of the data that has one of its own."""


@dataclasses.dataclass(frozen=True)
class RunConfig:
    """Everything a run is made of.

    Attributes:
        data: str, "tfds:NAME", "folder:DIRECTORY" or "sklearn:digits".
        root: str or path, where all results lie.
        normal: tuple of str, normal classes by name or number; empty: the source's
            own (`good`).
        name: str or None, the served model's name; None: the last part of `root`.
        data_dir: str or None, where tensorflow-datasets' files lie.
        download: bool, whether tensorflow-datasets may fetch files.
        preset: str or None: by the name of the data.
        image_shape: tuple (height, width, channels) or None: the preset's.
        target_fpr: float, false alarms allowed among normals.
        seed: int.
        epochs: int or None: the preset's recipe.
        batch_size: int or None: the preset's.
        restarts: int, how often a collapsed training begins again.
        allow_collapsed: bool, whether to publish even if the training collapsed.
        max_rejected_share: float, share of pictures that may be set aside.
        max_pixels: int, pictures with more are set aside.
        only: str or None, the one component to run.
        beam_args: tuple of str, options for Beam.
    """

    data: str
    root: str
    normal: tuple = ()
    name: str | None = None
    data_dir: str | None = None
    download: bool = False
    preset: str | None = None
    image_shape: tuple | None = None
    target_fpr: float = 0.01
    seed: int = 0
    epochs: int | None = None
    batch_size: int | None = None
    restarts: int = 0
    allow_collapsed: bool = False
    max_rejected_share: float = 0.5
    max_pixels: int = MAX_PIXELS
    only: str | None = None
    beam_args: tuple = ()


@dataclasses.dataclass(frozen=True)
class RunResult:
    """Where a run's results lie; None for what `only` left out.

    Attributes:
        prepared: `PrepareOutputs`.
        trained: `TrainOutputs`.
        calibrated: `CalibrateOutputs`.
        exported: `ExportOutputs`.
        evaluated: `EvaluateOutputs`.
        reported: `ReportOutputs`.
        summary: dict, as written to `ROOT/run.json`; None where `only` is given.
    """

    prepared: object = None
    trained: object = None
    calibrated: object = None
    exported: object = None
    evaluated: object = None
    reported: object = None
    summary: dict | None = None


def check_config(config, name):
    """Refuses what cannot be meant, before anything is read.

    Args:
        config: `RunConfig`.
        name: str, the served model's name, given or derived.

    Raises:
        UsageError: names the option, what it takes and what it received.
    """
    if config.only is not None and config.only not in COMPONENTS:
        raise UsageError(
            f"--only takes one of {', '.join(COMPONENTS)}; received {config.only!r}."
        )
    if config.preset is None and config.data not in PRESETS:
        raise UsageError(
            f"Say which preset to train with (--preset) for {config.data}; by itself "
            f"it is known for {', '.join(PRESETS)} only."
        )
    if not 0 < config.target_fpr < 1:
        raise UsageError(
            f"--target-fpr must lie between 0 and 1; received {config.target_fpr}."
        )
    if not 0 <= config.max_rejected_share <= 1:
        raise UsageError(
            "--max-rejected-share must lie in [0, 1]; received "
            f"{config.max_rejected_share}."
        )
    if not name or name.startswith(".") or set(name) & set("/\\:"):
        raise UsageError(
            "The served model's name (--name) is one part of a path without a leading "
            f"dot; received {name!r}."
        )
