"""Contract of the component that shows a person what the detector does."""

import dataclasses
from typing import ClassVar

from pipeline.component import Component, Outputs
from pipeline.components.calibrate.component import CalibrateOutputs
from pipeline.components.evaluate.component import EvaluateOutputs
from pipeline.components.prepare.component import PrepareOutputs
from pipeline.components.train.component import TrainOutputs


@dataclasses.dataclass(frozen=True)
class ReportInputs:
    """What is shown.

    Attributes:
        evaluation: `EvaluateOutputs`, with scores and metrics.
        calibration: `CalibrateOutputs`, with the detector, for reconstructions.
        training: `TrainOutputs`, with the history.
        examples: `PrepareOutputs`, with the test pictures.
    """

    evaluation: EvaluateOutputs
    calibration: CalibrateOutputs
    training: TrainOutputs
    examples: PrepareOutputs


@dataclasses.dataclass(frozen=True)
class ReportParameters:
    """Attributes: name: str, the served model's name, for the title."""

    name: str


@dataclasses.dataclass(frozen=True)
class ReportOutputs(Outputs):
    """One page."""

    @property
    def report(self):
        """`pathlib.Path` of the HTML file; it needs no other."""
        return self.directory / "report.html"


@dataclasses.dataclass(frozen=True)
class Report(Component):
    """Writes the report on a judged detector."""

    inputs: ReportInputs
    parameters: ReportParameters

    NAME: ClassVar[str] = "report"
    OUTPUTS: ClassVar[type] = ReportOutputs
    CODE: ClassVar[tuple] = (
        "pipeline/components/report",
        "pipeline/read_table.py",
        "keras_novnorm/visualization",
        "keras_novnorm/visualization/templates/report.html",
    )
