"""Contract of the component that shows a person what the detector does."""

import dataclasses
from typing import ClassVar

from pipeline.component import NOTHING, Component, Nothing, Outputs
from pipeline.components.bless.component import BlessOutputs
from pipeline.components.calibrate.component import CalibrateOutputs
from pipeline.components.check.component import CheckOutputs
from pipeline.components.evaluate.component import EvaluateOutputs
from pipeline.components.train.component import TrainOutputs
from pipeline.selection import SelectionPart


@dataclasses.dataclass(frozen=True)
class ReportInputs:
    """What is shown.

    Attributes:
        evaluation: `EvaluateOutputs`, with scores and metrics.
        calibration: `CalibrateOutputs`, with the detector, for reconstructions.
        training: `TrainOutputs`, with the history.
        examples: `SelectionPart`, the test pictures.
        normals: `SelectionPart`, the training pictures.
        blessing: `BlessOutputs`, or `NOTHING`.
        check: `CheckOutputs`, or `NOTHING`.
    """

    evaluation: EvaluateOutputs
    calibration: CalibrateOutputs
    training: TrainOutputs
    examples: SelectionPart
    normals: SelectionPart
    blessing: BlessOutputs | Nothing = NOTHING
    check: CheckOutputs | Nothing = NOTHING


@dataclasses.dataclass(frozen=True)
class ReportParameters:
    """What the page shows.

    Attributes:
        name: str, the served model's name, for the title.
        max_scores: int, of how many pictures the page holds scores; of more, it shows
            that many, drawn by the hash of their names.
        max_training: int, of how many training pictures those are looked for that a
            person should look at.
    """

    name: str
    max_scores: int = 1_000_000
    max_training: int = 20_000


@dataclasses.dataclass(frozen=True)
class ReportOutputs(Outputs):
    """One page."""

    @property
    def report(self):
        """`StoragePath` of the HTML file; it needs no other."""
        return self.directory / "report.html"


@dataclasses.dataclass(frozen=True)
class Report(Component):
    """Writes the report on a judged detector."""

    inputs: ReportInputs
    parameters: ReportParameters

    NAME: ClassVar[str] = "report"
    OUTPUTS: ClassVar[type] = ReportOutputs
    FILES: ClassVar[tuple] = (
        "keras_novnorm/visualization/templates/report.html",
        "keras_novnorm/visualization/templates/plot.html",
        "keras_novnorm/visualization/templates/page.css",
        "keras_novnorm/visualization/templates/report.css",
        "keras_novnorm/visualization/templates/report.js",
    )
