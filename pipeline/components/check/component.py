"""Contract of the component that tries an exported model in a real server."""

import dataclasses
import json
from typing import ClassVar

from pipeline.component import Component, Outputs
from pipeline.components.calibrate.component import CalibrateOutputs
from pipeline.components.export.component import ExportOutputs
from pipeline.selection import SelectionPart


@dataclasses.dataclass(frozen=True)
class CheckInputs:
    """What is tried, and what it must agree with.

    Attributes:
        export: `ExportOutputs`, with the SavedModel that is served.
        calibration: `CalibrateOutputs`, with the detector whose scores it must give.
        examples: `SelectionPart`, the test pictures, some of which are sent.
    """

    export: ExportOutputs
    calibration: CalibrateOutputs
    examples: SelectionPart


@dataclasses.dataclass(frozen=True)
class CheckParameters:
    """How much is tried.

    Attributes:
        pictures: int, how many test pictures are sent, of all classes.
        batch_sizes: tuple of int, pictures in a request.
        single_requests: int, requests of one picture whose time is taken.
        patience: float, seconds until the server must be ready.
    """

    pictures: int = 64
    batch_sizes: tuple = (1, 8, 32)
    single_requests: int = 200
    patience: float = 180.0


@dataclasses.dataclass(frozen=True)
class CheckOutputs(Outputs):
    """What was tried, and how it went."""

    @property
    def check(self):
        """`StoragePath` of the JSON file, see `read_check`."""
        return self.directory / "check.json"

    @property
    def server_log(self):
        """`StoragePath` of the server's log."""
        return self.directory / "server.log"

    def read_check(self):
        """Returns dict.

        "pictures", "requests", "warmup_requests", "largest_difference" (in deviations
        of the normal class; of the output "largest_difference_of"),
        "latency_median_ms", "latency_p99_ms", "peak_memory_mb", "startup_seconds" (with
        the detector loaded beside it), ...
        """
        return json.loads(self.check.read_text())


@dataclasses.dataclass(frozen=True)
class Check(Component):
    """Tries an exported model in a real server."""

    inputs: CheckInputs
    parameters: CheckParameters

    NAME: ClassVar[str] = "check"
    OUTPUTS: ClassVar[type] = CheckOutputs
