"""What an export computes of whole picture files, for each rule of resizing."""

import functools

import tensorflow as tf

from keras_novnorm.datasets.decode_image import decode_image
from keras_novnorm.datasets.resizing import Resizing
from keras_novnorm.export.exif_orientation import upright


def score_pictures(detector, image_bytes):
    """Scores picture files, in a graph.

    Args:
        detector: a `OneClassDetector`.
        image_bytes: string tensor [B], whole picture files.

    Returns:
        Dictionary of outputs, each [B]; a picture in tiles has those of its most novel
        tile.
    """
    shape = detector.image_shape
    if detector.resize != "tiles":
        images = _upright_images(image_bytes, shape, detector.resize)
        return detector(images, training=False)
    return _map_pictures(
        lambda image: _most_novel_tile(detector, image),
        image_bytes,
        shape,
        {
            name: tf.TensorSpec((), "bool" if name == "is_novel" else "float32")
            for name in detector.output_names
        },
    )


def locate_pictures(detector, image_bytes):
    """Anomaly maps of whole picture files, in a graph.

    Args:
        detector: a `OneClassDetector`.
        image_bytes: string tensor [B], whole picture files.

    Returns:
        float32 tensor [B, H, W]: of the whole of each picture, brought to the
        detector's size.
    """
    shape = detector.image_shape
    if detector.resize == "stretch":
        return detector.anomaly_map(_upright_images(image_bytes, shape))

    def locate(image):
        if detector.resize == "pad":
            maps = detector.anomaly_map(detector.resizing.views(image))
        else:
            maps = _by_row_of_tiles(detector, image, detector.anomaly_map, tf.float32)
            maps = tf.reshape(maps, (-1, *shape[:2]))
        values = detector.resizing.picture_map(maps, tf.shape(image)[:2])[:, :, None]
        return tf.image.resize(values, shape[:2], antialias=True)[:, :, 0]

    return _map_pictures(
        locate, image_bytes, shape, tf.TensorSpec(shape[:2], tf.float32)
    )


def _upright_images(image_bytes, shape, resize="stretch"):
    # The size is changed last: a picture on its side has other proportions.
    resizing = Resizing(*shape[:2], resize)
    spec = tf.TensorSpec(shape, tf.float32)
    images = _map_pictures(resizing.view, image_bytes, shape, spec)
    return tf.ensure_shape(images, (None, *shape))


def _map_pictures(function, image_bytes, shape, signature):
    decode = _upright_decoder(shape[2])
    return tf.map_fn(
        lambda one: function(decode(one)), image_bytes, fn_output_signature=signature
    )


@functools.lru_cache
def _upright_decoder(channels):
    # A function of the graph, traced once: two endpoints, twice each, otherwise.
    @tf.function(input_signature=[tf.TensorSpec((), tf.string)], autograph=False)
    def decode(image_bytes):
        image = decode_image(image_bytes, (None, None, channels))
        return upright(image, image_bytes)

    return decode


def _most_novel_tile(detector, image):
    signature = {
        name: tf.bool if name == "is_novel" else tf.float32
        for name in detector.output_names
    }
    outputs = _by_row_of_tiles(detector, image, detector, signature)
    outputs = {name: tf.reshape(value, (-1,)) for name, value in outputs.items()}
    score = outputs["score"]
    # A tile without a finite score counts as the most novel one.
    most = tf.argmax(tf.where(tf.math.is_finite(score), score, float("inf")))
    return {name: value[most] for name, value in outputs.items()}


def _by_row_of_tiles(detector, image, function, signature):
    # A row at a time: all tiles of a large picture at once would fill the memory.
    columns = detector.resizing.tile_columns(image)

    def one_row(rows):
        tiles = tf.gather(tf.gather(image, rows), columns, axis=1)
        return function(tf.transpose(tiles, (1, 0, 2, 3)))

    return tf.map_fn(
        one_row,
        detector.resizing.tile_rows(image),
        fn_output_signature=signature,
        parallel_iterations=1,
    )
