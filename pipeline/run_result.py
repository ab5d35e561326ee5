"""What a run gives back."""

import dataclasses

from pipeline.detectors import Detector


@dataclasses.dataclass
class DetectorResult:
    """One detector's results; None for what was not reached or left out.

    Attributes:
        detector: `Detector`.
        trained: `TrainOutputs`.
        calibrated: `CalibrateOutputs`.
        exported: `ExportOutputs`.
        evaluated: `EvaluateOutputs`.
        blessed: `BlessOutputs`.
        checked: `CheckOutputs`.
        pushed: `PushOutputs`; None where the model was not blessed.
        reported: `ReportOutputs`.
        error: `PipelineError` that ended the work on this detector, or None.
    """

    detector: Detector
    trained: object = None
    calibrated: object = None
    exported: object = None
    evaluated: object = None
    blessed: object = None
    checked: object = None
    pushed: object = None
    reported: object = None
    error: Exception | None = None


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
