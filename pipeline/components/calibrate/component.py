"""Contract of the component that sets the threshold."""

import dataclasses
from typing import ClassVar

from pipeline.component import Component, Outputs
from pipeline.components.train.component import TrainOutputs
from pipeline.selection import SelectionPart


@dataclasses.dataclass(frozen=True)
class CalibrateInputs:
    """What is calibrated, and on what.

    Attributes:
        training: `TrainOutputs`, with the detector.
        examples: `SelectionPart` with the calibration normals.
    """

    training: TrainOutputs
    examples: SelectionPart


@dataclasses.dataclass(frozen=True)
class CalibrateParameters:
    """Attributes: target_fpr: float, false alarms allowed among normals."""

    target_fpr: float = 0.01


@dataclasses.dataclass(frozen=True)
class CalibrateOutputs(Outputs):
    """The calibrated detector."""

    @property
    def detector(self):
        """`StoragePath` of the `.keras` file."""
        return self.directory / "detector.keras"

    @property
    def calibration(self):
        """`StoragePath` of the JSON file: threshold, target, number of pictures."""
        return self.directory / "calibration.json"


@dataclasses.dataclass(frozen=True)
class Calibrate(Component):
    """Sets the threshold for a rate of false alarms, from held-out normals."""

    inputs: CalibrateInputs
    parameters: CalibrateParameters

    NAME: ClassVar[str] = "calibrate"
    OUTPUTS: ClassVar[type] = CalibrateOutputs
    ON_WORKERS: ClassVar[bool] = True
    CODE: ClassVar[tuple] = (
        "pipeline/components/calibrate",
        "keras_novnorm/calibration",
    )
