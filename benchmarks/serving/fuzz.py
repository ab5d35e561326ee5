"""Faulty requests, by chance but the same for the same seed."""

import base64
import dataclasses
import importlib
import json
import struct
import zlib

from benchmarks.serving import requests

_PREDICT = "/tensorflow.serving.PredictionService/Predict"
_OTHER_METHODS = {
    "/tensorflow.serving.PredictionService/GetModelMetadata": "get_model_metadata",
    "/tensorflow.serving.PredictionService/Classify": "classification",
    "/tensorflow.serving.PredictionService/Regress": "regression",
    "/tensorflow.serving.PredictionService/MultiInference": "inference",
    "/tensorflow.serving.ModelService/GetModelStatus": "get_model_status",
}
_SIGNATURES = ("serving_default", "anomaly_map", "serving_bytes", "anomaly_map_bytes")
_SIZES = (-1, 0, 1, 2, 7, 28, 1000, 2**31 - 1, 2**31, 2**40, 2**62, -(2**63))
_DTYPES = (-1, 0, 1, 2, 3, 4, 5, 7, 9, 10, 14, 20, 22, 25, 99, 104)
_VALUES = (
    *(None, True, 0, -1, 1.5, 1e400, 300, 2**63, 2**200, "", "text", [], {}, [[]]),
    *([1, [2]], {"b64": 1}, {"b64": "***"}, {"b64": ""}, {"b64": "aGVsbG8"}),
    *({"b64": "", "x": 1}, {"images": [1]}, {"image_bytes": "x"}, [None], "NaN"),
)
_FORMS = ("PNG", "JPEG", "BMP", "GIF", "TIFF", "WEBP")
_VERBS = ("GET", "POST", "PUT", "DELETE", "HEAD", "OPTIONS", "PATCH")
_PATH_PARTS = ("v1", "models", "detector", "versions", "labels", "1", "-1", "9" * 30)
_PATH_ENDS = (
    "",
    ":predict",
    ":classify",
    ":Predict",
    "/metadata",
    "?x=1",
    "%00",
    "%2F",
)


@dataclasses.dataclass(frozen=True)
class Fault:
    """One request that something is wrong with, or that may be right by chance.

    Attributes:
        name: str, the kind.
        path: str, gRPC method or URL path.
        body: bytes.
        method: str, the HTTP verb, or None for gRPC.
        headers: dict of str to str.
        is_message: bool, false for gRPC bytes that are no message of their type.
    """

    name: str
    path: str
    body: bytes
    method: str | None = None
    headers: dict = dataclasses.field(default_factory=dict)
    is_message: bool = True


def faults(chance, image, count):
    """Makes faulty requests of all kinds in turn.

    Args:
        chance: `random.Random`.
        image: uint8 array [H, W, C] of the model's size.
        count: int.

    Yields:
        `Fault`.
    """
    good = _Good(image)
    kinds = (
        *(_tensor, _spec, _picture, _json_values, _picture_over_rest),
        *(_message_bytes, _other_method, _json_text, _url),
    )
    for number in range(count):
        yield kinds[number % len(kinds)](chance, good)


class _Good:
    """Right requests, to be made wrong."""

    def __init__(self, image):
        batch = image[None]
        self.shape = batch.shape
        self.predicts = [
            *requests.pixels(batch, 1),
            *requests.files(batch, 1),
            *requests.files(batch, 1, "anomaly_map_bytes"),
        ]
        self.rest = requests.rest_files(batch)[0]
        self.rows = json.dumps({"instances": batch.tolist()}).encode()
        self.pictures = [
            requests.encode(image[..., :1] if image.shape[2] == 1 else image, form)
            for form in _FORMS
        ]


def _tensor(chance, good):
    from tensorflow_serving.apis import predict_pb2

    request = predict_pb2.PredictRequest.FromString(chance.choice(good.predicts))
    alias = next(iter(request.inputs))
    proto = request.inputs[alias]
    change = chance.randrange(7)
    if change == 0:
        proto.dtype = chance.choice(_DTYPES)
    elif change == 1:
        proto.tensor_shape.dim[
            chance.randrange(len(proto.tensor_shape.dim))
        ].size = chance.choice(_SIZES)
    elif change == 2:
        for _ in range(chance.choice((1, 3, 250, 300))):
            proto.tensor_shape.dim.add(size=chance.choice((1, 1, 2, 0)))
    elif change == 3:
        del proto.tensor_shape.dim[chance.randrange(len(proto.tensor_shape.dim)) :]
    elif change == 4:
        proto.tensor_content = chance.randbytes(chance.choice((0, 1, 783, 5000)))
    elif change == 5:
        proto.ClearField("tensor_content")
        proto.ClearField("string_val")
        proto.float_val.extend([0.5] * chance.choice((0, 1, 3)))
        proto.dtype = chance.choice(_DTYPES)
        for dim in proto.tensor_shape.dim:
            dim.size = chance.choice(_SIZES)
    else:
        proto.tensor_shape.unknown_rank = True
    return Fault(f"tensor {change}", _PREDICT, request.SerializeToString())


def _spec(chance, good):
    from tensorflow_serving.apis import predict_pb2

    request = predict_pb2.PredictRequest.FromString(chance.choice(good.predicts))
    change = chance.randrange(8)
    if change == 0:
        request.model_spec.name = chance.choice(("", "x" * 5000, "../..", "\x00", "é"))
    elif change == 1:
        request.model_spec.version.value = chance.choice((0, -1, 7, 2**62))
    elif change == 2:
        request.model_spec.version_label = chance.choice(("", "stable", "x" * 3000))
    elif change == 3:
        request.model_spec.signature_name = chance.choice(
            (*_SIGNATURES, "", "x" * 3000, "__saved_model_init_op")
        )
    elif change == 4:
        request.output_filter.extend(chance.choice((["score"] * 2, [""], ["map"])))
    elif change == 5:
        alias = next(iter(request.inputs))
        request.inputs[chance.choice(("", "image", "x" * 2000))].CopyFrom(
            request.inputs[alias]
        )
        if chance.random() < 0.5:
            del request.inputs[alias]
    elif change == 6:
        request.ClearField("inputs")
    else:
        request.ClearField("model_spec")
    return Fault(f"names {change}", _PREDICT, request.SerializeToString())


def _picture(chance, good):
    from serving.client import messages, tensors

    request = messages.PredictRequest()
    request.model_spec.name = requests.DETECTOR
    request.model_spec.signature_name = chance.choice(_SIGNATURES[2:])
    contents = [_broken_picture(chance, good) for _ in range(chance.choice((1, 1, 3)))]
    tensors.write_strings(request.inputs["image_bytes"], contents)
    return Fault("picture", _PREDICT, request.SerializeToString())


def _picture_over_rest(chance, good):
    row = {"b64": base64.b64encode(_broken_picture(chance, good)).decode()}
    body = {"signature_name": "serving_bytes", "instances": [row]}
    path = f"/v1/models/{requests.DETECTOR}:predict"
    return Fault("picture over REST", path, json.dumps(body).encode(), "POST")


def _json_values(chance, good):
    signature = chance.choice((*_SIGNATURES, 7, None, "none"))
    key = chance.choice(("instances", "instances", "inputs", "input", ""))
    value = chance.choice(_VALUES)
    if chance.random() < 0.7:
        value = [value] * chance.choice((1, 1, 2, 3))
    body = {"signature_name": signature, key: value}
    path = f"/v1/models/{requests.DETECTOR}:predict"
    return Fault(f"JSON {key} {value!r:.80}", path, json.dumps(body).encode(), "POST")


def _json_text(chance, good):
    path = f"/v1/models/{requests.DETECTOR}:predict"
    change = chance.randrange(5)
    headers = {}
    if change == 0:
        depth = chance.choice((300, 5000, 100_000))
        body = b'{"instances": ' + b"[" * depth + b"]" * depth + b"}"
    elif change == 1:
        body = chance.randbytes(chance.randrange(200))
        headers = chance.choice(({}, {"Content-Encoding": "gzip"}))
    elif change == 2:
        packed = zlib.compressobj(9, wbits=31)
        body = packed.compress(b" " * 2_000_000) + packed.flush()
        body = body[: chance.choice((len(body), len(body) // 2))]
        headers = {"Content-Encoding": "gzip"}
    elif change == 3:
        body = b'{"instances": [' + b"9" * chance.choice((50, 5000, 50_000)) + b"]}"
    else:
        body = _damage(chance, chance.choice((good.rest, good.rows)))
    return Fault(f"JSON text {change}", path, body, "POST", headers)


def _url(chance, good):
    parts = [chance.choice(_PATH_PARTS) for _ in range(chance.randrange(7))]
    path = "/" + "/".join(parts) + chance.choice(_PATH_ENDS)
    verb = chance.choice(_VERBS)
    return Fault(f"{verb} {path}", path, b"{}" if verb == "POST" else None, verb)


def _message_bytes(chance, good):
    from tensorflow_serving.apis.predict_pb2 import PredictRequest

    body = _damage(chance, chance.choice(good.predicts))
    return Fault("bytes", _PREDICT, body, is_message=_is_message(PredictRequest, body))


def _other_method(chance, good):
    body = chance.choice((b"", chance.randbytes(20), good.predicts[0]))
    path = chance.choice(list(_OTHER_METHODS))
    is_message = _is_message(_request_class(path), body)
    return Fault("another method", path, body, is_message=is_message)


def _request_class(path):
    name = f"tensorflow_serving.apis.{_OTHER_METHODS[path]}_pb2"
    method = path.rpartition("/")[2]
    words = {"Classify": "Classification", "Regress": "Regression"}
    return getattr(importlib.import_module(name), f"{words.get(method, method)}Request")


def _is_message(kind, body):
    from google.protobuf.message import DecodeError

    try:
        kind.FromString(body)
    except DecodeError:
        return False
    return True


def _broken_picture(chance, good):
    change = chance.randrange(6)
    if change == 0:
        return chance.randbytes(chance.choice((0, 1, 8, 100)))
    if change == 1:
        return _bomb(chance.choice((5000, 20_000, 2**31 - 1)))
    if change == 2:
        content = chance.choice(good.pictures)
        return content[: chance.randrange(len(content))]
    return _damage(chance, chance.choice(good.pictures))


def _bomb(size):
    """bytes of a small PNG that says it is size x size pixels."""

    def chunk(kind, data):
        sum_ = struct.pack(">I", zlib.crc32(kind + data))
        return struct.pack(">I", len(data)) + kind + data + sum_

    header = struct.pack(">IIBBBBB", size, size, 8, 0, 0, 0, 0)
    rows = zlib.compress(b"\x00" * 3_000_000, 9)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", header)
        + chunk(b"IDAT", rows)
        + chunk(b"IEND", b"")
    )


def _damage(chance, content):
    """Flips, drops, inserts or repeats some bytes."""
    content = bytearray(content)
    for _ in range(chance.choice((1, 1, 2, 8, 40))):
        at = chance.randrange(len(content) + 1)
        change = chance.randrange(4)
        if change == 0 and at < len(content):
            content[at] ^= 1 << chance.randrange(8)
        elif change == 1:
            del content[at : at + chance.choice((1, 4, 64))]
        elif change == 2:
            content[at:at] = chance.randbytes(chance.choice((1, 4, 64)))
        else:
            content[at:at] = content[at : at + 16]
    return bytes(content)
