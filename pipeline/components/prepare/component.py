"""Contract of the component that turns a source of pictures into one-class data."""

import dataclasses
import json
from typing import ClassVar

from keras_novnorm.datasets.source_image import ImageSource
from pipeline.component import Component, Outputs


@dataclasses.dataclass(frozen=True)
class PrepareInputs:
    """Attributes: source: the `ImageSource` to read."""

    source: ImageSource


@dataclasses.dataclass(frozen=True)
class PrepareParameters:
    """How the pictures are read.

    Attributes:
        normal_classes: tuple of str, the classes that are normal together.
        max_rejected_share: float, the run stops when more than this share of the
            pictures had to be set aside.
        max_pixels: int, pictures with more are set aside.
    """

    normal_classes: tuple
    max_rejected_share: float = 0.5
    max_pixels: int = 100_000_000


@dataclasses.dataclass(frozen=True)
class PrepareOutputs(Outputs):
    """TFRecord files of each split, and what became of every picture."""

    @property
    def train(self):
        """str, pattern of the training normals."""
        return str(self.directory / "train-*.tfrecord")

    @property
    def calibration(self):
        """str, pattern of the normals kept for the calibration."""
        return str(self.directory / "calibration-*.tfrecord")

    @property
    def test(self):
        """str, pattern of the test pictures, normal and novel."""
        return str(self.directory / "test-*.tfrecord")

    @property
    def rejected(self):
        """`pathlib.Path` of the CSV file of what was set aside: path, reason.

        Pictures, and masks of pictures that are kept; the reason says which.
        """
        return self.directory / "rejected.csv"

    @property
    def dropped(self):
        """`pathlib.Path` of the CSV file of training copies of held-out pictures."""
        return self.directory / "dropped.csv"

    @property
    def counts(self):
        """`pathlib.Path` of the JSON file of counts, see `read_counts`."""
        return self.directory / "counts.json"

    def read_counts(self):
        """Returns dict of what became of the pictures.

        "listed", "accepted", "rejected", "splits", "colours", "masks" (novel pictures
        that have one), "refused_masks", ...
        """
        return json.loads(self.counts.read_text(encoding="utf-8"))


@dataclasses.dataclass(frozen=True)
class Prepare(Component):
    """Reads, checks, relabels and splits the pictures."""

    inputs: PrepareInputs
    parameters: PrepareParameters

    NAME: ClassVar[str] = "prepare"
    OUTPUTS: ClassVar[type] = PrepareOutputs
    CODE: ClassVar[tuple] = (
        "pipeline/components/prepare",
        "pipeline/transforms/read_pictures.py",
        "pipeline/transforms/split_pictures.py",
        "pipeline/transforms/write_examples.py",
        "pipeline/transforms/write_table.py",
        "keras_novnorm/datasets",
    )
