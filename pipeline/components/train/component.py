"""Contract of the component that trains the detector."""

import dataclasses
from typing import ClassVar

from pipeline.component import Component, Outputs
from pipeline.components.prepare.component import PrepareOutputs


@dataclasses.dataclass(frozen=True)
class TrainInputs:
    """Attributes: examples: `PrepareOutputs`, whose training normals are used."""

    examples: PrepareOutputs


@dataclasses.dataclass(frozen=True)
class TrainParameters:
    """What is trained, and how.

    Attributes:
        preset: str, name of a preset of `NoveltyDetector`.
        image_shape: tuple (height, width, channels) or None: the preset's own.
        epochs: int or None: the preset's own recipe.
        batch_size: int or None: the preset's own.
        seed: int, of everything random.
        restarts: int, how often a collapsed training begins again.
    """

    preset: str
    image_shape: tuple | None = None
    epochs: int | None = None
    batch_size: int | None = None
    seed: int = 0
    restarts: int = 0


@dataclasses.dataclass(frozen=True)
class TrainOutputs(Outputs):
    """The trained detector, not yet calibrated."""

    @property
    def detector(self):
        """`pathlib.Path` of the `.keras` file."""
        return self.directory / "detector.keras"

    @property
    def history(self):
        """`pathlib.Path` of the JSON file: metrics per epoch, collapse, restarts."""
        return self.directory / "history.json"


@dataclasses.dataclass(frozen=True)
class Train(Component):
    """Trains a detector on the training normals."""

    inputs: TrainInputs
    parameters: TrainParameters

    NAME: ClassVar[str] = "train"
    OUTPUTS: ClassVar[type] = TrainOutputs
    CODE: ClassVar[tuple] = (
        "pipeline/components/train",
        "keras_novnorm/backbones",
        "keras_novnorm/callbacks",
        "keras_novnorm/calibration",
        "keras_novnorm/datasets",
        "keras_novnorm/layers",
        "keras_novnorm/models",
        "keras_novnorm/regularizers",
        "keras_novnorm/terms",
    )
