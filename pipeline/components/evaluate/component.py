"""Contract of the component that judges the exported model."""

import dataclasses
import json
from typing import ClassVar

from pipeline.component import Component, Outputs
from pipeline.components.export.component import ExportOutputs
from pipeline.selection import SelectionPart

_SCORES = "scores"


@dataclasses.dataclass(frozen=True)
class EvaluateInputs:
    """What is judged, and on what.

    Attributes:
        export: `ExportOutputs`, with the SavedModel.
        examples: `SelectionPart`, the test pictures with their labels.
    """

    export: ExportOutputs
    examples: SelectionPart


@dataclasses.dataclass(frozen=True)
class EvaluateParameters:
    """What is allowed.

    Attributes:
        max_rejected_share: float, pictures that may fail to be scored.
        max_exact: int, up to how many pictures the metrics are exact and their scores
            one file. Of more, scores are counted in narrow bins, each metric comes
            with the range that the bins leave open, and there are several files.
        max_map_pixels: int, the most pixels of anomaly maps that are compared with
            masks, where there are some. They pass through files (8 GiB of them), and
            are counted one by one.
        max_slice_values: int, a column with more values makes no slices.
    """

    max_rejected_share: float = 0.5
    max_exact: int = 1_000_000
    max_map_pixels: int = 2**31
    max_slice_values: int = 100


@dataclasses.dataclass(frozen=True)
class EvaluateOutputs(Outputs):
    """Scores of all test pictures, and what they amount to."""

    @property
    def scores(self):
        """`StoragePath` of the CSV file: path, class_name, label, all outputs.

        It is not there where pictures are more than `max_exact`: see `score_files`.
        """
        return self.directory / f"{_SCORES}.csv"

    def score_files(self):
        """Lists the CSV files of scores: one, or several with the same columns.

        Which of several a picture is in depends on a hash of its name: each of them is
        a random part of all.

        Returns:
            List of `StoragePath`.
        """
        if self.scores.exists():
            return [self.scores]
        named = (file.relative_to(self.directory) for file in self.directory.files())
        return [self.directory / f for f in named if f.startswith(f"{_SCORES}-")]

    @property
    def unscored(self):
        """`StoragePath` of the CSV file of pictures that failed: path, reason."""
        return self.directory / "unscored.csv"

    @property
    def metrics(self):
        """`StoragePath` of the JSON file of metrics, see `read_metrics`."""
        return self.directory / "metrics.json"

    def read_metrics(self):
        """Returns dict, as `keras_novnorm.metrics.evaluate_histograms` gives it.

        With "slices" (by class, defect type and further columns), "groups" (by class),
        "threshold", "export" (digest of what was judged), and, where test pictures have
        masks, what `measure_pixels` adds.
        """
        return json.loads(self.metrics.read_text())


@dataclasses.dataclass(frozen=True)
class Evaluate(Component):
    """Scores the test pictures with the exported model."""

    inputs: EvaluateInputs
    parameters: EvaluateParameters

    NAME: ClassVar[str] = "evaluate"
    OUTPUTS: ClassVar[type] = EvaluateOutputs
