"""The floor: a SavedModel run through TensorFlow's C API, as a C++ server runs it.

No Python runs inside a call, and ctypes lets go of the interpreter's lock meanwhile.
"""

import ctypes
import dataclasses
import pathlib
import threading
import time

import numpy as np

_STRING = 7
_STRING_BYTES = 24  # sizeof(TF_TString)
_BARE_OK = 0


class _Output(ctypes.Structure):
    _fields_ = [("operation", ctypes.c_void_p), ("index", ctypes.c_int)]


@dataclasses.dataclass(frozen=True)
class Call:
    """Everything that one run needs, made in advance."""

    inputs: object
    values: object
    input_count: int
    outputs: object
    output_count: int


class BareSession:
    """A loaded SavedModel, while in `with`.

    Args:
        path: str or path, the version's folder.
        config: bytes of a `ConfigProto`.
    """

    def __init__(self, path, config=b""):
        self._path = str(path)
        self._config = config

    def __enter__(self):
        from tensorflow.core.protobuf import saved_model_pb2

        self._tf = _library()
        self._status = self._tf.TF_NewStatus()
        self._graph = self._tf.TF_NewGraph()
        options = self._tf.TF_NewSessionOptions()
        self._tf.TF_SetConfig(
            options, self._config, ctypes.c_size_t(len(self._config)), self._status
        )
        self._check(self._status)
        tags = (ctypes.c_char_p * 1)(b"serve")
        self._session = self._tf.TF_LoadSessionFromSavedModel(
            *(options, None, self._path.encode(), tags, 1),
            *(self._graph, None, self._status),
        )
        self._check(self._status)
        self._tf.TF_DeleteSessionOptions(options)
        proto = pathlib.Path(self._path, "saved_model.pb").read_bytes()
        saved = saved_model_pb2.SavedModel.FromString(proto)
        self._signatures = saved.meta_graphs[0].signature_def
        self._tensors = []
        return self

    def __exit__(self, *_):
        for tensor in self._tensors:
            self._tf.TF_DeleteTensor(tensor)
        self._tf.TF_CloseSession(self._session, self._status)
        self._tf.TF_DeleteSession(self._session, self._status)
        self._tf.TF_DeleteGraph(self._graph)
        self._tf.TF_DeleteStatus(self._status)

    def prepare(self, signature, inputs):
        """Makes the tensors of a call.

        Args:
            signature: str.
            inputs: dict of str to array, or to list of bytes, by alias.

        Returns:
            `Call`, to be run as often as wanted, from any thread.
        """
        infos = self._signatures[signature]
        aliases = sorted(inputs)
        outputs = sorted({info.name for info in infos.outputs.values()})
        values = [self._tensor(inputs[alias]) for alias in aliases]
        return Call(
            self._places([infos.inputs[alias].name for alias in aliases]),
            (ctypes.c_void_p * len(values))(*values),
            len(values),
            self._places(outputs),
            len(outputs),
        )

    def run(self, call):
        """Runs once; the outputs are computed and dropped.

        Args:
            call: `Call`.

        Raises:
            RuntimeError: with TensorFlow's text.
        """
        status = self._tf.TF_NewStatus()
        results = (ctypes.c_void_p * call.output_count)()
        self._tf.TF_SessionRun(
            *(self._session, None),
            *(call.inputs, call.values, call.input_count),
            *(call.outputs, results, call.output_count),
            *(None, 0, None, status),
        )
        try:
            self._check(status)
        finally:
            self._tf.TF_DeleteStatus(status)
        for result in results:
            self._tf.TF_DeleteTensor(result)

    def rate(self, calls, threads, seconds):
        """Runs calls for a while.

        Args:
            calls: list of `Call`, in turn.
            threads: int.
            seconds: float.

        Returns:
            float, runs a second over all threads.
        """
        for call in calls[:3]:
            self.run(call)
        counts = [0] * threads
        begin = time.monotonic()

        def work(index):
            while time.monotonic() - begin < seconds:
                self.run(calls[(index + counts[index]) % len(calls)])
                counts[index] += 1

        workers = [threading.Thread(target=work, args=(i,)) for i in range(threads)]
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join()
        return sum(counts) / (time.monotonic() - begin)

    def _places(self, names):
        places = (_Output * len(names))()
        for place, name in zip(places, names, strict=True):
            operation, _, index = name.partition(":")
            place.operation = self._tf.TF_GraphOperationByName(
                self._graph, operation.encode()
            )
            if not place.operation:
                raise RuntimeError(f"the graph has no operation {operation!r}")
            place.index = int(index or 0)
        return places

    def _tensor(self, value):
        if isinstance(value, list):
            tensor = self._allocate(_STRING, [len(value)], len(value) * _STRING_BYTES)
            at = self._tf.TF_TensorData(tensor)
            for number, content in enumerate(value):
                place = ctypes.c_void_p(at + number * _STRING_BYTES)
                self._tf.TF_StringInit(place)
                self._tf.TF_StringCopy(place, content, ctypes.c_size_t(len(content)))
            return tensor
        import tensorflow as tf

        value = np.ascontiguousarray(value)
        dtype = tf.as_dtype(value.dtype).as_datatype_enum
        tensor = self._allocate(dtype, value.shape, value.nbytes)
        data = self._tf.TF_TensorData(tensor)
        ctypes.memmove(data, value.ctypes.data, value.nbytes)
        return tensor

    def _allocate(self, dtype, shape, size):
        sizes = (ctypes.c_int64 * len(shape))(*shape)
        tensor = self._tf.TF_AllocateTensor(
            dtype, sizes, len(shape), ctypes.c_size_t(size)
        )
        self._tensors.append(tensor)
        return tensor

    def _check(self, status):
        if self._tf.TF_GetCode(status) != _BARE_OK:
            text = self._tf.TF_Message(status).decode(errors="replace")
            raise RuntimeError(f"TensorFlow: {text}")


def _library():
    import tensorflow as tf

    folder = pathlib.Path(tf.sysconfig.get_lib())
    library = ctypes.CDLL(str(folder / "libtensorflow_cc.so.2"))
    pointers = (
        *("TF_NewStatus", "TF_NewGraph", "TF_NewSessionOptions", "TF_TensorData"),
        *("TF_LoadSessionFromSavedModel", "TF_GraphOperationByName"),
        "TF_AllocateTensor",
    )
    for name in pointers:
        getattr(library, name).restype = ctypes.c_void_p
    library.TF_Message.restype = ctypes.c_char_p
    p, n, text = ctypes.c_void_p, ctypes.c_int, ctypes.c_char_p
    size = ctypes.c_size_t
    takes = {
        "TF_GetCode": [p],
        "TF_Message": [p],
        "TF_DeleteStatus": [p],
        "TF_DeleteGraph": [p],
        "TF_DeleteTensor": [p],
        "TF_DeleteSessionOptions": [p],
        "TF_CloseSession": [p, p],
        "TF_DeleteSession": [p, p],
        "TF_SetConfig": [p, text, size, p],
        "TF_LoadSessionFromSavedModel": [p, p, text, p, n, p, p, p],
        "TF_GraphOperationByName": [p, text],
        "TF_AllocateTensor": [n, p, n, size],
        "TF_TensorData": [p],
        "TF_StringInit": [p],
        "TF_StringCopy": [p, text, size],
        "TF_SessionRun": [p, p, p, p, n, p, p, n, p, n, p, p],
    }
    for name, types in takes.items():
        getattr(library, name).argtypes = types
    return library
