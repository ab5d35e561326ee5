"""A core without TensorFlow's runtime: what the doors of a server ask, in numpy."""

import contextlib
import threading

import numpy as np
import tensorflow as tf
from tensorflow.core.protobuf import meta_graph_pb2

from serving.inference.limits import Limits
from serving.status import Code, ServingError
from serving.versions.version_policy import State

PATH_ERROR = "cannot open /srv/secret/m/1/variables/variables.index"


def signature(inputs, outputs, method="tensorflow/serving/predict"):
    """`SignatureDef`; inputs and outputs are {alias: (dtype, shape)}."""
    message = meta_graph_pb2.SignatureDef(method_name=method)
    for infos, given in ((message.inputs, inputs), (message.outputs, outputs)):
        for alias, (dtype, shape) in given.items():
            infos[alias].name = f"{alias}:0"
            infos[alias].dtype = tf.as_dtype(dtype).as_datatype_enum
            infos[alias].tensor_shape.SetInParent()
            for size in shape:
                infos[alias].tensor_shape.dim.add(size=size)
    return message


def line(feeds):
    return {"y:0": 0.5 * feeds["x:0"] + np.float32(2)}


def of_examples(feeds):
    """What half_plus_two's classify and regress signatures give."""
    values = [
        tf.train.Example.FromString(text).features.feature["x"].float_list.value[0]
        for text in feeds["inputs:0"]
    ]
    column = np.array(values, np.float32)[:, None] * np.float32(0.5) + np.float32(2)
    labels = np.full(column.shape, b"label", object)
    return {"outputs:0": column, "scores:0": column, "classes:0": labels}


def verdict(feeds):
    """A detector of bytes: novel is what holds an `n`."""
    novel = np.array([b"n" in picture for picture in feeds["image_bytes:0"]])
    p_value = np.where(novel, 0.005, 0.5).astype(np.float32)
    return {"is_novel:0": novel, "p_value:0": p_value}


def fails(feeds):
    raise ServingError(Code.INTERNAL, PATH_ERROR)


FLOATS = {"x": ("float32", [-1, 1])}
Y = {"y": ("float32", [-1, 1])}
EXAMPLES = {"inputs": ("string", [-1])}
PICTURES = {"image_bytes": ("string", [-1])}
VERDICT = {"is_novel": ("bool", [-1]), "p_value": ("float32", [-1])}
NUMBER = {"outputs": ("float32", [-1, 1])}
SCORES = {"scores": ("float32", [-1, 1])}
CLASSES = SCORES | {"classes": ("string", [-1, 1])}
SIGNATURES = {
    "serving_default": (signature(FLOATS, Y), line),
    "two": (
        signature({"x": ("float32", [-1, 1]), "z": ("float32", [-1])}, Y),
        line,
    ),
    "regress": (signature(EXAMPLES, NUMBER), of_examples),
    "classify": (signature(EXAMPLES, CLASSES), of_examples),
    "scores": (signature(EXAMPLES, SCORES), of_examples),
    "serving_bytes": (signature(PICTURES, VERDICT), verdict),
    "anomaly_map_bytes": (
        signature(PICTURES, {"map": ("float32", [-1])}),
        lambda feeds: {"map:0": np.zeros(len(feeds["image_bytes:0"]), np.float32)},
    ),
    "fails": (signature(FLOATS, Y), fails),
    "odd": (signature(FLOATS, Y, method="odd"), line),
}


class FakeServable:
    """Runs functions for tensors; `slow` waits as long as it may, or until told."""

    longest = 5

    def __init__(self, strict=False):
        self.strict = strict
        self.signatures = {key: found for key, (found, _) in SIGNATURES.items()}
        self.signatures["slow"] = signature(FLOATS, Y)
        self.limits = Limits()
        self.timeouts = []
        self.running = threading.Event()
        self.goes_on = threading.Event()

    def run(self, feeds, fetches, timeout=None, has_gone=None):
        self.timeouts.append(timeout)
        self.running.set()
        if feeds.get("x:0", np.zeros(1)).ravel()[0] == -1:  # asks to be slow
            longest = self.longest if timeout is None else min(timeout, self.longest)
            if not self.goes_on.wait(longest):
                raise ServingError(Code.DEADLINE_EXCEEDED, "Timed out waiting")
        for found, function in SIGNATURES.values():
            names = {info.name for info in found.outputs.values()}
            if set(fetches) <= names and set(feeds) == {
                info.name for info in found.inputs.values()
            }:
                values = function(feeds)
                return {name: values[name] for name in fetches}
        raise AssertionError(f"no function from {set(feeds)} to {fetches}")


class FailingServable(FakeServable):
    """Fails with a path in its text."""

    def run(self, feeds, fetches, timeout=None, has_gone=None):
        raise ServingError(Code.INTERNAL, PATH_ERROR)


class FakeCore:
    """Models `m` with versions 1 and 2, and `broken`, whose runs fail."""

    def __init__(self, strict=False):
        self.servable = FakeServable(strict)
        self.ready = True
        self.reloaded = []
        self.on_reload = lambda config: None
        self._subscribers = []

    def subscribe(self, callback):
        self._subscribers.append(callback)

    def tell(self, name, version, state):
        for callback in self._subscribers:
            callback(name, version, state)

    def is_ready(self):
        return self.ready

    def model_names(self):
        return ["broken", "m"]

    @contextlib.contextmanager
    def handle(self, name, version=None, label=None):
        if not name:
            message = "ModelSpec has no name specified"
            raise ServingError(Code.INVALID_ARGUMENT, message)
        if label is not None:
            message = f"Unrecognized servable version label: {label}"
            raise ServingError(Code.INVALID_ARGUMENT, message)
        if name not in self.model_names() or version not in (None, 1, 2):
            message = f"Servable not found for request: Latest({name})"
            raise ServingError(Code.NOT_FOUND, message)
        servable = FailingServable() if name == "broken" else self.servable
        yield 2 if version is None else version, servable

    def version_states(self, name, version=None):
        if name not in self.model_names():
            message = f"Could not find any versions of model {name}"
            raise ServingError(Code.NOT_FOUND, message)
        states = [(2, State.AVAILABLE, None)]
        if name == "broken":
            states.append((1, State.END, ServingError(Code.NOT_FOUND, PATH_ERROR)))
        return states

    def reload(self, config, accepted=lambda: None):
        self.reloaded.append(config)
        self.on_reload(config)
        accepted()
