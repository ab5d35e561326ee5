"""Contract of the component that judges the exported model."""

import dataclasses
import json
from typing import ClassVar

from pipeline.component import Component, Outputs
from pipeline.components.export.component import ExportOutputs
from pipeline.components.prepare.component import PrepareOutputs


@dataclasses.dataclass(frozen=True)
class EvaluateInputs:
    """What is judged, and on what.

    Attributes:
        export: `ExportOutputs`, with the SavedModel.
        examples: `PrepareOutputs`, whose test pictures are used.
    """

    export: ExportOutputs
    examples: PrepareOutputs


@dataclasses.dataclass(frozen=True)
class EvaluateParameters:
    """What is allowed.

    Attributes:
        max_rejected_share: float, pictures that may fail to be scored.
        max_map_pixels: int, the most pixels of anomaly maps that are kept in memory
            where there are masks to compare them with: 256 MiB as float32, and about
            800 MiB in all while they are ranked.
    """

    max_rejected_share: float = 0.5
    max_map_pixels: int = 2**26


@dataclasses.dataclass(frozen=True)
class EvaluateOutputs(Outputs):
    """Scores of all test pictures, and what they amount to."""

    @property
    def scores(self):
        """`pathlib.Path` of the CSV file: path, class_name, label, all outputs."""
        return self.directory / "scores.csv"

    @property
    def unscored(self):
        """`pathlib.Path` of the CSV file of pictures that failed: path, reason."""
        return self.directory / "unscored.csv"

    @property
    def metrics(self):
        """`pathlib.Path` of the JSON file of metrics, see `read_metrics`."""
        return self.directory / "metrics.json"

    def read_metrics(self):
        """Returns dict, as `keras_novnorm.metrics.evaluate_scores` gives it.

        Where test pictures have masks, with what `measure_pixels` adds.
        """
        return json.loads(self.metrics.read_text(encoding="utf-8"))


@dataclasses.dataclass(frozen=True)
class Evaluate(Component):
    """Scores the test pictures with the exported model."""

    inputs: EvaluateInputs
    parameters: EvaluateParameters

    NAME: ClassVar[str] = "evaluate"
    OUTPUTS: ClassVar[type] = EvaluateOutputs
    CODE: ClassVar[tuple] = (
        "pipeline/components/evaluate",
        "keras_novnorm/datasets/image_examples.py",
        "keras_novnorm/datasets/mask_picture.py",
        "pipeline/read_table.py",
        "pipeline/transforms/read_records.py",
        "pipeline/transforms/score_pictures.py",
        "pipeline/transforms/write_table.py",
        "keras_novnorm/metrics",
    )
