"""Arrays and bytes to the client's tensors, and scores back to Python values."""

import numpy as np

from serving.client.messages import DTYPES

_STRING, _UINT8 = 7, 4
_FIELDS = {
    1: "float_val",
    2: "double_val",
    3: "int_val",
    4: "int_val",
    7: "string_val",
    9: "int64_val",
    10: "bool_val",
}


def write_strings(tensor, values):
    """Fills a tensor with byte strings.

    Args:
        tensor: `Tensor` message, filled in place.
        values: list of bytes, to a tensor of shape [B].
    """
    tensor.dtype = _STRING
    tensor.tensor_shape.dim.add(size=len(values))
    tensor.string_val.extend(values)


def write_images(tensor, images):
    """Fills a tensor with images.

    Args:
        tensor: `Tensor` message, filled in place.
        images: uint8 array [B, H, W, C].
    """
    tensor.dtype = _UINT8
    for size in images.shape:
        tensor.tensor_shape.dim.add(size=size)
    tensor.tensor_content = np.ascontiguousarray(images).tobytes()


def read(tensor):
    """Reads a tensor of an answer.

    Args:
        tensor: `Tensor` message.

    Returns:
        array of the tensor's dtype and shape; strings as `object`.
    """
    if tensor.dtype not in DTYPES:
        raise ValueError(f"the client reads no tensors of dtype {tensor.dtype}")
    shape = [dim.size for dim in tensor.tensor_shape.dim]
    dtype = DTYPES[tensor.dtype]
    if tensor.tensor_content:
        return np.frombuffer(tensor.tensor_content, dtype).reshape(shape)
    values = getattr(tensor, _FIELDS[tensor.dtype])
    return np.fromiter(values, dtype, len(values)).reshape(shape)


def to_rows(outputs, count):
    """Turns outputs of [B] each into one dict per picture.

    Args:
        outputs: mapping of str to `Tensor` message.
        count: int, B, the number of pictures sent.

    Returns:
        list of dict; outputs that are not [B] are left out.
    """
    columns = {}
    for alias, tensor in outputs.items():
        values = read(tensor)
        if values.shape != (count,):
            continue
        if values.dtype == np.float32:
            # The shortest decimal that is this float: 0.1, not 0.10000000149.
            columns[alias] = [float(str(value)) for value in values]
        else:
            columns[alias] = values.tolist()
    return [
        {alias: values[index] for alias, values in columns.items()}
        for index in range(count)
    ]
