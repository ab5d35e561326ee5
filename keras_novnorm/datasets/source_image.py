"""The one element that every source of pictures gives."""

import dataclasses
import hashlib
import json

from keras_novnorm.datasets.transcode import RejectedPictureError


@dataclasses.dataclass(frozen=True)
class SourceImage:
    """One picture of a source, before anything is decided about it.

    Attributes:
        path: str, its name in the source: unique there, and the same in each run.
        class_name: str, the class it belongs to.
        split: "train", "calibration" or "test" as the source says it, or None where it
            does not.
        group: str or None; pictures of one group (one part, one patient) stay
            together when splits are drawn.
        image_bytes: bytes of the picture file, or None where they are read later
            (see `ImageSource.read`).
        mask_bytes: bytes of the picture file of its mask, not 0 where the picture is
            anomalous; None where there is none, or where it is read later.
        mask_problem: str or None, why a mask that should be there could not be read.
        mask_path: str or None, where the mask is read from later.
        more_masks: tuple of bytes, files of further masks, united with the first.
        more_mask_paths: tuple of str, where these are read from later.
        columns: dict from str to str, what else the source says of the picture.
        problem: str or None, why it cannot be read, where that is known already.
        listed_in: str or None, where the source names it, for messages: "line 7 of
            parts.csv".
    """

    path: str
    class_name: str
    split: str | None = None
    group: str | None = None
    image_bytes: bytes | None = None
    mask_bytes: bytes | None = None
    mask_problem: str | None = None
    mask_path: str | None = None
    more_masks: tuple = ()
    more_mask_paths: tuple = ()
    columns: dict = dataclasses.field(default_factory=dict)
    problem: str | None = None
    listed_in: str | None = None


class ImageSource:
    """What a source of pictures promises. Pickled to wherever it is read.

    Attributes:
        name: str, for messages: `folder:parts`, `tfds:mnist`.
        class_names: list of str, all classes, in the source's own order.
        default_normal: list of str, the normal classes where nobody names them;
            empty where there is no telling.
        has_test_split: bool, whether `split` is given.
        has_calibration_split: bool, whether some pictures have the split
            "calibration".
        inner: list of str, folders that look like data sets of their own, where the
            source is none as a whole.
    """

    name: str
    class_names: list
    default_normal: list
    has_test_split: bool
    has_calibration_split: bool = False
    inner: list = ()

    def elements(self, wanted=None):
        """Iterates over the pictures, as cheaply as can be.

        Args:
            wanted: callable `(class_name, split) -> bool` or None. Pictures it
                refuses are passed over, if possible without being read.

        Yields:
            `SourceImage`s; where reading is dear, without bytes.
        """
        raise NotImplementedError

    def read(self, element):
        """Gives the element with its bytes.

        Args:
            element: a `SourceImage` of this source.

        Returns:
            A `SourceImage` whose `image_bytes` are not None. A mask that cannot be
            read is its `mask_problem` and no error.

        Raises:
            RejectedPictureError: the file cannot be read.
        """
        if element.problem:
            raise RejectedPictureError(element.problem)
        return element

    def would_take(self, path):
        """Says whether a file would be taken for one of the pictures.

        Args:
            path: str or path, of a file that need not be there yet.

        Returns:
            bool, false outside of the source, for what it passes over, and for files
            that its layout leaves alone, which may be another one with this file.
        """
        return False

    def fingerprint(self):
        """Returns str, 64 hexadecimal digits that change when the content does."""
        raise NotImplementedError


def fingerprint_of(value):
    """Hashes a value of plain types.

    Args:
        value: anything `json` can write.

    Returns:
        str, 64 hexadecimal digits.
    """
    text = json.dumps(value, sort_keys=True, ensure_ascii=True)
    return hashlib.sha256(text.encode()).hexdigest()
