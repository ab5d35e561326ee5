"""Contract of the component that exports the detector."""

import dataclasses
from typing import ClassVar

from pipeline.component import Component, Outputs
from pipeline.components.calibrate.component import CalibrateOutputs


@dataclasses.dataclass(frozen=True)
class ExportInputs:
    """Attributes: calibration: `CalibrateOutputs`, with the detector."""

    calibration: CalibrateOutputs


@dataclasses.dataclass(frozen=True)
class ExportParameters:
    """Attributes: allow_collapsed: bool, whether to export even after a collapse."""

    allow_collapsed: bool = False


@dataclasses.dataclass(frozen=True)
class ExportOutputs(Outputs):
    """The detector as a SavedModel, as a server loads it."""

    @property
    def saved_model(self):
        """`StoragePath` of the SavedModel's folder."""
        return self.directory / "model"

    @property
    def model_card(self):
        """`StoragePath` of the JSON file that says what is in the model."""
        return self.saved_model / "assets.extra" / "detector.json"


@dataclasses.dataclass(frozen=True)
class Export(Component):
    """Exports the detector as a SavedModel."""

    inputs: ExportInputs
    parameters: ExportParameters

    NAME: ClassVar[str] = "export"
    OUTPUTS: ClassVar[type] = ExportOutputs
    ON_WORKERS: ClassVar[bool] = True
