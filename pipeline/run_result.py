"""What a run gives back."""

import dataclasses

from pipeline.component import NOTHING
from pipeline.detectors import Detector


@dataclasses.dataclass
class DetectorResult:
    """One detector's results; None for what was not reached or left out.

    Attributes:
        detector: `Detector`.
        tested_on: `PrepareOutputs`, whose test pictures it is tested on: those of the
            training that it goes on from, so that models are compared on the same.
        trained: `TrainOutputs`.
        crossed: `CrossTrainings`; `NOTHING` where held-out normals calibrate.
        calibrated: `CalibrateOutputs`.
        exported: `ExportOutputs`.
        evaluated: `EvaluateOutputs`.
        blessed: `BlessOutputs`.
        checked: `CheckOutputs`.
        pushed: `PushOutputs`; None where the model was not blessed, or is held back.
        reported: `ReportOutputs`.
        held_back: str, why a blessed model was not published, or None.
        error: `PipelineError` that ended the work on this detector, or None.
    """

    detector: Detector
    tested_on: object = None
    trained: object = None
    crossed: object = NOTHING
    calibrated: object = None
    exported: object = None
    evaluated: object = None
    blessed: object = None
    checked: object = None
    pushed: object = None
    reported: object = None
    held_back: str | None = None
    error: Exception | None = None

    @property
    def obstacles(self):
        """list of str, why the model may not be published; None where nobody judged."""
        if self.blessed is None:
            return None
        return self.blessed.obstacles or list(filter(None, [self.held_back]))


@dataclasses.dataclass
class RunResult:
    """A run's results; None for what `only` left out.

    Attributes:
        run: str, the run's name.
        prepared: `PrepareOutputs`.
        described: `StatisticsOutputs`.
        validated: `ValidateOutputs`.
        detectors: list of `DetectorResult`.
        summary: dict, as written to `ROOT/run.json`; None where `only` is given.
    """

    run: str
    prepared: object = None
    described: object = None
    validated: object = None
    detectors: list = dataclasses.field(default_factory=list)
    summary: dict | None = None

    @property
    def one(self):
        """The `DetectorResult` of a run that makes one detector."""
        (result,) = self.detectors
        return result

    @property
    def is_all_pushed(self):
        """Whether each detector was published."""
        return all(result.pushed for result in self.detectors)

    def is_passed(self, only=None):
        """Says whether each detector came through what it was put to.

        Args:
            only: str or None, the one component that was run.

        Returns:
            bool, false where a model was not published, or not blessed where it was
            only to be judged.
        """
        if only == "bless":
            return all(one.blessed.is_blessed for one in self.detectors)
        return only not in (None, "push") or self.is_all_pushed
