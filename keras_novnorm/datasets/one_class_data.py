"""A source read, checked, relabelled and split in this process.

For data that fits into memory; the pipeline does the same, by the same rules, on
any number of machines.
"""

import dataclasses
import math

import tensorflow as tf

from keras_novnorm.datasets.decode_image import decode_views
from keras_novnorm.datasets.image_examples import ImageExample
from keras_novnorm.datasets.mask_picture import mask_of
from keras_novnorm.datasets.one_class_split import (
    SPLITS,
    OneClassSplit,
)
from keras_novnorm.datasets.picture_digest import picture_digest
from keras_novnorm.datasets.resizing import Resizing
from keras_novnorm.datasets.split_plan import Place, plan_splits
from keras_novnorm.datasets.transcode import (
    MAX_PIXELS,
    RejectedPictureError,
    transcode,
)
from keras_novnorm.datasets.without_autograph import without_autograph

_CACHE_BYTES = 2**30


@dataclasses.dataclass(frozen=True)
class OneClassData:
    """What became of the pictures of a source.

    Attributes:
        examples: dict from "train", "calibration" and "test" to lists of
            `ImageExample`, sorted by path.
        rejected: list of `(path, reason)`, files that are no usable pictures.
        dropped: list of `(path, split, why)`, copies of pictures that are held out
            elsewhere, or are of another class (see `settle_split`).
        refused_masks: list of `(path, reason)`, novel pictures that are kept without
            their mask.
    """

    examples: dict
    rejected: list
    dropped: list
    refused_masks: list = dataclasses.field(default_factory=list)

    def dataset(
        self,
        split,
        image_shape,
        batch_size,
        with_labels=False,
        resize="stretch",
        tile_overlap=0.25,
    ):
        """Gives the pictures of a split as batches, in the order of `examples`.

        Args:
            split: "train", "calibration" or "test".
            image_shape: `(height, width, channels)`.
            batch_size: int.
            with_labels: bool, whether labels are given too.
            resize: "stretch", "pad" or "tiles" (see `Resizing`). Each tile counts as
                an image of its own.
            tile_overlap: float, share of a tile.

        Returns:
            `tf.data.Dataset` of float32 [B, H, W, C] in [0, 1], or of pairs with the
            labels, int64 [B].

        Raises:
            ValueError: the split has no picture.
        """
        examples = self.examples[split]
        if not examples:
            sizes = {name: len(found) for name, found in self.examples.items()}
            raise ValueError(
                f"No picture for {split}: {sizes}, {len(self.rejected)} set aside."
            )
        resizing = Resizing(*image_shape[:2], resize, tile_overlap)

        @without_autograph
        def decode(image_bytes, label):
            views = decode_views(image_bytes, image_shape, resizing, 2**62)
            return views, tf.fill((tf.shape(views)[0],), label)

        files = [example.image_bytes for example in examples]
        labels = tf.constant([example.label for example in examples], tf.int64)
        dataset = tf.data.Dataset.from_tensor_slices((files, labels))
        dataset = dataset.map(decode, num_parallel_calls=tf.data.AUTOTUNE).unbatch()
        if not with_labels:
            dataset = dataset.map(without_autograph(lambda images, _: images))
        if resize != "tiles":
            dataset = dataset.apply(
                tf.data.experimental.assert_cardinality(len(examples))
            )
        if len(examples) * math.prod(image_shape) * 4 < _CACHE_BYTES:
            dataset = dataset.cache()
        return dataset.batch(batch_size).prefetch(tf.data.AUTOTUNE)


def read_one_class_data(
    source, normal_classes, max_pixels=MAX_PIXELS, shares=None, known=None
):
    """Reads all pictures of a source that one-class training and testing use.

    Args:
        source: an `ImageSource` (see `open_source`).
        normal_classes: tuple of str (see `resolve_classes`).
        max_pixels: int, pictures with more are set aside.
        shares: `Shares` of the normals, or None: the usual ones.
        known: dict from digests of pictures to the splits that they stay in, or None.

    Returns:
        `OneClassData`.
    """
    rule = OneClassSplit.of(source, normal_classes, shares)
    found, places, rejected, refused_masks = [], [], [], []
    for element in source.elements(rule.wanted):
        try:
            element = source.read(element)
            image_bytes = transcode(element.image_bytes, max_pixels)
            digest = picture_digest(image_bytes)
        except RejectedPictureError as error:
            rejected.append((element.path, str(error)))
            continue
        label, mask_bytes = rule.label(element.class_name), b""
        if label:
            mask_bytes, reason = mask_of(element, image_bytes, max_pixels)
            refused_masks += [(element.path, reason)] if reason else []
        example = ImageExample(
            image_bytes=image_bytes,
            label=label,
            class_name=element.class_name,
            path=element.path,
            sha256=digest,
            group=element.group or "",
            mask_bytes=mask_bytes,
            columns=element.columns,
        )
        found.append(example)
        places.append(Place(digest, element.class_name, element.split, element.group))
    examples, dropped = {split: [] for split in SPLITS}, []
    planned = plan_splits(places, rule, known)
    for example, (split, drawn, why) in zip(found, planned, strict=True):
        if split is None:
            dropped.append((example.path, drawn, why))
        else:
            examples[split].append(example)
    for one in examples.values():
        one.sort(key=lambda example: example.path)
    return OneClassData(
        examples, sorted(rejected), sorted(dropped), sorted(refused_masks)
    )
