"""A predict request whose body is the picture file itself, not JSON.

    curl --data-binary @picture.png -H 'Content-Type: image/png' \\
        localhost:8501/v1/models/MODEL:predict

TF Serving has no such thing (tensorflow/serving#1991): base64 in JSON costs a third
more bytes and most of the time.
"""

import numpy as np
from tensorflow.core.framework import types_pb2

from serving.inference import predict
from serving.status import Code, ServingError

SIGNATURE_HEADER = "x-signature-name"
_PREFERRED = "serving_bytes"


def is_binary(content_type, body):
    """Whether a body is to be taken as it is.

    Args:
        content_type: str, of the request, or empty.
        body: bytes.

    Returns:
        bool; JSON that is only said to be `application/octet-stream` is JSON.
    """
    kind = content_type.partition(";")[0].strip().lower()
    if kind == "application/octet-stream":
        return body.lstrip()[:1] != b"{"
    return kind.startswith("image/")


def find_signature(signatures, asked):
    """Finds the signature that takes one file.

    Args:
        signatures: mapping of str to `SignatureDef`.
        asked: str, the name sent in the header, or empty.

    Returns:
        tuple of str and `SignatureDef`.

    Raises:
        ServingError: `INVALID_ARGUMENT` if it is not there, or none takes files.
    """
    takers = sorted(key for key, found in signatures.items() if _takes_file(found))
    order = [_PREFERRED, predict.DEFAULT_SIGNATURE]
    key = asked or next((key for key in order if key in takers), None)
    if key is None and len(takers) == 1:
        key = takers[0]
    if key not in takers:
        wanted = f"signature {asked!r}" if asked else "no signature to choose by itself"
        raise ServingError(
            Code.INVALID_ARGUMENT,
            f"The body is a file (by its Content-Type), but {wanted} takes one. "
            f"Signatures that take files: {', '.join(takers) or 'none'}; name one in "
            f"the header {SIGNATURE_HEADER.title()}.",
        )
    return key, signatures[key]


def to_arrays(body, signature):
    """Makes the input of a file.

    Args:
        body: bytes.
        signature: `SignatureDef` that takes files.

    Returns:
        dict of str to array, a batch of one.
    """
    array = np.empty(1, object)
    array[0] = body
    return {next(iter(signature.inputs)): array}


def _takes_file(signature):
    infos = list(signature.inputs.values())
    return len(infos) == 1 and infos[0].dtype == types_pb2.DT_STRING
