"""Contract of the component that sets the threshold."""

import dataclasses
from typing import ClassVar

from keras_novnorm.datasets.source_image import fingerprint_of
from pipeline.component import NOTHING, Component, Nothing, Outputs
from pipeline.components.train.component import TrainOutputs
from pipeline.selection import SelectionPart


@dataclasses.dataclass(frozen=True)
class CrossTrainings:
    """Trainings of one detector, each without one part of its normals.

    Attributes:
        trainings: tuple of `TrainOutputs`, in the order of the parts.
    """

    trainings: tuple

    def fingerprint(self):
        """Returns str that changes when one of them does."""
        return fingerprint_of([one.fingerprint() for one in self.trainings])


@dataclasses.dataclass(frozen=True)
class CalibrateInputs:
    """What is calibrated, and on what.

    Attributes:
        training: `TrainOutputs`, with the detector.
        examples: `SelectionPart` with the calibration normals, or, where there are
            `crossed` trainings, with the normals that were trained on.
        crossed: `CrossTrainings`; `NOTHING`: held-out normals calibrate.
    """

    training: TrainOutputs
    examples: SelectionPart
    crossed: CrossTrainings | Nothing = NOTHING


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
