"""Picture files scored by a detector, whatever their size."""

import dataclasses
import functools
import itertools
import typing
import weakref

import numpy as np
import tensorflow as tf

from keras_novnorm.calibration.map_sample import MapSample
from keras_novnorm.datasets.decode_image import decode_image
from keras_novnorm.datasets.without_autograph import without_autograph

_DECODED_AHEAD = 4
# Traced once for each detector, which may go all the same.
_STEPS = weakref.WeakKeyDictionary()


@dataclasses.dataclass(frozen=True)
class PictureScore:
    """What a detector says of one picture.

    Attributes:
        outputs: dict from the names of `predict`'s outputs to float or
            bool.
        anomaly_map: float32 array [h, w] at the picture's own size, or None.
        hashes: float32 array [V], of its views (see `TrainingSketch`), or None: only
            with the map.
    """

    outputs: dict
    anomaly_map: typing.Any = None
    hashes: typing.Any = None


def score_pictures(
    detector, pictures, batch_size=32, with_maps=False, were_learned=False
):
    """Scores picture files one after the other, several at a time.

    A picture in tiles has the outputs of its most novel tile. Only a few pictures are
    in memory at once at their own size, whatever the batch.

    Args:
        detector: a `OneClassDetector`; its `resize` says what it sees of a picture.
        pictures: iterable of bytes, PNG or JPEG files as `transcode` gives them.
        batch_size: int, views scored together.
        with_maps: bool, whether anomaly maps are made, too.
        were_learned: bool, whether the detector has learned from these pictures: each
            is scored as if it were new then (see `score_trained`); its map is not.

    Yields:
        `PictureScore`, in the order of `pictures`.

    Raises:
        tf.errors.InvalidArgumentError: a picture cannot be decoded.
    """
    step = _step_of(detector, with_maps, were_learned)
    if detector.resize == "tiles":
        for image in _decoded(detector, pictures):
            yield _score_tiles(detector, step, image, batch_size)
        return
    buffer = []  # of (size of the picture, its view)
    for size, view in _decoded(detector, pictures):
        buffer.append((size, view))
        if len(buffer) == batch_size:
            yield from _score_together(detector, step, buffer)
            buffer = []
    yield from _score_together(detector, step, buffer)


def calibrate_on_pictures(detector, pictures, target_fpr=0.01, batch_size=32):
    """Calibrates a detector on held-out normal picture files.

    As `calibrate`, for pictures of any size: where they are cut into
    tiles, what is calibrated is the score of whole pictures.

    Args:
        detector: a `OneClassDetector`.
        pictures: iterable of bytes, as for `score_pictures`; normal ones that training
            did not see.
        target_fpr: rate of false alarms to allow, in (0, 1).
        batch_size: int, views scored together.

    Returns:
        The threshold, a float.

    Raises:
        ValueError: if there are too few pictures for `target_fpr`.
    """
    scores, pixels, hashes = _score_normals(detector, pictures, batch_size)
    detector.keep_calibration_scores(scores, target_fpr)
    if detector.has_map:
        detector.calibration.fit_maps(pixels)
    detector.warn_of_trained_normals(hashes)
    return detector.threshold


def score_normals(detector, pictures, batch_size=32):
    """What a calibration is made of.

    Args:
        detector: a `OneClassDetector`.
        pictures: iterable of bytes, as for `score_pictures`; normal ones that training
            did not see.
        batch_size: int, views scored together.

    Returns:
        Tuple of the scores, float64 array [n], and some pixels of the pictures' maps,
        float32 array.
    """
    return _score_normals(detector, pictures, batch_size)[:2]


def _score_normals(detector, pictures, batch_size):
    scores, sample, hashes = [], MapSample(), [np.zeros(0, "float32")]
    for score in score_pictures(detector, pictures, batch_size, with_maps=True):
        scores.append(score.outputs["score"])
        if score.anomaly_map is not None:
            sample.add(score.anomaly_map)
        hashes.append(score.hashes)
    return np.array(scores), sample.values(), np.concatenate(hashes)


def _step_of(detector, *kind):
    steps = _STEPS.setdefault(detector, {})
    if kind not in steps:
        steps[kind] = _make_step(detector, *kind)
    return steps[kind]


def _make_step(detector, with_maps, were_learned):
    known = weakref.ref(detector)

    @tf.function(
        input_signature=[tf.TensorSpec((None, *detector.image_shape), tf.float32)],
        autograph=False,
    )
    def step(images):
        maps, hashes = tf.zeros((0, 1, 1)), tf.zeros((0,))
        if with_maps:
            hashes = known().hash_pictures(images)
        if with_maps and known().has_map:
            outputs, maps = known().score_and_map(images)
        else:
            outputs = known()(images, training=False)
        if were_learned:
            outputs = known().score_trained(images)
        return outputs, maps, hashes

    return step


@functools.lru_cache
def _decoder(resizing, channels):
    """Traced once for all detectors that see pictures alike, not for each call."""

    @tf.function(input_signature=[tf.TensorSpec((), tf.string)], autograph=False)
    def decode(image_bytes):
        image = decode_image(image_bytes, (None, None, channels), 2**62)
        if resizing.rule == "tiles":
            return image
        return tf.shape(image)[:2], resizing.view(image)

    return without_autograph(decode)


def _decoded(detector, pictures):
    decode = _decoder(detector.resizing, detector.image_shape[2])
    dataset = tf.data.Dataset.from_generator(
        lambda: iter(pictures), output_signature=tf.TensorSpec((), tf.string)
    )
    return dataset.map(decode, num_parallel_calls=2).prefetch(_DECODED_AHEAD)


def _score_together(detector, step, buffer):
    if not buffer:
        return
    outputs, maps, hashes = step(tf.stack([view for _, view in buffer]))
    outputs = {name: value.numpy() for name, value in outputs.items()}
    for position, (size, _) in enumerate(buffer):
        own = {name: value[position].item() for name, value in outputs.items()}
        one = slice(position, position + 1)
        anomaly_map = None
        if len(maps):
            anomaly_map = detector.resizing.picture_map(maps[one], size).numpy()
        yield PictureScore(
            own, anomaly_map, hashes[one].numpy() if len(hashes) else None
        )


def _score_tiles(detector, step, image, batch_size):
    resizing = detector.resizing
    rows, columns = resizing.tile_rows(image), resizing.tile_columns(image)
    places = list(itertools.product(range(len(rows)), range(len(columns))))
    found, maps, hashes = [], [], []
    for start in range(0, len(places), batch_size):
        chosen = places[start : start + batch_size]
        tiles = [
            tf.gather(tf.gather(image, rows[row]), columns[column], axis=1)
            for row, column in chosen
        ]
        outputs, some, known = step(tf.stack(tiles))
        hashes.append(known.numpy())
        found.append({name: value.numpy() for name, value in outputs.items()})
        maps.append(some.numpy())
    outputs = {name: np.concatenate([f[name] for f in found]) for name in found[0]}
    most = int(np.argmax(outputs["score"]))
    own = {name: value[most].item() for name, value in outputs.items()}
    maps, hashes = np.concatenate(maps), np.concatenate(hashes)
    anomaly_map = None
    if len(maps):
        anomaly_map = resizing.picture_map(maps, tf.shape(image)[:2]).numpy()
    return PictureScore(own, anomaly_map, hashes if len(hashes) else None)
