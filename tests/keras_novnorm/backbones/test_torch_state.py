"""State dictionaries of PyTorch are read without it, and nothing else is."""

import collections
import pickle

import numpy as np
import pytest

from keras_novnorm.backbones.torch_state import MAGIC, read_torch_state


class Named:
    """What pickles as a name of a module that need not be there."""

    def __init__(self, module, name):
        self.module, self.name = module, name


class Pickler(pickle._Pickler):
    """Writes storages and names as PyTorch does."""

    def save(self, value, save_persistent_id=True):
        if isinstance(value, Named):
            self.write(f"c{value.module}\n{value.name}\n".encode())
            return
        super().save(value, save_persistent_id)

    def persistent_id(self, value):
        if isinstance(value, tuple) and value[:1] == ("storage",):
            return value
        return None


class Tensor:
    def __init__(self, key, size, offset, shape, strides, rebuild):
        self.parts = key, size, offset, shape, strides, rebuild


def write(path, tensors, storages, rebuild="_rebuild_tensor_v2"):
    """A file of the format of before PyTorch 1.6."""
    with open(path, "wb") as file:
        for value in (MAGIC, 1001, {"little_endian": True}):
            pickle.dump(value, file, protocol=2)
        pickler = Pickler(file, protocol=2)
        pickler.proto, pickler.bin = 2, 1
        pickler.write(b"\x80\x02")
        pickler.write(b"ccollections\nOrderedDict\n)R(")
        for name, (key, offset, shape, strides) in tensors.items():
            pickler.save(name)
            pickler.save(Named("torch._utils", rebuild))
            pickler.write(b"((")
            for value in ("storage", Named("torch", "FloatStorage"), key, "cpu"):
                pickler.save(value)
            pickler.save(len(storages[key]))
            pickler.write(b"NtQ")  # a storage is a persistent id
            for value in (offset, shape, strides, False):
                pickler.save(value)
            pickler.write(b"ccollections\nOrderedDict\n)RtR")
        pickler.write(b"u.")
        pickle.dump(list(storages), file, protocol=2)
        for values in storages.values():
            file.write(np.int64(len(values)).tobytes())
            file.write(np.asarray(values, "<f4").tobytes())


def test_tensors_are_read_by_their_strides(tmp_path):
    values = np.arange(12.0)
    tensors = collections.OrderedDict(
        plain=("1", 0, (3, 4), (4, 1)),
        turned=("1", 0, (4, 3), (1, 4)),
        part=("1", 5, (2,), (4,)),
    )
    write(tmp_path / "state.pth", tensors, {"1": values})
    found = read_torch_state(tmp_path / "state.pth")
    assert list(found) == ["plain", "turned", "part"]
    np.testing.assert_array_equal(found["plain"], values.reshape(3, 4))
    np.testing.assert_array_equal(found["turned"], values.reshape(3, 4).T)
    np.testing.assert_array_equal(found["part"], [5, 9])


def test_a_tensor_outside_of_its_storage_is_refused(tmp_path):
    for place in ((0, (4, 4), (4, 1)), (9, (2,), (4,)), (-1, (2,), (1,))):
        write(tmp_path / "state.pth", {"x": ("1", *place)}, {"1": np.arange(12.0)})
        with pytest.raises(ValueError, match="outside of its storage"):
            read_torch_state(tmp_path / "state.pth")


def test_a_pickle_that_names_anything_else_is_refused(tmp_path):
    class Runs:
        def __reduce__(self):
            return print, ("run!",)

    path = tmp_path / "evil.pth"
    with open(path, "wb") as file:
        for value in (MAGIC, 1001, {}, Runs(), []):
            pickle.dump(value, file, protocol=2)
    with pytest.raises(ValueError, match="print has no place in one"):
        read_torch_state(path)
    write(path, {"x": ("1", 0, (2,), (1,))}, {"1": [1.0, 2.0]}, "_rebuild_other")
    with pytest.raises(ValueError, match="_rebuild_other has no place"):
        read_torch_state(path)


def test_another_digest_or_kind_of_file_is_refused(tmp_path):
    path = tmp_path / "state.pth"
    write(path, {"x": ("1", 0, (2,), (1,))}, {"1": [1.0, 2.0]})
    with pytest.raises(ValueError, match="not the file that is known"):
        read_torch_state(path, "0" * 64)
    path.write_bytes(path.read_bytes()[:-4])
    with pytest.raises(ValueError, match="ends too soon"):
        read_torch_state(path)
    path.write_bytes(b"no pickle at all")
    with pytest.raises(ValueError, match="no state dictionary"):
        read_torch_state(path)
