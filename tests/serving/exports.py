"""Small SavedModels for the tests, written the way an export writes them."""

import os
import shutil

import tensorflow as tf

SIZE = 8


class Line(tf.Module):
    """y = 0.5 x + offset, with the signatures of the stock `half_plus_two`."""

    def __init__(self, offset):
        super().__init__()
        self.slope = tf.Variable(0.5)
        self.offset = tf.Variable(offset)

    @tf.function(input_signature=[tf.TensorSpec([None, 1], tf.float32, name="x")])
    def line(self, x):
        return {"y": self.slope * x + self.offset}

    @tf.function(input_signature=[tf.TensorSpec([], tf.int32, name="rounds")])
    def slow(self, rounds):
        def once(i, x):
            return i + 1, tf.tanh(x @ x)

        _, x = tf.while_loop(
            lambda i, _: i < rounds, once, [0, tf.eye(200) * self.slope]
        )
        return {"y": self.offset + 0.0 * x[:1, 0]}

    @tf.function(input_signature=[tf.TensorSpec([None, 1], tf.float32, name="inputs")])
    def regress(self, inputs):
        return {"outputs": self.slope * inputs + self.offset}


class _Detector(tf.Module):
    """The signatures of an exported detector over a toy network.

    Score: mean brightness of a convolution's output; threshold: 100.
    """

    def __init__(self):
        super().__init__()
        self.kernel = tf.Variable(tf.ones([3, 3, 3, 1]) / 27.0)

    def _map(self, images):
        images = tf.ensure_shape(images, [None, SIZE, SIZE, 3])
        floats = tf.cast(images, tf.float32)
        return tf.nn.conv2d(floats, self.kernel, 1, "SAME")[..., 0]

    def _scores(self, images):
        score = tf.reduce_mean(self._map(images), axis=[1, 2])
        threshold = tf.fill(tf.shape(score), 100.0)
        return {
            "score": score,
            "normalized_score": score / 255.0,
            "reconstruction_error": score * 2.0,
            "p_value": 1.0 - score / 255.0,
            "threshold": threshold,
            "is_novel": score > threshold,
        }

    def _decode(self, image_bytes):
        image_bytes = tf.ensure_shape(image_bytes, [None])

        def one(content):
            image = tf.io.decode_image(content, channels=3, expand_animations=False)
            image = tf.image.resize(image, [SIZE, SIZE], antialias=True)
            return tf.cast(tf.round(image), tf.uint8)

        return tf.map_fn(one, image_bytes, fn_output_signature=tf.uint8)

    @tf.function(input_signature=[tf.TensorSpec([None, SIZE, SIZE, 3], tf.uint8)])
    def score(self, images):
        return self._scores(images)

    @tf.function(input_signature=[tf.TensorSpec([None], tf.string)])
    def score_bytes(self, image_bytes):
        return self._scores(self._decode(image_bytes))

    @tf.function(input_signature=[tf.TensorSpec([None, SIZE, SIZE, 3], tf.uint8)])
    def anomaly_map(self, images):
        return {"anomaly_map": self._map(images)}

    @tf.function(input_signature=[tf.TensorSpec([None], tf.string)])
    def anomaly_map_bytes(self, image_bytes):
        return {"anomaly_map": self._map(self._decode(image_bytes))}


class _Odd(tf.Module):
    """Signatures of odd forms: two inputs, bytes out, a scalar, no input, huge."""

    @tf.function(
        input_signature=[
            tf.TensorSpec(None, tf.float32, name="a"),
            tf.TensorSpec(None, tf.int32, name="b"),
        ]
    )
    def two(self, a, b):
        return {"a": a + 0.0, "b": b + 0}

    @tf.function(input_signature=[tf.TensorSpec(None, tf.string, name="text")])
    def echo(self, text):
        return {"text": tf.identity(text), "text_bytes": tf.identity(text)}

    @tf.function(input_signature=[tf.TensorSpec(None, tf.float32, name="x")])
    def total(self, x):
        return {"total": tf.reduce_sum(x)}

    @tf.function(input_signature=[tf.TensorSpec(None, tf.half, name="x")])
    def halves(self, x):
        return {"y": x * tf.constant(2.0, tf.half)}

    @tf.function(input_signature=[tf.TensorSpec([None], tf.float32, name="x")])
    def uneven(self, x):
        return {"all": tf.identity(x), "half": x[: tf.size(x) // 2]}

    @tf.function(input_signature=[tf.TensorSpec([None], tf.float32, name="x")])
    def empty(self, x):
        return {"nothing": x[:0]}

    @tf.function(input_signature=[tf.TensorSpec([None], tf.float32, name="x")])
    def complex(self, x):
        return {"y": tf.cast(x, tf.complex64)}

    @tf.function(input_signature=[])
    def constant(self):
        return {"y": tf.constant([7], tf.int64)}

    @tf.function(
        input_signature=[tf.TensorSpec([None, None, None, 3], tf.uint8, name="images")]
    )
    def big(self, images):
        return {
            "images": tf.identity(images),
            "map": tf.cast(images[..., 0], tf.float32),
        }


def half_plus(path, offset=2.0):
    """Writes y = 0.5 x + offset to a version folder, by rename."""
    model = Line(offset)
    signatures = {
        "serving_default": model.line,
        "regress_x_to_y": model.regress,
        "slow": model.slow,
    }
    save(model, path, signatures)


def detector(path):
    """Writes the toy detector and the odd signatures to a version folder."""
    model, odd = _Detector(), _Odd()
    model.odd = odd
    signatures = {
        "serving_default": model.score,
        "serving_bytes": model.score_bytes,
        "anomaly_map": model.anomaly_map,
        "anomaly_map_bytes": model.anomaly_map_bytes,
    }
    names = ("two", "echo", "total", "constant", "big", "halves", "uneven")
    names += ("empty", "complex")
    save(model, path, signatures | {name: getattr(odd, name) for name in names})


def copy(source, target):
    """Copies a version folder, by rename, so that no server sees a half of it."""
    partial = f"{target}.tmp"
    shutil.copytree(source, partial)
    os.rename(partial, target)


def save(model, path, signatures):
    """Writes a module to a version folder, by rename."""
    os.makedirs(os.path.dirname(path), exist_ok=True)
    partial = f"{path}.tmp"
    tf.saved_model.save(model, partial, signatures=signatures)
    os.rename(partial, path)
