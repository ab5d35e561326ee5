"""Contract of the component that turns a source of pictures into examples."""

import dataclasses
import json
from typing import ClassVar

from keras_novnorm.datasets.shares import SHARES, Shares
from keras_novnorm.datasets.source_image import ImageSource, fingerprint_of
from pipeline.component import Component, Outputs
from pipeline.selection import Selection, Shard


@dataclasses.dataclass(frozen=True)
class KnownSplits:
    """Where pictures were before, and stay: nothing learned is tested on later.

    Attributes:
        prepared: tuple of `PrepareOutputs` of earlier runs.
    """

    prepared: tuple = ()

    def files(self):
        """Returns list of `(StoragePath, split)`, files of prepared pictures."""
        return [
            (outputs.directory / shard["file"], shard["split"])
            for outputs in self.prepared
            for shard in outputs.read_counts()["shards"]
        ]

    def fingerprint(self):
        """Returns str that changes when these pictures do."""
        counts = [outputs.read_counts() for outputs in self.prepared]
        return fingerprint_of(
            sorted({(s["split"], s["sha256"]) for one in counts for s in one["shards"]})
        )


@dataclasses.dataclass(frozen=True)
class PrepareInputs:
    """What is prepared.

    Attributes:
        source: the `ImageSource` to read.
        known: `KnownSplits` of the runs that are gone on from.
    """

    source: ImageSource
    known: KnownSplits = KnownSplits()


@dataclasses.dataclass(frozen=True)
class PrepareParameters:
    """How the pictures are read.

    Attributes:
        normal_classes: tuple of str, the normal classes of all detectors of the run.
            Of a source with a test split of its own, training pictures of other
            classes are not read: nobody would look at them.
        max_rejected_share: float, the run stops when more than this share of the
            pictures had to be set aside.
        max_pixels: int, pictures with more are set aside.
        shares: `Shares` of the normals of each class.
        shards: int, files of each split and class. One worker writes one shard, with
            its three splits: choose it so that a file has 100 to 200 MB at most.
    """

    normal_classes: tuple
    max_rejected_share: float = 0.5
    max_pixels: int = 100_000_000
    shares: Shares = SHARES
    shards: int = 4


@dataclasses.dataclass(frozen=True)
class PrepareOutputs(Outputs):
    """TFRecord files of each split and class, and what became of every picture."""

    @property
    def rejected(self):
        """`StoragePath` of the CSV file of what was set aside: path, reason.

        Pictures, and masks of pictures that are kept; the reason says which.
        """
        return self.directory / "rejected.csv"

    @property
    def dropped(self):
        """`StoragePath` of the CSV file of left out copies: path, split, also_in."""
        return self.directory / "dropped.csv"

    @property
    def duplicates(self):
        """`StoragePath` of the CSV file of kept pictures with the same pixels."""
        return self.directory / "duplicates.csv"

    @property
    def counts(self):
        """`StoragePath` of the JSON file of counts, see `read_counts`."""
        return self.directory / "counts.json"

    def read_counts(self):
        """Returns dict of what became of the pictures.

        "listed", "accepted", "rejected", "splits", "colours", "masks", "refused_masks",
        "has_test_split", "shards", ...
        """
        return json.loads(self.counts.read_text())

    def select(self, normal_classes):
        """Gives one detector's view of the pictures.

        Args:
            normal_classes: tuple of str, the classes that are normal together.

        Returns:
            `Selection`.
        """
        counts = self.read_counts()
        return Selection(
            directory=self.directory,
            normal_classes=tuple(normal_classes),
            has_test_split=counts["has_test_split"],
            shards=tuple(Shard(**shard) for shard in counts["shards"]),
        )


@dataclasses.dataclass(frozen=True)
class Prepare(Component):
    """Reads, checks and splits the pictures."""

    inputs: PrepareInputs
    parameters: PrepareParameters

    NAME: ClassVar[str] = "prepare"
    OUTPUTS: ClassVar[type] = PrepareOutputs
