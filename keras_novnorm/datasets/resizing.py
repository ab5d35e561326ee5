"""The three ways from a picture of any size to the size that a detector takes.

Plain TensorFlow operations, so that the training reader and the exported graph run the
very same code.
"""

import dataclasses

import tensorflow as tf

RULES = {
    "stretch": "the whole picture is brought to the size, proportions are not kept",
    "pad": "the whole picture is brought into the size, proportions are kept, and the "
    "rest is filled with black",
    "tiles": "the picture keeps its own resolution and is cut into overlapping tiles",
}
"""The rules by name, each in words."""


@dataclasses.dataclass(frozen=True)
class Resizing:
    """A rule with its size: from pictures to views, and back for maps.

    A view is what a detector takes: one for each picture, or its tiles.

    Args:
        height: int, of a view.
        width: int, of a view.
        rule: "stretch", "pad" or "tiles".
        overlap: float in [0, 1), the least share of a tile that it has in common with
            the next one.

    Raises:
        ValueError: there is no such rule, or the overlap is out of its range.
    """

    height: int
    width: int
    rule: str = "stretch"
    overlap: float = 0.25

    def __post_init__(self):
        check_resizing(self.rule, self.overlap)

    def views(self, image):
        """What the detector sees of a picture.

        Args:
            image: float32 tensor [h, w, C] in [0, 1].

        Returns:
            float32 tensor [V, height, width, C]; V is 1 but for tiles.
        """
        if self.rule != "tiles":
            return self.view(image)[None]
        rows, columns = self.tile_rows(image), self.tile_columns(image)
        tiles = tf.gather(tf.gather(image, rows), columns, axis=2)
        tiles = tf.transpose(tiles, (0, 2, 1, 3, 4))
        return tf.reshape(tiles, (-1, self.height, self.width, image.shape[-1]))

    def view(self, image):
        """The one view of "stretch" or "pad".

        Args:
            image: float32 tensor [h, w, C] in [0, 1].

        Returns:
            float32 tensor [height, width, C].
        """
        height, width, channels = self.height, self.width, image.shape[-1]
        if self.rule == "stretch":
            view = _resize(image, height, width)
        else:
            top, left, inner_height, inner_width = self._inner(tf.shape(image)[:2])
            view = tf.image.pad_to_bounding_box(
                _resize(image, inner_height, inner_width), top, left, height, width
            )
        return tf.ensure_shape(view, (height, width, channels))

    def tile_rows(self, image):
        """Rows of the picture that each row of tiles shows, int32 [R, height]."""
        return _places(tf.shape(image)[0], self.height, self.overlap)

    def tile_columns(self, image):
        """Columns of the picture that each column of tiles shows, int32 [S, width]."""
        return _places(tf.shape(image)[1], self.width, self.overlap)

    def picture_map(self, maps, size):
        """The map of a picture, from those of its views.

        Where tiles overlap, the mean of theirs.

        Args:
            maps: float32 tensor [V, height, width].
            size: int32 tensor [2], height and width of the picture.

        Returns:
            float32 tensor [h, w].
        """
        height, width = size[0], size[1]
        if self.rule == "tiles":
            return self._join(maps, height, width)
        values = maps[0, :, :, None]
        if self.rule == "pad":
            top, left, inner_height, inner_width = self._inner(size)
            values = values[top : top + inner_height, left : left + inner_width]
        # Not antialiased: a small spot must keep its height.
        return tf.image.resize(values, (height, width))[:, :, 0]

    def _join(self, maps, height, width):
        rows = _places(height, self.height, self.overlap)
        columns = _places(width, self.width, self.overlap)
        shape = (tf.shape(rows)[0], tf.shape(columns)[0], self.height, self.width)
        maps = tf.transpose(tf.reshape(maps, shape), (0, 2, 1, 3))
        flat_rows, flat_columns = tf.reshape(rows, (-1,)), tf.reshape(columns, (-1,))
        maps = tf.reshape(maps, (tf.size(flat_rows), tf.size(flat_columns)))
        maps = tf.math.unsorted_segment_mean(maps, flat_rows, height)
        maps = tf.math.unsorted_segment_mean(tf.transpose(maps), flat_columns, width)
        return tf.transpose(maps)

    def _inner(self, size):
        size = tf.cast(size, tf.float32)
        scale = tf.minimum(self.height / size[0], self.width / size[1])
        inner = tf.cast(tf.maximum(tf.round(size * scale), 1.0), tf.int32)
        inner_height = tf.minimum(inner[0], self.height)
        inner_width = tf.minimum(inner[1], self.width)
        top = (self.height - inner_height) // 2
        left = (self.width - inner_width) // 2
        return top, left, inner_height, inner_width


def check_resizing(rule, overlap):
    """Refuses a rule that does not exist, or an overlap without a meaning.

    Args:
        rule: str.
        overlap: float.

    Raises:
        ValueError: as said.
    """
    if rule not in RULES:
        raise ValueError(f"`resize` must be one of {list(RULES)}. Received: {rule!r}")
    if not 0 <= overlap < 1:
        raise ValueError(f"`tile_overlap` must be in [0, 1). Received: {overlap}")


def _places(size, tile, overlap):
    # Spread evenly from edge to edge, as few as leave no less than the overlap.
    step = tf.cast(max(1, int(tile * (1 - overlap))), tf.int32)
    beyond = tf.maximum(size - tile, 0)
    count = 1 + (beyond + step - 1) // step
    share = tf.range(count, dtype=tf.float64) / tf.cast(
        tf.maximum(count - 1, 1), "float64"
    )
    starts = tf.cast(tf.round(share * tf.cast(beyond, tf.float64)), tf.int32)
    places = starts[:, None] + tf.range(tile, dtype=tf.int32)
    # A picture smaller than a tile goes on as its own mirror image.
    period = tf.maximum(2 * (size - 1), 1)
    places = places % period
    return tf.where(places >= size, period - places, places)


def _resize(image, height, width):
    def resized():
        changed = tf.image.resize(image, [height, width], antialias=True)
        return tf.clip_by_value(changed, 0.0, 1.0)

    found = tf.shape(image)
    same = (found[0] == height) & (found[1] == width)
    return tf.cond(same, lambda: image, resized)
