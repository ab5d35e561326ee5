"""Requests that a server plays before a version goes into service.

The file is `assets.extra/tf_serving_warmup_requests`: a TFRecord of serialized
`tensorflow.serving.PredictionLog` messages (TF Serving, "SavedModel Warmup"). They
are written field by field, so that no serving package is needed to export.
"""

import pathlib

import numpy as np
import tensorflow as tf

WARMUP_RECORDS = pathlib.PurePath("assets.extra", "tf_serving_warmup_requests")
BATCH_SIZES = (1, 32)
# The file must stay small beside the model, however large the pictures are.
_LARGEST_BATCH_BYTES = 4 << 20

# Field numbers of prediction_log.proto, predict.proto and model.proto.
_PREDICT_LOG = 6
_REQUEST = 1
_MODEL_SPEC, _INPUTS = 1, 2
_SIGNATURE_NAME = 3
_KEY, _VALUE = 1, 2
_LENGTH_DELIMITED = 2


def write_warmup_records(path, image_shape, input_dtype, signatures):
    """Write one request for each signature and each of a few batch sizes.

    The first run of each is slow, and a version that does not run at all is found
    out before it replaces a good one.

    Args:
        path: `pathlib.Path` of the version's folder.
        image_shape: `(H, W, C)` of the detector.
        input_dtype: dtype of `images`, `"uint8"` or `"float32"`.
        signatures: list of pairs, a signature's name and its input's: `"images"` or
            `"image_bytes"`.
    """
    file = path / WARMUP_RECORDS
    file.parent.mkdir(exist_ok=True)
    # A ramp: a constant picture might meet a shortcut that no real one takes.
    ramp = np.linspace(0, 255, int(np.prod(image_shape))).reshape(image_shape)
    picture = ramp.astype("uint8")
    pixels = picture if input_dtype == "uint8" else (ramp / 255.0).astype(input_dtype)
    content = tf.io.encode_png(picture).numpy()
    with tf.io.TFRecordWriter(str(file)) as writer:
        fitting = max(1, _LARGEST_BATCH_BYTES // pixels.nbytes)
        for size in sorted({min(size, fitting) for size in BATCH_SIZES}):
            values = {
                "images": np.stack([pixels] * size),
                "image_bytes": [content] * size,
            }
            for signature, name in signatures:
                writer.write(_prediction_log(signature, name, values[name]))


def _prediction_log(signature, name, value):
    tensor = tf.make_tensor_proto(value).SerializeToString()
    entry = _field(_KEY, name.encode()) + _field(_VALUE, tensor)
    spec = _field(_SIGNATURE_NAME, signature.encode())
    request = _field(_MODEL_SPEC, spec) + _field(_INPUTS, entry)
    return _field(_PREDICT_LOG, _field(_REQUEST, request))


def _field(number, content):
    """bytes of a length-delimited field of a protocol buffer."""
    return bytes([number << 3 | _LENGTH_DELIMITED]) + _varint(len(content)) + content


def _varint(value):
    encoded = bytearray()
    while value >= 0x80:
        encoded.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes(encoded) + bytes([value])
