"""Contract of the component that describes the prepared pictures in numbers."""

import dataclasses
import json
from typing import ClassVar

from pipeline.component import Component, Outputs
from pipeline.components.prepare.component import PrepareOutputs


@dataclasses.dataclass(frozen=True)
class StatisticsInputs:
    """Attributes: examples: `PrepareOutputs`, all of them."""

    examples: PrepareOutputs


@dataclasses.dataclass(frozen=True)
class StatisticsParameters:
    """How finely is counted.

    Attributes:
        bins: int, of each histogram.
    """

    bins: int = 32


@dataclasses.dataclass(frozen=True)
class StatisticsOutputs(Outputs):
    """Numbers, a page that shows them, and a schema that follows from them."""

    @property
    def statistics(self):
        """`StoragePath` of the JSON file of numbers, see `read`."""
        return self.directory / "statistics.json"

    @property
    def page(self):
        """`StoragePath` of the HTML file that shows them."""
        return self.directory / "statistics.html"

    @property
    def schema(self):
        """`StoragePath` of the JSON file of what may be expected of such data."""
        return self.directory / "schema.json"

    def read(self):
        """Returns dict of the statistics, as `docs/data.md` describes them."""
        return json.loads(self.statistics.read_text())

    def read_schema(self):
        """Returns dict of the schema that was inferred."""
        return json.loads(self.schema.read_text())


@dataclasses.dataclass(frozen=True)
class Statistics(Component):
    """Describes the prepared pictures in numbers."""

    inputs: StatisticsInputs
    parameters: StatisticsParameters

    NAME: ClassVar[str] = "statistics"
    OUTPUTS: ClassVar[type] = StatisticsOutputs
    FILES: ClassVar[tuple] = ("keras_novnorm/visualization/templates/page.css",)
