"""Requests in parts, their deadlines, their bounds, and who is to blame."""

import threading
import time
import types

import numpy as np
import pytest

from serving.inference import bounded_servable
from serving.inference.bounded_servable import BoundedServable
from serving.inference.limits import Limits
from serving.inference.picture_lane import LARGE_PIXELS, PictureLane
from serving.inference.run_costs import RunCosts
from serving.inference.waiting import Waiting
from serving.status import Code, ServingError
from tests.serving.fake_core import signature
from tests.serving.test_huge_picture import white_png

SIGNATURES = {
    "one": signature({"x": ("float32", [-1])}, {"y": ("float32", [-1])}),
    "fixed": signature({"x": ("float32", [-1])}, {"total": ("float32", [1])}),
    "files": signature({"f": ("string", [-1])}, {"size": ("int64", [-1])}),
}
FUNCTIONS = {
    "y:0": lambda x: x + 1,
    "centred:0": lambda x: x - x.mean(),
    "total:0": lambda x: x.sum(keepdims=True),
    "half:0": lambda x: x[: len(x) // 2],
}


class Counting:
    """Notes how many rows each run has, and takes a while for each."""

    strict = False
    signatures = SIGNATURES

    def __init__(self, seconds=0.0):
        self.rows, self._seconds = [], seconds

    def run(self, feeds, fetches, timeout=None, has_gone=None, apart=False):
        (value,) = feeds.values()
        self.rows.append(len(value))
        time.sleep(self._seconds * len(value))
        if value.dtype == object:
            return {"size:0": np.array([self._size(file) for file in value])}
        return {name: FUNCTIONS[name](value) for name in fetches}

    @staticmethod
    def _size(file):
        if file.startswith(b"cut"):
            raise ServingError(Code.INVALID_ARGUMENT, "cut short")
        return len(file)

    def close(self):
        pass


def numbers(size):
    return {"x:0": np.arange(size, dtype=np.float32)}


def files(*contents):
    array = np.empty(len(contents), object)
    array[:] = contents
    return {"f:0": array}


def test_a_long_request_runs_in_parts_with_the_same_answer():
    counting = Counting()
    values = BoundedServable(counting).run(numbers(5000), ["y:0"])
    assert np.array_equal(values["y:0"], np.arange(5000) + 1)
    assert max(counting.rows) <= 1024 and len(counting.rows) > 5


@pytest.mark.parametrize("name", ["centred:0", "total:0", "half:0"])
def test_examples_that_depend_on_each_other_stay_together(name):
    servable = BoundedServable(Counting())
    for size in (5000, 4000):
        values = servable.run(numbers(size), [name])
        expected = FUNCTIONS[name](np.arange(size, dtype=np.float32))
        assert np.array_equal(values[name], expected)


def test_a_deadline_ends_a_run_between_its_parts():
    counting = Counting(seconds=1e-3)
    servable = BoundedServable(counting)
    servable.run(numbers(100), ["y:0"])
    before = sum(counting.rows)
    with pytest.raises(ServingError) as caught:
        servable.run(numbers(100_000), ["y:0"], timeout=0.6)
    assert caught.value.code is Code.DEADLINE_EXCEEDED
    assert sum(counting.rows) - before < 3000


def test_a_run_ends_when_its_client_has_gone():
    counting = Counting(seconds=1e-4)
    looks = iter([False, False, False, True])
    with pytest.raises(ServingError) as caught:
        BoundedServable(counting).run(
            numbers(100_000), ["y:0"], has_gone=lambda: next(looks)
        )
    assert caught.value.code is Code.CANCELLED
    assert sum(counting.rows) < 5000


def test_a_request_that_would_take_too_long_is_refused():
    counting = Counting(seconds=1e-3)
    limits = Limits(request_seconds=2.0)
    servable = BoundedServable(counting, limits)
    servable.run(numbers(64), ["y:0"])  # as the warm-up does
    before = len(counting.rows)
    with pytest.raises(ServingError, match="--max_request_seconds") as caught:
        servable.run(numbers(1_000_000), ["y:0"])
    assert caught.value.code is Code.INVALID_ARGUMENT
    assert len(counting.rows) == before
    # One whose cost nobody knows is given up once it is known.
    fresh = BoundedServable(Counting(seconds=1e-3), limits)
    with pytest.raises(ServingError, match="--max_request_seconds"):
        fresh.run(numbers(1_000_000), ["y:0"])


def test_a_request_that_takes_too_long_ends_between_its_parts(monkeypatch):
    # A clock that only runs move: on a busy machine the first ones look dear.
    now = [0.0]
    clock = types.SimpleNamespace(monotonic=lambda: now[0], perf_counter=lambda: now[0])
    monkeypatch.setattr(bounded_servable, "time", clock)

    class Tiring(Counting):
        def run(self, feeds, *arguments, **options):
            now[0] += 0.2 if len(self.rows) > 3 else 1e-6 * len(feeds["x:0"])
            return super().run(feeds, *arguments, **options)

    tiring = Tiring()
    servable = BoundedServable(tiring, Limits(request_seconds=1.0))
    with pytest.raises(ServingError, match="has run for 1 s.* of 50000 examples"):
        servable.run(numbers(50_000), ["y:0"])
    assert sum(tiring.rows) < 50_000


def test_the_faulty_element_is_named():
    servable = BoundedServable(Counting())
    good = b"good"
    with pytest.raises(ServingError, match="element 3 of 8, counted from 0: cut"):
        servable.run(files(*[good] * 3, b"cut", *[good] * 4), ["size:0"])
    with pytest.raises(ServingError, match="element 1999 of 2000"):
        servable.run(files(*[good] * 1999, b"cut"), ["size:0"])
    with pytest.raises(ServingError, match="^element 0 of 2, counted from 0"):
        servable.run(files(b"cut", b"cut"), ["size:0"])
    with pytest.raises(ServingError, match="^cut short"):
        servable.run(files(b"cut"), ["size:0"])


def test_a_picture_too_large_for_the_machine_is_refused():
    lane = PictureLane(most_pixels=5_000_000)
    servable = BoundedServable(Counting(), lane=lane)
    large, larger = white_png(2200), white_png(2300)
    assert servable.run(files(b"", large), ["size:0"])["size:0"][1] == len(large)
    with pytest.raises(ServingError, match=r"element 1 of 2.*5\.3 million.*at most 5"):
        servable.run(files(large, larger), ["size:0"])
    # Where no limit is set, that of the memory holds.
    huge = b"\x89PNG\r\n\x1a\n" + bytes(8) + b"\x7f\xff\xff\xff" * 2
    with pytest.raises(ServingError, match="of the free memory"):
        BoundedServable(Counting()).run(files(huge), ["size:0"])


def test_large_pictures_take_turns_and_small_ones_do_not_wait():
    lane = PictureLane(at_a_time=1, places=2)
    servable = BoundedServable(Counting(), lane=lane)
    large = white_png(int(LARGE_PIXELS**0.5) + 8)
    with lane.place(), lane.turn(Waiting()):
        assert servable.run(files(b"small"), ["size:0"])["size:0"][0] == 5
        with pytest.raises(ServingError) as caught:
            servable.run(files(large), ["size:0"], timeout=0.2)
        assert caught.value.code is Code.DEADLINE_EXCEEDED
        waits = threading.Thread(
            target=servable.run, args=(files(large), ["size:0"]), daemon=True
        )
        waits.start()
        while not refused_for_want_of_a_place(lane):
            time.sleep(0.01)
    waits.join(30)
    assert not waits.is_alive()
    servable.run(files(large), ["size:0"])


def refused_for_want_of_a_place(lane):
    try:
        with lane.place():
            return False
    except ServingError as error:
        assert error.code is Code.RESOURCE_EXHAUSTED
        return True


def test_costs_are_learned():
    cost = RunCosts().of("kind")
    cost.learn(1, 0, 0.5)
    assert not cost.is_known
    cost.learn(32, 0, 0.032)
    assert cost.is_known
    assert cost.seconds(1000, 0) == pytest.approx(1.0)
    cost.learn(1, 0, 0.5)  # of one row the time is not in the row
    assert cost.seconds(1000, 0) == pytest.approx(1.0)
    before = cost.seconds(0, 10**8)
    cost.learn(1, 10**8, 1.001)
    assert cost.seconds(0, 10**8) == pytest.approx(1.0) != before
