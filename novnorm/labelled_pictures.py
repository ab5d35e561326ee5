"""Labelled pictures to test or calibrate on, read one after the other."""

from keras_novnorm.datasets.image_examples import ImageExample
from keras_novnorm.datasets.mask_picture import mask_of
from keras_novnorm.datasets.picture_digest import picture_digest
from keras_novnorm.datasets.transcode import RejectedPictureError, transcode
from novnorm.load_model import run_of
from novnorm.score_table import read_table


class LabelledPictures:
    """The pictures of a source that a detector can be judged on.

    Of a source with a test split, that; otherwise all. What the detector has seen
    before is left out, told by its pixels.

    Args:
        opened: `Data`, as `open_data` gives it.
        seen: set of str, digests of the pictures to leave out; see `seen_pictures`.
        max_pixels: int, pictures with more are set aside.

    Attributes:
        rejected: list of `(path, reason)`, so far.
        refused_masks: list of `(path, reason)`, so far.
        num_left_out: int, so far.
        num_read: int, so far.
    """

    def __init__(self, opened, seen, max_pixels):
        self._source = opened.source
        self._normal = opened.normal
        self._max_pixels = max_pixels
        self._seen = seen
        self._reset()

    def _reset(self):
        self.rejected, self.refused_masks = [], []
        self.num_left_out = self.num_read = 0

    def may_have_masks(self):
        """Returns bool, whether the source speaks of masks at all."""
        return any(
            element.mask_path or element.mask_bytes
            for element in self._source.elements(lambda _, split: split != "train")
        )

    def __iter__(self):
        """Yields `ImageExample`s."""
        self._reset()
        has_split = self._source.has_test_split
        for element in self._source.elements():
            if has_split and element.split != "test":
                continue
            self.num_read += 1
            try:
                example = self._read(element)
            except RejectedPictureError as error:
                self.rejected.append((element.path, str(error)))
                continue
            if example.sha256 in self._seen:
                self.num_left_out += 1
                continue
            yield example

    def _read(self, element):
        read = self._source.read(element)
        content = transcode(read.image_bytes, self._max_pixels)
        label, mask = int(element.class_name not in self._normal), b""
        digest = picture_digest(content)
        if label:
            mask, reason = mask_of(read, content, self._max_pixels)
            self.refused_masks += [(element.path, reason)] if reason else []
        return ImageExample(
            image_bytes=content,
            label=label,
            class_name=element.class_name,
            path=element.path,
            sha256=digest,
            mask_bytes=mask,
            columns=element.columns,
        )

    def load(self, paths):
        """Reads pictures again.

        Args:
            paths: list of str.

        Returns:
            List of bytes, as `transcode` gives them, or None: it is gone.
        """
        return load_pictures(self._source, paths, self._max_pixels)

    def why_none(self):
        """Returns str, why there is nothing to test on."""
        text = f"Nothing to test on in {self._source.name}: {self.num_read} files"
        if self.num_left_out:
            text += (
                f", {self.num_left_out} of which the run was trained or calibrated on"
            )
        if self.rejected:
            path, reason = self.rejected[0]
            text += f", {len(self.rejected)} set aside (the first: {path}: {reason})"
        return f"{text}. Give pictures that the detector has not seen."


def load_pictures(source, paths, max_pixels):
    """Reads some pictures of a source.

    Args:
        source: `ImageSource`.
        paths: list of str.
        max_pixels: int.

    Returns:
        List of bytes, as `transcode` gives them, or None: it is gone.
    """
    found, wanted = {}, set(paths)
    for element in source.elements():
        if element.path not in wanted:
            continue
        try:
            content = source.read(element).image_bytes
            found[element.path] = transcode(content, max_pixels)
        except RejectedPictureError:
            found[element.path] = None
        if len(found) == len(wanted):
            break
    return [found.get(path) for path in paths]


def seen_pictures(model, *splits):
    """What a model's run has seen.

    Args:
        model: str, the model's path.
        *splits: str, "train", "calibration" or "test"; what calibrated the run anew is
            of "calibration", too.

    Returns:
        Frozenset of str, digests of the pictures; empty for a model without a run.
    """
    run = run_of(model)
    if run is None:
        return frozenset()
    rows = read_table(run.pictures) if run.pictures.is_file() else []
    seen = {row["sha256"] for row in rows if row["split"] in splits}
    if "calibration" in splits and run.calibration.is_file():
        seen |= {row["sha256"] for row in read_table(run.calibration)}
    return frozenset(seen)
