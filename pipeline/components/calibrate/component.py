"""Contract of the component that sets the threshold."""

import dataclasses
from typing import ClassVar

from pipeline.component import Component, Outputs
from pipeline.components.prepare.component import PrepareOutputs
from pipeline.components.train.component import TrainOutputs


@dataclasses.dataclass(frozen=True)
class CalibrateInputs:
    """What is calibrated, and on what.

    Attributes:
        training: `TrainOutputs`, with the detector.
        examples: `PrepareOutputs`, whose calibration normals are used.
    """

    training: TrainOutputs
    examples: PrepareOutputs


@dataclasses.dataclass(frozen=True)
class CalibrateParameters:
    """Attributes: target_fpr: float, false alarms allowed among normals."""

    target_fpr: float = 0.01


@dataclasses.dataclass(frozen=True)
class CalibrateOutputs(Outputs):
    """The calibrated detector."""

    @property
    def detector(self):
        """`pathlib.Path` of the `.keras` file."""
        return self.directory / "detector.keras"

    @property
    def calibration(self):
        """`pathlib.Path` of the JSON file: threshold, target, number of pictures."""
        return self.directory / "calibration.json"


@dataclasses.dataclass(frozen=True)
class Calibrate(Component):
    """Sets the threshold for a rate of false alarms, from held-out normals."""

    inputs: CalibrateInputs
    parameters: CalibrateParameters

    NAME: ClassVar[str] = "calibrate"
    OUTPUTS: ClassVar[type] = CalibrateOutputs
    CODE: ClassVar[tuple] = (
        "pipeline/components/calibrate",
        "keras_novnorm/calibration",
    )
