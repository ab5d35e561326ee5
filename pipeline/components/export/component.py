"""Contract of the component that publishes the detector."""

import dataclasses
import json
import pathlib
from typing import ClassVar

from pipeline.component import Component, Outputs
from pipeline.components.calibrate.component import CalibrateOutputs


@dataclasses.dataclass(frozen=True)
class ExportInputs:
    """Attributes: calibration: `CalibrateOutputs`, with the detector."""

    calibration: CalibrateOutputs


@dataclasses.dataclass(frozen=True)
class ExportParameters:
    """How the detector is published.

    Attributes:
        name: str, the name under which the model is served.
        allow_collapsed: bool, whether to publish even if the training collapsed.
    """

    name: str
    allow_collapsed: bool = False


@dataclasses.dataclass(frozen=True)
class ExportOutputs(Outputs):
    """Which version was published; the model itself lies where a server looks."""

    @property
    def record(self):
        """`pathlib.Path` of the JSON file: name and version."""
        return self.directory / "export.json"

    def base_path(self, name):
        """Returns `pathlib.Path` of the folder a server is pointed at."""
        return self.directory.parent.parent / "serving" / name

    @property
    def saved_model(self):
        """`pathlib.Path` of the published version."""
        record = json.loads(self.record.read_text(encoding="utf-8"))
        return self.base_path(record["name"]) / str(record["version"])


@dataclasses.dataclass(frozen=True)
class Export(Component):
    """Publishes the detector as the next version of a served model."""

    inputs: ExportInputs
    parameters: ExportParameters

    NAME: ClassVar[str] = "export"
    OUTPUTS: ClassVar[type] = ExportOutputs
    CODE: ClassVar[tuple] = (
        "pipeline/components/export",
        "keras_novnorm/datasets/decode_image.py",
        "keras_novnorm/export",
    )

    def what_is_missing(self, outputs):
        """Asks whether the published version is still there."""
        saved_model: pathlib.Path = outputs.saved_model
        if (saved_model / "saved_model.pb").is_file():
            return None
        return f"{saved_model} was removed"
