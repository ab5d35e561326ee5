"""Anomaly maps of the test pictures whose masks are known, with the masks."""

import dataclasses
import hashlib

import numpy as np
import tensorflow as tf

from keras_novnorm.datasets.image_examples import ImageExample
from keras_novnorm.datasets.mask_picture import decode_mask

_SIGNATURE = "anomaly_map_bytes"
_BATCH = 32


@dataclasses.dataclass(frozen=True)
class PixelMaps:
    """Maps and masks of one size.

    Attributes:
        maps: float32 array [N, H, W].
        masks: bool array [N, H, W], true where anomalous.
        num_known: int, pictures whose masks are known: those that have one, and the
            normal ones. N is less where not all of their maps could be kept or made.
        num_chosen: int, how many of them were to be kept.
        num_masks: int, how many of the N have a mask.
        num_emptied: int, masks that have no anomalous pixel left at the maps' size.
    """

    maps: np.ndarray
    masks: np.ndarray
    num_known: int
    num_chosen: int
    num_masks: int
    num_emptied: int


def collect_pixel_maps(pattern, saved_model, max_pixels):
    """Computes the maps of pictures that have masks, and of normal ones.

    The mask of a normal picture is all zero. Where all maps have more than
    `max_pixels`, those are computed whose pictures have the lowest hashes: always the
    same ones, whatever their names and their order.

    Args:
        pattern: str, glob pattern of the TFRecord files.
        saved_model: str or path of one version of a SavedModel.
        max_pixels: int, the most pixels of maps that are kept; one map always is.

    Returns:
        `PixelMaps`. Pictures that the model cannot decode are not among them.
    """
    model = tf.saved_model.load(str(saved_model))
    function = model.signatures[_SIGNATURE]
    height, width = function.structured_outputs["anomaly_map"].shape[1:]
    known = sorted(_key(example) for example in _examples(pattern) if _known(example))
    chosen = set(known[: max(1, max_pixels // (height * width))])
    maps = np.empty((len(chosen), height, width), np.float32)
    masks = np.zeros((len(chosen), height, width), bool)
    count = num_masks = num_emptied = 0
    wanted = (example for example in _examples(pattern) if _key(example) in chosen)
    for batch in _batches(wanted):
        for example, found in _maps(function, batch):
            maps[count] = found
            if example.label:
                masks[count] = decode_mask(example.mask_bytes, height, width)
                num_masks += 1
                num_emptied += not masks[count].any() and _marks(example)
            count += 1
    return PixelMaps(
        maps=maps[:count],
        masks=masks[:count],
        num_known=len(known),
        num_chosen=len(chosen),
        num_masks=num_masks,
        num_emptied=num_emptied,
    )


def _examples(pattern):
    files = sorted(tf.io.gfile.glob(pattern))
    for record in tf.data.TFRecordDataset(files).as_numpy_iterator():
        yield ImageExample.parse(record)


def _known(example):
    return example.label == 0 or bool(example.mask_bytes)


def _key(example):
    # Hashed anew: splits were drawn by the digest, and are biased in it.
    content = hashlib.sha256(f"pixels:{example.sha256}".encode()).digest()
    return content, example.path


def _marks(example):
    return bool(np.any(tf.io.decode_png(example.mask_bytes).numpy()))


def _batches(examples):
    batch = []
    for example in examples:
        batch.append(example)
        if len(batch) == _BATCH:
            yield batch
            batch = []
    if batch:
        yield batch


def _maps(function, examples):
    image_bytes = tf.constant([example.image_bytes for example in examples])
    try:
        maps = function(image_bytes=image_bytes)["anomaly_map"].numpy()
    except tf.errors.InvalidArgumentError:
        # One bad picture takes no other along.
        if len(examples) > 1:
            for example in examples:
                yield from _maps(function, [example])
        return
    yield from zip(examples, maps, strict=True)
