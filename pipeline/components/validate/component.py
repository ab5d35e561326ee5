"""Contract of the component that compares the pictures with what is expected."""

import dataclasses
import json
from typing import ClassVar

from pipeline.component import NOTHING, Component, Outputs
from pipeline.components.statistics.component import StatisticsOutputs


@dataclasses.dataclass(frozen=True)
class ValidateInputs:
    """What is validated, and against what.

    Attributes:
        statistics: `StatisticsOutputs` of the pictures.
        previous: `StatisticsOutputs` of the run before, or `NOTHING`.
        schema: `SchemaFile`, or `NOTHING`.
    """

    statistics: StatisticsOutputs
    previous: object = NOTHING
    schema: object = NOTHING


@dataclasses.dataclass(frozen=True)
class ValidateParameters:
    """What counts as an anomaly, and what is done about it.

    Attributes:
        on_anomaly: str, "fail" or "warn".
        max_histogram_distance: float, the largest Jensen-Shannon divergence, in bits,
            between the histograms of the pictures and those of the run before. What
            chance alone makes of it is allowed on top.
        max_frequency_distance: float, the largest difference of a frequency (of a
            class, a kind of picture, a size) from that of the run before, chance on
            top.
        min_count: int, splits of fewer pictures, now or before, are not compared with
            the run before: chance is too large in them.
    """

    on_anomaly: str = "fail"
    max_histogram_distance: float = 0.05
    max_frequency_distance: float = 0.1
    min_count: int = 100


@dataclasses.dataclass(frozen=True)
class ValidateOutputs(Outputs):
    """What was found: for machines and for people."""

    @property
    def anomalies(self):
        """`StoragePath` of the JSON file of anomalies and all distances."""
        return self.directory / "anomalies.json"

    @property
    def report(self):
        """`StoragePath` of the text file that says it in words."""
        return self.directory / "report.txt"

    def read(self):
        """Returns dict: "anomalies", list of dict; "distances", list of dict."""
        return json.loads(self.anomalies.read_text())


@dataclasses.dataclass(frozen=True)
class Validate(Component):
    """Compares the pictures with a schema, and with those of the run before."""

    inputs: ValidateInputs
    parameters: ValidateParameters

    NAME: ClassVar[str] = "validate"
    OUTPUTS: ClassVar[type] = ValidateOutputs
