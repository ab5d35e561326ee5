"""Whether the inputs of a request fit a signature, and the words that say so."""

from serving.inference.tensor_dtype import dtype_name, numpy_dtype
from serving.status import Code, ServingError

# Errors that the sender can cure when told what the signature takes.
_ABOUT_INPUT = (Code.INVALID_ARGUMENT, Code.OUT_OF_RANGE, Code.UNIMPLEMENTED)


def describe(infos):
    """Words for inputs: `images: uint8 [?,28,28,1]`.

    Args:
        infos: mapping of str to `TensorInfo`.

    Returns:
        str, sorted by alias.
    """
    words = []
    for alias, info in sorted(infos.items()):
        shape = "any shape"
        if not info.tensor_shape.unknown_rank:
            sizes = [str(d.size) if d.size >= 0 else "?" for d in info.tensor_shape.dim]
            shape = f"[{','.join(sizes)}]"
        words.append(f"{alias}: {dtype_name(info.dtype)} {shape}")
    return ", ".join(words) or "no input"


def check_names(signature, protos):
    """Refuses inputs that the signature does not name, and a lack of those it needs.

    Args:
        signature: `SignatureDef`.
        protos: mapping of str to `TensorProto`, by alias.

    Raises:
        ServingError: `INVALID_ARGUMENT`.
    """
    sent, expected = set(protos), set(signature.inputs)
    defaults = set(signature.defaults)
    too_few = len(sent) < len(expected) and not defaults
    if len(sent) > len(expected) or too_few:
        extra = ",".join(sorted(sent - expected))
        missing = ",".join(sorted(expected - sent - defaults))
        raise ServingError(
            Code.INVALID_ARGUMENT,
            f"input size does not match signature: {len(sent)}!={len(expected)} "
            f"Sent extra: {{{extra}}}. Missing but required: {{{missing}}}. "
            f"The signature takes {describe(signature.inputs)}.",
        )
    for alias in sorted(expected - sent - defaults):
        raise ServingError(
            Code.INVALID_ARGUMENT,
            f"{alias} ({signature.inputs[alias].name}) not found in request and no "
            f"default value provided. The signature takes "
            f"{describe(signature.inputs)}; received {', '.join(sorted(sent))}.",
        )
    if sent - expected:
        raise ServingError(
            Code.INVALID_ARGUMENT,
            f"Inputs contains invalid name: {', '.join(sorted(sent - expected))}. "
            f"The signature takes {describe(signature.inputs)}.",
        )


def check_arrays(signature, arrays, strict):
    """Refuses arrays of a wrong dtype, and of a wrong shape where that is asked.

    Args:
        signature: `SignatureDef`.
        arrays: dict of str to array, by input alias.
        strict: bool, whether shapes are looked at.

    Raises:
        ServingError: `INVALID_ARGUMENT`.
    """
    for position, alias in enumerate(sorted(arrays)):
        expected = signature.inputs[alias].dtype
        if arrays[alias].dtype != numpy_dtype(expected):
            raise ServingError(
                Code.INVALID_ARGUMENT,
                f"Expects arg[{position}] to be {dtype_name(expected)} "
                f"but {_array_dtype(arrays[alias])} is provided. "
                f"{_expectation(signature, arrays)}",
            )
    if strict:
        _check_shapes(signature, arrays)


def explained(error, signature, arrays):
    """Adds what the signature takes to an error that its sender can cure by it.

    Args:
        error: `ServingError` of a run.
        signature: `SignatureDef`.
        arrays: dict of str to array, by input alias.

    Returns:
        `ServingError`, the same one where the arrays fit or are not the cause.
    """
    if error.code not in _ABOUT_INPUT or _shapes_fit(signature, arrays):
        return error
    message = f"{error.message}\n{_expectation(signature, arrays)}"
    return ServingError(error.code, message)


def _check_shapes(signature, arrays):
    if not _shapes_fit(signature, arrays):
        message = f"Wrong shape. {_expectation(signature, arrays)}"
        raise ServingError(Code.INVALID_ARGUMENT, message)
    batched = {
        alias: arrays[alias].shape[0]
        for alias, info in sorted(signature.inputs.items())
        if info.tensor_shape.dim and info.tensor_shape.dim[0].size == -1
    }
    if len(set(batched.values())) > 1:
        words = ", ".join(f"{alias} {size}" for alias, size in batched.items())
        raise ServingError(
            Code.INVALID_ARGUMENT,
            f"The inputs hold unequal numbers of examples: {words}. "
            f"{_expectation(signature, arrays)}",
        )


def _shapes_fit(signature, arrays):
    for alias, array in arrays.items():
        declared = signature.inputs[alias].tensor_shape
        if declared.unknown_rank:
            continue
        sizes = [dim.size for dim in declared.dim]
        if len(sizes) != array.ndim or any(
            size not in (-1, actual)
            for size, actual in zip(sizes, array.shape, strict=True)
        ):
            return False
    return True


def _expectation(signature, arrays):
    received = ", ".join(
        f"{alias}: {_array_dtype(array)} [{','.join(map(str, array.shape))}]"
        for alias, array in sorted(arrays.items())
    )
    return f"The signature takes {describe(signature.inputs)}; received {received}."


def _array_dtype(array):
    return {"object": "string", "float32": "float", "float64": "double"}.get(
        array.dtype.name, array.dtype.name
    )
