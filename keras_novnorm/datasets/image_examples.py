"""Prepared pictures in TFRecord files, and the data sets read from them."""

import dataclasses
import json
import os
import struct

import tensorflow as tf

from keras_novnorm.datasets.decode_image import decode_views
from keras_novnorm.datasets.resizing import Resizing
from keras_novnorm.datasets.without_autograph import without_autograph

_ANY_SIZE = 2**62  # Sizes were checked before the pictures were written.
_CACHE_BYTES = 2**30
_SHUFFLE_BUFFER = 4096
_FILES_AT_ONCE = 16
_IMAGE_BYTES = tf.io.FixedLenFeature([], tf.string)
_FEATURES = {
    "image_bytes": _IMAGE_BYTES,
    "label": tf.io.FixedLenFeature([], tf.int64),
}


@dataclasses.dataclass(frozen=True)
class ImageExample:
    """One prepared picture: what a TFRecord holds.

    Attributes:
        image_bytes: bytes of a PNG or JPEG file that `decode_image` reads.
        label: int, 0 normal, 1 novel.
        class_name: str, the class in the source.
        path: str, the name in the source.
        sha256: str, digest of the pixels (see `picture_digest`).
        group: str, empty where there is none.
        mask_bytes: bytes of a PNG file of one channel and the picture's size, not 0
            where it is anomalous (see `decode_mask`); empty where there is no mask,
            as for normal pictures, whose mask is all zero by definition.
        columns: dict from str to str, what else the source says of it; not written
            where it is empty.
    """

    image_bytes: bytes
    label: int
    class_name: str
    path: str
    sha256: str
    group: str = ""
    mask_bytes: bytes = b""
    columns: dict = dataclasses.field(default_factory=dict)

    def serialize(self):
        """Returns bytes of a `tf.train.Example` with the attributes as features."""
        example = tf.train.Example()
        feature = example.features.feature
        feature["image_bytes"].bytes_list.value.append(self.image_bytes)
        feature["label"].int64_list.value.append(self.label)
        for name in ("class_name", "path", "sha256", "group"):
            # File names need not be valid Unicode.
            text = getattr(self, name).encode("utf-8", "surrogateescape")
            feature[name].bytes_list.value.append(text)
        if self.mask_bytes:
            feature["mask_bytes"].bytes_list.value.append(self.mask_bytes)
        if self.columns:
            columns = json.dumps(self.columns, sort_keys=True).encode()
            feature["columns"].bytes_list.value.append(columns)
        return example.SerializeToString(deterministic=True)

    @classmethod
    def parse(cls, serialized):
        """Returns the `ImageExample` that `serialize` wrote to bytes."""
        feature = tf.train.Example.FromString(serialized).features.feature

        def text(name):
            value = feature[name].bytes_list.value[0]
            return value.decode("utf-8", "surrogateescape")

        return cls(
            image_bytes=feature["image_bytes"].bytes_list.value[0],
            label=feature["label"].int64_list.value[0],
            class_name=text("class_name"),
            path=text("path"),
            sha256=text("sha256"),
            group=text("group"),
            # Absent in files without masks, as in those written before there were any.
            mask_bytes=b"".join(feature["mask_bytes"].bytes_list.value),
            columns=json.loads(b"".join(feature["columns"].bytes_list.value) or b"{}"),
        )


def read_examples(
    files,
    image_shape,
    batch_size,
    with_labels=False,
    shuffle=False,
    seed=None,
    resizing=None,
):
    """Reads prepared pictures as batches.

    Decoded pictures are kept in memory where all of them take less than 1 GiB. Where
    they are not, shuffling goes over the order of the files, over 16 of them that are
    read at a time, and over 4096 pictures of those.

    Args:
        files: str, glob pattern of TFRecord files on this machine, or a list of paths.
        image_shape: `(height, width, channels)`.
        batch_size: int.
        with_labels: bool, whether labels are given too.
        shuffle: bool; without it the order is that of the files.
        seed: int or None, of the shuffling.
        resizing: `Resizing` to `image_shape`, or None: stretched. Each tile counts
            as an image of its own.

    Returns:
        `tf.data.Dataset` of float32 [B, H, W, C] in [0, 1], or of pairs with the
        labels, int64 [B]. Its cardinality is known, but for tiles.

    Raises:
        FileNotFoundError: no file matches, or there is no picture in them.
    """
    paths, wanted = _find_files(files)
    count = sum(count_records(path) for path in paths)
    if not count:
        raise FileNotFoundError(
            f"No prepared picture: {wanted} {len(paths)} files with no record."
        )

    @without_autograph
    def decode(serialized):
        example = tf.io.parse_single_example(serialized, _FEATURES)
        views = decode_views(example["image_bytes"], image_shape, resizing, _ANY_SIZE)
        return (views, example["label"]) if with_labels else views

    height, width, channels = image_shape
    resizing = resizing or Resizing(height, width)
    has_tiles = resizing.rule == "tiles"
    fits = not has_tiles and count * height * width * channels * 4 < _CACHE_BYTES
    if shuffle and not fits:
        # Files are of one class each: without this, batches would be so too.
        dataset = tf.data.Dataset.from_tensor_slices(paths)
        dataset = dataset.shuffle(len(paths), seed=seed)
        dataset = dataset.interleave(
            tf.data.TFRecordDataset,
            cycle_length=min(len(paths), _FILES_AT_ONCE),
            num_parallel_calls=tf.data.AUTOTUNE,
        )
        dataset = dataset.shuffle(min(count, _SHUFFLE_BUFFER), seed=seed)
    else:
        dataset = tf.data.TFRecordDataset(paths)
    dataset = dataset.map(decode, num_parallel_calls=tf.data.AUTOTUNE)
    if with_labels:
        dataset = dataset.map(_label_views)
    dataset = dataset.unbatch()
    if fits:
        dataset = dataset.cache()
        if shuffle:
            dataset = dataset.shuffle(count, seed=seed)
    if not has_tiles:
        dataset = dataset.apply(tf.data.experimental.assert_cardinality(count))
    return dataset.batch(batch_size).prefetch(tf.data.AUTOTUNE)


def _find_files(files):
    if isinstance(files, str | os.PathLike):
        return sorted(tf.io.gfile.glob(os.fspath(files))), f"pattern {files} matches"
    return [os.fspath(path) for path in files], "received were"


@without_autograph
def _label_views(views, label):
    return views, tf.fill((tf.shape(views)[0],), label)


def decode_record(serialized, image_shape, resizing):
    """Decodes the picture of one prepared record, in a graph.

    Args:
        serialized: string tensor [], an `ImageExample`.
        image_shape: `(height, width, channels)`.
        resizing: `Resizing` of that height and width.

    Returns:
        float32 tensor [V, H, W, C] in [0, 1]: one view, or the tiles.
    """
    example = tf.io.parse_single_example(serialized, {"image_bytes": _IMAGE_BYTES})
    return decode_views(example["image_bytes"], image_shape, resizing, _ANY_SIZE)


def count_records(path):
    """Counts the records of a TFRecord file without reading them.

    Args:
        path: str, a file.

    Returns:
        int.

    Raises:
        ValueError: the file is cut short.
    """
    size = tf.io.gfile.stat(path).length
    count, position = 0, 0
    with tf.io.gfile.GFile(path, "rb") as file:
        while position < size:
            file.seek(position)
            header = file.read(8)
            if len(header) < 8:
                break
            position += 8 + 4 + struct.unpack("<Q", header)[0] + 4
            count += 1
    if position != size:
        raise ValueError(f"Cut short after record {count}: {path} of {size} bytes.")
    return count
