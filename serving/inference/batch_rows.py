"""Whether outputs have one row for each example: others cannot be split or joined."""

import numpy as np


def fixed_outputs(signatures):
    """Finds the outputs that do not grow with the number of examples.

    Args:
        signatures: dict of str to `SignatureDef`.

    Returns:
        set of str, the tensors whose first dimension is a fixed number, or that
        have none. Where the shape leaves it open, only the values can tell.
    """
    return {
        info.name
        for signature in signatures.values()
        for info in signature.outputs.values()
        if info.HasField("tensor_shape") and _is_fixed(info.tensor_shape)
    }


def has_rows(values, size):
    """bool, whether each output has one row for each example.

    Args:
        values: dict of str to array.
        size: int, the number of examples.
    """
    return all(value.shape[:1] == (size,) for value in values.values())


def join(parts):
    """Puts outputs of several runs together.

    Args:
        parts: list of dict of str to array, of which each `has_rows`.

    Returns:
        dict of str to array, or None if the rows of different runs differ in shape,
        as where they are padded to the longest of a run.
    """
    for name in parts[0]:
        if len({part[name].shape[1:] for part in parts}) > 1:
            return None
    return {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}


def _is_fixed(shape):
    return not shape.unknown_rank and (not shape.dim or shape.dim[0].size >= 0)
