"""Tensors of a PyTorch state dictionary, read without PyTorch and without trust."""

import collections
import hashlib
import pickle
import zipfile

import numpy as np

MAGIC = 0x1950A86A20F9469CFC6C
"""What a file of the format before PyTorch 1.6 begins with."""

_DTYPES = {
    "DoubleStorage": "<f8",
    "FloatStorage": "<f4",
    "HalfStorage": "<f2",
    "LongStorage": "<i8",
    "IntStorage": "<i4",
}


def read_torch_state(path, sha256=None):
    """Tensors of a file that `torch.save(model.state_dict(), path)` wrote.

    A pickle can run any code. This one may name an ordered dictionary, a tensor and a
    storage, and nothing else.

    Args:
        path: `pathlib.Path` or str; the format of before PyTorch 1.6.
        sha256: hexadecimal digest that the file must have, or `None`.

    Returns:
        Dictionary from names to numpy arrays, in the file's order.

    Raises:
        ValueError: if the file has another digest, another format, or names what a
            state dictionary does not need.
    """
    with open(path, "rb") as file:
        if sha256 is not None:
            received = hashlib.file_digest(file, "sha256").hexdigest()
            if received != sha256:
                raise ValueError(
                    f"{path} is not the file that is known: its SHA-256 is "
                    f"{received}, and {sha256} was expected. Install it anew."
                )
            file.seek(0)
        try:
            return _read(file, path)
        except (pickle.UnpicklingError, EOFError, AttributeError, KeyError) as error:
            raise ValueError(
                f"{path} is no state dictionary of PyTorch that can be read: {error}"
            ) from error


def _read(file, path):
    if zipfile.is_zipfile(file):
        raise ValueError(
            f"{path} has the format of PyTorch 1.6 and later. Save it with "
            "torch.save(state, path, _use_new_zipfile_serialization=False)."
        )
    file.seek(0)
    if _Names(file).load() != MAGIC:
        raise ValueError(f"{path} is no file of torch.save.")
    _Names(file).load()  # the protocol
    _Names(file).load()  # the machine that wrote it
    reader = _Names(file)
    tensors = reader.load()
    storages = {}
    for key in _Names(file).load():
        dtype, size = reader.storages[key]
        (written,) = np.frombuffer(file.read(8), "<i8")
        if written != size:
            raise ValueError(f"{path}: a storage has {written} values, not {size}.")
        values = np.frombuffer(file.read(size * np.dtype(dtype).itemsize), dtype)
        if len(values) != size:
            raise ValueError(f"{path} ends too soon.")
        storages[key] = values
    return {name: tensor.of(storages) for name, tensor in tensors.items()}


class _Tensor(collections.namedtuple("_Tensor", "key offset shape strides")):
    def of(self, storages):
        values = storages[self.key]
        steps = [n * s for n, s in zip(self.shape, self.strides, strict=True)]
        last = sum(s - m for s, m in zip(steps, self.strides, strict=True))
        inside = self.offset >= 0 and self.offset + last < len(values)
        negative = min((*self.shape, *self.strides, 0)) < 0
        if negative or (np.prod(self.shape) and not inside):
            raise ValueError(f"A tensor lies outside of its storage: {self}")
        item = values.itemsize
        view = np.lib.stride_tricks.as_strided(
            values[self.offset :], self.shape, [item * step for step in self.strides]
        )
        return np.ascontiguousarray(view)


def _rebuild_tensor(storage, offset, shape, strides, *_):
    return _Tensor(storage, offset, tuple(shape), tuple(strides))


class _Names(pickle.Unpickler):
    """Reads a pickle that names nothing but tensors in dictionaries."""

    def __init__(self, file):
        super().__init__(file, encoding="utf-8")
        self.storages = {}

    def find_class(self, module, name):
        if (module, name) == ("collections", "OrderedDict"):
            return collections.OrderedDict
        if (module, name) == ("torch._utils", "_rebuild_tensor_v2"):
            return _rebuild_tensor
        if module == "torch" and name in _DTYPES:
            return name
        raise pickle.UnpicklingError(f"{module}.{name} has no place in one.")

    def persistent_load(self, pid):
        kind, storage, key, _, size, *_ = pid
        if kind != "storage" or storage not in _DTYPES:
            raise pickle.UnpicklingError(f"{pid!r} is no storage.")
        self.storages[key] = _DTYPES[storage], int(size)
        return key
