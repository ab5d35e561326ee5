"""What one detector sees of prepared pictures: its normal classes, and the others."""

import collections
import dataclasses

from keras_novnorm.datasets.one_class_split import SPLITS, TEST
from keras_novnorm.datasets.source_image import fingerprint_of
from pipeline.pipeline_error import PipelineError
from pipeline.storage import StoragePath


@dataclasses.dataclass(frozen=True)
class Shard:
    """One TFRecord file of prepared pictures, all of one split and one class.

    Attributes:
        file: str, its place below the folder of the prepared pictures.
        split: "train", "calibration" or "test".
        class_name: str.
        count: int, pictures in it.
        sha256: str, digest of the file.
        masks: int, how many of them have a mask.
    """

    file: str
    split: str
    class_name: str
    count: int
    sha256: str
    masks: int = 0


@dataclasses.dataclass(frozen=True)
class Selection:
    """One detector's view of prepared pictures.

    Pictures are prepared once for all detectors of a run; which of them are normal
    is said here. Where the source has a test split of its own, that is what is
    tested on. Where it has none, all novel pictures are, and the normals that were
    held out for it.

    Attributes:
        directory: `StoragePath` of the prepared pictures.
        normal_classes: tuple of str, the classes that are normal together.
        has_test_split: bool, whether the source has a test split of its own.
        shards: tuple of `Shard`, all that was prepared.
    """

    directory: StoragePath
    normal_classes: tuple
    has_test_split: bool
    shards: tuple

    def label(self, class_name):
        """Returns 0 for a normal class and 1 for any other."""
        return 0 if class_name in self.normal_classes else 1

    def files(self, split):
        """Lists the TFRecord files of a split.

        Args:
            split: "train" or "calibration" (normals only), or "test".

        Returns:
            List of `StoragePath`.
        """
        return [self.directory / shard.file for shard in self._of(split)]

    def count(self, split):
        """Returns int, the pictures of a split."""
        return sum(shard.count for shard in self._of(split))

    def count_by_class(self, split):
        """Returns dict from the classes of a split to the number of pictures."""
        counts = collections.Counter()
        for shard in self._of(split):
            counts[shard.class_name] += shard.count
        return dict(counts)

    def count_masks(self, split):
        """Returns int, the novel pictures of a split that have a mask."""
        return sum(s.masks for s in self._of(split) if self.label(s.class_name))

    def fingerprint_of(self, *splits):
        """Hashes what a detector sees of some splits, and nothing else.

        Args:
            *splits: str, "train", "calibration", "test".

        Returns:
            str, 64 hexadecimal digits.
        """
        seen = [
            [split, s.class_name, self.label(s.class_name), s.count, s.sha256]
            for split in splits
            for s in self._of(split)
        ]
        # File names need not be valid Unicode; JSON escapes what is not.
        return fingerprint_of(["selection", list(splits), seen])

    def part(self, *splits):
        """Returns `SelectionPart`, some splits as the input of a component."""
        return SelectionPart(self, splits)

    def check(self, splits=SPLITS):
        """Checks that there is something to train, to calibrate and to test on.

        Args:
            splits: tuple of str, what must not be empty.

        Raises:
            PipelineError: a split is empty; the text says what was found.
        """
        empty = [split for split in splits if not self.count(split)]
        if empty:
            found = "; ".join(f"{split} {self.count(split)}" for split in SPLITS)
            raise PipelineError(
                f"No picture for {' and '.join(empty)}. Normal is "
                f"{', '.join(self.normal_classes)}; of the normals one fifth is tested "
                "on (where there is no test folder) and one sixth of the rest "
                "calibrates, unless --shares or --calibration say otherwise. Give "
                f"more normal pictures. Kept: {found}"
            )

    def _of(self, split):
        return [shard for shard in self.shards if self._belongs(shard, split)]

    def _belongs(self, shard, split):
        novel = self.label(shard.class_name) == 1
        if split != TEST:
            return shard.split == split and not novel
        return shard.split == TEST or (novel and not self.has_test_split)


@dataclasses.dataclass(frozen=True)
class SelectionPart:
    """Some splits of a `Selection`: what a component depends on.

    Attributes:
        selection: `Selection`.
        splits: tuple of str.
    """

    selection: Selection
    splits: tuple

    def files(self):
        """Returns list of `StoragePath`, the TFRecord files of all the splits."""
        return [f for split in self.splits for f in self.selection.files(split)]

    def count(self):
        """Returns int, the pictures of all the splits."""
        return sum(self.selection.count(split) for split in self.splits)

    def fingerprint(self):
        """Returns str that changes when these pictures or their labels do."""
        return self.selection.fingerprint_of(*self.splits)


@dataclasses.dataclass(frozen=True)
class FoldPart(SelectionPart):
    """The same, but for one of several parts that the pictures are divided into.

    Attributes:
        folds: int, how many parts.
        left_out: int, which one is left out, from 0.
    """

    folds: int = 0
    left_out: int = 0

    def fingerprint(self):
        """Returns str that changes when the pictures do, or the part."""
        return fingerprint_of(
            ["fold", super().fingerprint(), self.folds, self.left_out]
        )
