"""Batches over a servable that only pretends, so that who meets whom is certain."""

import threading
import time

import numpy as np
import pytest

from serving.inference import batching_parameters
from serving.inference.batching import BatchingServable
from serving.inference.batching_parameters import Batching
from serving.status import Code, ServingError
from tests.serving.fake_core import signature
from tests.waiting import PATIENCE


class Doubler:
    """y = 2 x; a negative x is refused, and `gate` holds every run back."""

    signatures, strict = {}, False

    def __init__(self, rows=True):
        self.sizes = []
        self.gate = threading.Event()
        self.gate.set()
        self._rows = rows

    def run(self, feeds, fetches, timeout=None):
        self.gate.wait(PATIENCE)
        x = feeds["x"]
        self.sizes.append(x.shape[0] if x.ndim else None)
        if (x < 0).any():
            raise ServingError(Code.INVALID_ARGUMENT, "negative")
        y = 2 * x
        return {"y": y if self._rows else y.sum(keepdims=True).ravel()}


def together(servable, inputs, **options):
    """Runs many at once; list of what each got, values or error."""
    results = [None] * len(inputs)

    def one(index, x):
        try:
            results[index] = servable.run({"x": np.asarray(x)}, ["y"], **options)["y"]
        except ServingError as error:
            results[index] = error

    threads = [
        threading.Thread(target=one, args=(index, x)) for index, x in enumerate(inputs)
    ]
    for thread in threads:
        thread.start()
        time.sleep(0.005)  # in this order
    for thread in threads:
        thread.join(PATIENCE)
        assert not thread.is_alive()
    return results


def test_requests_that_arrive_together_run_as_one():
    doubler = Doubler()
    servable = BatchingServable(doubler, Batching(4, batch_timeout=5.0))
    results = together(servable, [[1.0], [2.0, 3.0], [4.0]])
    assert [list(result) for result in results] == [[2.0], [4.0, 6.0], [8.0]]
    assert doubler.sizes == [4]


def test_without_a_timeout_they_gather_while_one_runs():
    doubler = Doubler()
    doubler.gate.clear()
    servable = BatchingServable(doubler, Batching(8))
    opening = threading.Timer(0.2, doubler.gate.set)
    opening.start()
    results = together(servable, [[float(i)] for i in range(6)])
    assert [float(result[0]) for result in results] == [0, 2, 4, 6, 8, 10]
    assert doubler.sizes == [1, 5]


def test_one_bad_request_fails_alone():
    servable = BatchingServable(Doubler(), Batching(3, batch_timeout=5.0))
    good, bad, other = together(servable, [[1.0], [-1.0], [2.0]])
    assert (list(good), list(other)) == ([2.0], [4.0])
    assert (bad.code, bad.message) == (Code.INVALID_ARGUMENT, "negative")


def test_batches_are_filled_up_to_an_allowed_size():
    doubler = Doubler()
    batching = Batching(4, batch_timeout=0.1, allowed_batch_sizes=(2, 4))
    servable = BatchingServable(doubler, batching)
    results = together(servable, [[1.0], [2.0], [3.0]])
    assert [list(result) for result in results] == [[2.0], [4.0], [6.0]]
    assert doubler.sizes == [4]
    assert list(servable.run({"x": np.ones(1)}, ["y"])["y"]) == [2.0]
    assert doubler.sizes == [4, 2]


def test_a_request_over_the_maximum_runs_in_parts():
    doubler = Doubler()
    servable = BatchingServable(doubler, Batching(4))
    x = np.arange(10.0)
    assert list(servable.run({"x": x}, ["y"])["y"]) == list(2 * x)
    assert doubler.sizes == [4, 4, 2]


def test_what_has_no_rows_runs_alone():
    doubler = Doubler()
    servable = BatchingServable(doubler, Batching(4, batch_timeout=5.0))
    assert servable.run({"x": np.array(3.0)}, ["y"])["y"] == 6.0
    summing = Doubler(rows=False)
    servable = BatchingServable(summing, Batching(2, batch_timeout=5.0))
    assert [list(r) for r in together(servable, [[1.0], [2.0]])] == [[2.0], [4.0]]
    assert summing.sizes == [2, 1, 1]
    assert list(servable.run({"x": np.ones(3)}, ["y"])["y"]) == [6.0]
    assert summing.sizes[3:] == [3], "known by now"


class Computing:
    """y is some function of x; `shape` is what the signature says of it, if any."""

    strict = False

    def __init__(self, function, shape=None):
        self.sizes = []
        self._function = function
        message = signature({"x": ("float32", [-1])}, {"y": ("float32", shape or [])})
        message.outputs["y"].name = "y"
        if shape is None:
            message.outputs["y"].ClearField("tensor_shape")
        self.signatures = {"serving_default": message}

    def run(self, feeds, fetches, timeout=None):
        self.sizes.append(len(feeds["x"]))
        return {"y": self._function(feeds["x"])}


def padded_to_the_largest(x):
    return np.ones((len(x), int(x.max())))


@pytest.mark.parametrize(
    "function",
    [
        lambda x: x.mean(keepdims=True),
        lambda x: np.asarray(x.mean()),
        lambda x: np.sort(x)[-2:],
        padded_to_the_largest,
    ],
)
def test_over_the_maximum_what_has_no_rows_runs_as_a_whole(function):
    computing = Computing(function)
    servable = BatchingServable(computing, Batching(4))
    x = np.arange(1.0, 7.0)
    for _ in range(2):
        np.testing.assert_array_equal(servable.run({"x": x}, ["y"])["y"], function(x))
    assert computing.sizes[-2:] == [6, 6]
    assert computing.sizes.count(6) == 2
    # Known by now: nothing is tried in parts or together any more.
    for result in together(servable, [x[:2], x[:2]]):
        np.testing.assert_array_equal(result, function(x[:2]))
    assert computing.sizes[-2:] == [2, 2]


def test_a_lone_request_shows_that_there_are_no_rows():
    computing = Computing(lambda x: x.sum(keepdims=True))
    servable = BatchingServable(computing, Batching(4, batch_timeout=0.01))
    assert list(servable.run({"x": np.ones(3)}, ["y"])["y"]) == [3.0]
    assert list(servable.run({"x": np.ones(6)}, ["y"])["y"]) == [6.0]
    assert computing.sizes == [3, 6]


@pytest.mark.parametrize(
    ("shape", "sizes"),
    [([1], [2]), ([], [2]), ([-1], [1, 1]), (None, [1, 1])],
)
def test_the_signature_may_tell_that_there_are_no_rows(shape, sizes):
    # One example at a time, the values of a mean cannot.
    computing = Computing(lambda x: x.mean(keepdims=True), shape)
    BatchingServable(computing, Batching(1)).run({"x": np.ones(2)}, ["y"])
    assert computing.sizes == sizes


def test_shapes_that_differ_are_not_mixed():
    doubler = Doubler()
    servable = BatchingServable(doubler, Batching(2, batch_timeout=0.05))
    one, two = together(servable, [np.ones((1, 2)), np.ones((1, 3))])
    assert (one.shape, two.shape) == ((1, 2), (1, 3))
    assert doubler.sizes == [1, 1]


def test_full_queue_and_passed_deadline():
    doubler = Doubler()
    doubler.gate.clear()
    servable = BatchingServable(doubler, Batching(1, max_enqueued_batches=1))
    opening = threading.Timer(0.3, doubler.gate.set)
    opening.start()
    first, waiting, refused = together(servable, [[1.0], [2.0], [3.0]], timeout=0.1)
    assert list(first) == [2.0]
    assert waiting.code is Code.DEADLINE_EXCEEDED
    assert refused.code is Code.UNAVAILABLE
    assert "1 batches wait" in refused.message


def test_parameters_file(tmp_path):
    file = tmp_path / "batching.txt"
    file.write_text(
        "max_batch_size { value: 32 } batch_timeout_micros { value: 2000 }\n"
        "num_batch_threads { value: 3 } max_enqueued_batches { value: 7 }\n"
        "allowed_batch_sizes: 8 allowed_batch_sizes: 32\n"
        "pad_variable_length_inputs: true\n"
    )
    assert batching_parameters.read_file(str(file)) == Batching(
        32, 0.002, 3, 7, allowed_batch_sizes=(8, 32)
    )
    assert batching_parameters.read_file("").max_batch_size == 1000


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("max_batch_size: 3", "is no BatchingParameters"),
        ("max_batch_size { value: 0 }", "must be 1 or more"),
        ("allowed_batch_sizes: 8 allowed_batch_sizes: 4", "must rise, got [8, 4]"),
        ("allowed_batch_sizes: 8", "must be max_batch_size (1000), got 8"),
    ],
)
def test_faulty_parameters(tmp_path, text, said):
    file = tmp_path / "batching.txt"
    file.write_text(text)
    with pytest.raises(ServingError) as caught:
        batching_parameters.read_file(str(file))
    assert caught.value.code is Code.INVALID_ARGUMENT
    assert said in caught.value.message
