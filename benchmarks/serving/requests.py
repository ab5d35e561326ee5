"""Requests, ready to be sent: clients that build them would be what is measured."""

import base64
import io
import json

import numpy as np
from PIL import Image

from serving.client import messages, tensors

LINE, DETECTOR = "line", "detector"


def line(xs, version=None):
    """A request of y = 0.5 x + offset.

    Args:
        xs: sequence of float.
        version: int, or None for the newest.

    Returns:
        bytes of a `PredictRequest`.
    """
    request = messages.PredictRequest()
    request.model_spec.name = LINE
    if version is not None:
        request.model_spec.version.value = version
    tensor = request.inputs["x"]
    tensor.dtype = 1
    for size in (len(xs), 1):
        tensor.tensor_shape.dim.add(size=size)
    tensor.float_val.extend(xs)
    return request.SerializeToString()


def pixels(images, batch, signature="serving_default"):
    """Requests of pixels.

    Args:
        images: uint8 array [N, H, W, C].
        batch: int, pictures a request.
        signature: str.

    Returns:
        list of bytes, each a `PredictRequest`.
    """

    def fill(request, part):
        tensors.write_images(request.inputs["images"], part)

    return _predict(images, batch, signature, fill)


def files(images, batch, signature="serving_bytes"):
    """Requests of PNG files.

    Args:
        images: uint8 array [N, H, W, C].
        batch: int, pictures a request.
        signature: str.

    Returns:
        list of bytes, each a `PredictRequest`.
    """

    def fill(request, part):
        contents = [encode(image) for image in part]
        tensors.write_strings(request.inputs["image_bytes"], contents)

    return _predict(images, batch, signature, fill)


def rest_files(images):
    """Bodies of REST requests of one PNG file each.

    Args:
        images: uint8 array [N, H, W, C].

    Returns:
        list of bytes.
    """
    return [
        json.dumps(
            {
                "signature_name": "serving_bytes",
                "instances": [{"b64": base64.b64encode(encode(image)).decode()}],
            }
        ).encode()
        for image in images
    ]


def encode(image, form="PNG"):
    """bytes of a picture file, of a uint8 array [H, W, C]."""
    file = io.BytesIO()
    plain = image[..., 0] if image.shape[-1] == 1 else image
    Image.fromarray(np.ascontiguousarray(plain)).save(file, form)
    return file.getvalue()


def _predict(images, batch, signature, fill):
    found = []
    for start in range(0, len(images) - batch + 1, batch):
        request = messages.PredictRequest()
        request.model_spec.name = DETECTOR
        request.model_spec.signature_name = signature
        fill(request, images[start : start + batch])
        found.append(request.SerializeToString())
    return found
