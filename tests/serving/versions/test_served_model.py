"""Versions with servables that only pretend to load; time is not waited for."""

import logging
import threading
import time

import pytest

from serving.status import Code, ServingError
from serving.versions.served_model import ServedModel, Watching
from serving.versions.version_policy import State
from tests.waiting import wait_until


class Fake:
    def __init__(self, path):
        self.path = path
        self.closed = False

    def close(self):
        self.closed = True


@pytest.fixture(autouse=True)
def no_collection(monkeypatch):
    """These servables hold no graph; what earlier tests left may be 40 s of garbage."""
    monkeypatch.setattr("serving.versions.version_table.gc.collect", lambda: 0)


@pytest.fixture
def base(tmp_path):
    return tmp_path / "m"


@pytest.fixture
def model(base):
    """A model that loads every version but those with a file `broken`."""
    opened = []

    def load(path):
        assert not any(fake.path == path and not fake.closed for fake in opened)
        if (base / path / "broken").exists():
            raise ServingError(Code.DATA_LOSS, "broken on purpose")
        opened.append(Fake(path))
        return opened[-1]

    watching = Watching(poll_seconds=0.02, max_retries=1)
    model = ServedModel("m", str(base), load, watching=watching)
    yield model
    model.stop()
    assert all(fake.closed for fake in opened)


def add(base, number, broken=False):
    (base / str(number)).mkdir(parents=True)
    if broken:
        (base / str(number) / "broken").write_text("")


def states(model):
    return {number: state for number, state, _ in model.states()}


def serving(model):
    with model.handle() as (number, _):
        return number


def test_newest_version_by_number_serves(base, model):
    for number in (2, 10, 9):
        add(base, number)
    model.start()
    assert serving(model) == 10
    with (
        pytest.raises(ServingError, match=r"Servable.*Specific\(m, 9\)"),
        model.handle(9),
    ):
        pass


def test_version_zero_is_a_version(base, model):
    add(base, 0)
    model.start()
    assert serving(model) == 0
    with model.handle(0) as (number, _):
        assert number == 0


def test_old_version_goes_when_its_last_request_ends(base, model):
    add(base, 1)
    model.start()
    with model.handle() as (number, servable):
        assert number == 1
        add(base, 2)
        wait_until(lambda: states(model) == {1: State.UNLOADING, 2: State.AVAILABLE})
        assert serving(model) == 2
        assert not servable.closed
    wait_until(lambda: servable.closed)
    wait_until(lambda: states(model) == {1: State.END, 2: State.AVAILABLE})


def test_broken_version_replaces_nothing_and_comes_back(base, model):
    add(base, 1)
    model.start()
    add(base, 2, broken=True)
    wait_until(lambda: states(model).get(2) is State.LOADING)
    assert serving(model) == 1
    wait_until(lambda: states(model)[2] is State.END)
    (error,) = [error for number, _, error in model.states() if number == 2]
    assert (error.code, error.message) == (Code.DATA_LOSS, "broken on purpose")
    assert serving(model) == 1
    (base / "2" / "broken").unlink()
    wait_until(lambda: states(model) == {1: State.END, 2: State.AVAILABLE})


def test_start_with_a_broken_newest_serves_the_newest_whole(base, model, caplog):
    add(base, 1)
    add(base, 2)
    add(base, 3, broken=True)
    with caplog.at_level(logging.WARNING):
        model.start()
    assert serving(model) == 2
    assert "version 2 serves, because newer ones failed to load: [3]" in caplog.text


@pytest.mark.parametrize("how", ["overtaken", "vanished"])
def test_version_no_longer_wanted_is_not_tried_again(base, model, how):
    add(base, 1, broken=True)
    model.start()
    assert states(model) == {1: State.LOADING}
    if how == "overtaken":
        add(base, 2)
        wait_until(lambda: states(model) == {1: State.END, 2: State.AVAILABLE})
    else:
        (base / "1" / "broken").unlink()
        (base / "1").rmdir()
        wait_until(lambda: states(model) == {1: State.END})
    assert model.states()[-1][2].code is Code.DATA_LOSS
    later = time.monotonic() + 60
    assert model._pause(later) > 50, "nothing is due, so nothing may spin"


def test_back_to_a_smaller_number(base, model):
    add(base, 1)
    add(base, 2)
    model.start()
    assert serving(model) == 2
    (base / "2").rename(base / "away")
    wait_until(lambda: states(model) == {1: State.AVAILABLE, 2: State.END})
    (base / "away").rename(base / "2")
    wait_until(lambda: states(model) == {1: State.END, 2: State.AVAILABLE})


def test_storage_that_vanishes_takes_nothing_out_of_service(base, model):
    add(base, 1)
    model.start()
    looks = threading.Event()
    base.rename(base.with_name("away"))
    model._base.look()
    looks.wait(0.1)
    assert states(model) == {1: State.AVAILABLE}
    base.with_name("away").rename(base)


def test_nothing_to_serve_is_said_once_until_it_changes(base, model, caplog):
    with caplog.at_level(logging.WARNING):
        model.start()
        for _ in range(5):
            model._base.look()
        assert len(caplog.records) == 1
        assert "does not exist" in caplog.text
        with pytest.raises(ServingError, match=r"Latest\(m\)"):
            serving(model)
        (base / "v1").mkdir(parents=True)
        for _ in range(5):
            model._base.look()
    assert len(caplog.records) == 2
    assert "there is 'v1'" in caplog.text
    add(base, 1)
    wait_until(lambda: model.states() and serving(model) == 1)


def test_any_exception_of_a_load_is_a_failed_load(base, tmp_path):
    def load(path):
        raise MemoryError("too big")

    add(base, 1)
    watching = Watching(poll_seconds=0, max_retries=0)
    model = ServedModel("m", str(base), load, watching=watching)
    model.start()
    ((number, state, error),) = model.states()
    assert (number, state, error.code) == (1, State.END, Code.INTERNAL)
    assert "too big" in error.message
    model.stop()
