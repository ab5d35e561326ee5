"""Finished work is believed, unfinished work never."""

import contextlib
import dataclasses
import logging
import threading
from typing import ClassVar

import pytest

from pipeline.artifacts import ArtifactStore, artifact_store
from pipeline.artifacts.look import Seen
from pipeline.artifacts.manifest import read_manifest
from pipeline.component import Component, Outputs
from pipeline.pipeline_error import PipelineError
from tests.waiting import PATIENCE


@dataclasses.dataclass(frozen=True)
class Seeds:
    seed: int = 0
    threads: int = dataclasses.field(default=1, metadata={"changes_results": False})


@dataclasses.dataclass(frozen=True)
class Upstream:
    mark: str = "a"

    def fingerprint(self):
        return self.mark


@dataclasses.dataclass(frozen=True)
class Inputs:
    upstream: Upstream = dataclasses.field(default_factory=Upstream)


@dataclasses.dataclass(frozen=True)
class Count(Component):
    """Counts how often it ran; fails when told to."""

    inputs: Inputs = dataclasses.field(default_factory=Inputs)
    parameters: Seeds = dataclasses.field(default_factory=Seeds)
    label: str = ""
    failure: Exception | None = None
    before: object = None

    NAME: ClassVar[str] = "count"
    OUTPUTS: ClassVar[type] = Outputs
    runs: ClassVar[list] = []

    def execute(self, outputs, context):
        self.runs.append(outputs.directory)
        (outputs.directory / "result.txt").write_text("done")
        (context.keep / "checkpoint").write_text("half")
        if self.before:
            self.before()
        if self.failure:
            raise self.failure


@dataclasses.dataclass(frozen=True)
class CountOnWorkers(Count):
    """The same, as elements of one collection."""

    NAME: ClassVar[str] = "spread"
    ON_WORKERS: ClassVar[bool] = True


@pytest.fixture
def produce(tmp_path, caplog):
    """Produces a `Count` in a store of its own; returns outputs and what was said."""
    Count.runs.clear()

    def run(**arguments):
        caplog.clear()
        with caplog.at_level(logging.INFO, "pipeline"):
            outputs = ArtifactStore(tmp_path).produce(Count(**arguments))
        return outputs, caplog.messages[0]

    return run


def test_finished_work_is_skipped_and_said_to_be(produce):
    first, said = produce()
    assert said == "count: runs, because nothing is there yet"
    again, said = produce()
    assert said.startswith("count: up to date (") and again == first
    assert len(Count.runs) == 1
    assert (first.directory / "result.txt").read_text() == "done"
    assert not (first.directory.parent / "keep").exists()


def test_each_change_runs_again_and_says_which(produce, monkeypatch, tmp_path):
    produce()
    _, said = produce(parameters=Seeds(5))
    assert said == "count: runs, because seed changed from 0 to 5"
    _, said = produce(parameters=Seeds(5), inputs=Inputs(Upstream("b")))
    assert said == "count: runs, because its input upstream changed"
    edited = tmp_path / "edited.py"
    edited.write_text("x = 1")
    monkeypatch.setattr(Count, "FILES", (str(edited),))
    _, said = produce(parameters=Seeds(5), inputs=Inputs(Upstream("b")))
    assert said == "count: runs, because its code changed"
    monkeypatch.undo()
    _, said = produce()
    assert "up to date" in said


def test_another_detector_is_no_change(produce):
    produce(label="seed0")
    _, said = produce(label="seed1", parameters=Seeds(1))
    assert said == "count seed1: runs, because nothing is there yet"


def test_what_changes_no_result_makes_no_work(produce):
    produce()
    _, said = produce(parameters=Seeds(threads=2))
    assert "up to date" in said


def test_the_fingerprint_of_results_is_that_of_their_content(produce):
    first, _ = produce()
    other, _ = produce(parameters=Seeds(5))
    assert first.directory != other.directory
    assert first.fingerprint() == other.fingerprint()


def test_a_result_that_was_lost_is_made_again(produce):
    outputs, _ = produce()
    (outputs.directory / "result.txt").delete()
    again, said = produce()
    assert "result.txt is missing or was changed" in said
    assert (again.directory / "result.txt").read_text() == "done"


def test_work_that_was_cut_off_is_never_believed(produce):
    with pytest.raises(KeyboardInterrupt):
        produce(failure=KeyboardInterrupt())
    outputs, said = produce()
    assert said == "count: runs, because nothing is there yet"
    assert (outputs.directory.parent / "manifest.json").exists()


def test_checkpoints_outlive_a_kill(produce):
    with pytest.raises(KeyboardInterrupt):
        produce(failure=KeyboardInterrupt())
    place = Count.runs[0].parent
    assert (place / "keep" / "checkpoint").read_text() == "half"


def test_what_a_failure_found_can_be_looked_at(produce):
    with pytest.raises(PipelineError, match="count: no good") as caught:
        produce(failure=PipelineError("no good"))
    kept = str(caught.value).split(" lies in ")[1]
    assert str(Count.runs[0]) == kept
    assert (Count.runs[0] / "result.txt").exists()
    _, said = produce()
    assert said == "count: runs, because nothing is there yet"


def test_a_component_that_must_not_run_says_what_is_missing(tmp_path):
    with pytest.raises(PipelineError, match="count would have to run first"):
        ArtifactStore(tmp_path).produce(Count(), may_run=False)


def test_two_runs_at_once_do_the_work_once(tmp_path):
    Count.runs.clear()
    begun, may_end = threading.Event(), threading.Event()

    def wait():
        begun.set()
        assert may_end.wait(PATIENCE)

    found = []
    slow = Count(before=wait)
    first = threading.Thread(
        target=lambda: found.append(ArtifactStore(tmp_path).produce(slow))
    )
    first.start()
    assert begun.wait(PATIENCE)
    second = threading.Thread(
        target=lambda: found.append(ArtifactStore(tmp_path).produce(Count()))
    )
    second.start()
    second.join(0.5)
    assert second.is_alive()  # It waits for the first.
    may_end.set()
    first.join(PATIENCE)
    second.join(PATIENCE)
    assert len(Count.runs) == 1 and found[0] == found[1]


def test_of_two_attempts_the_first_that_is_finished_counts(tmp_path):
    store = ArtifactStore(tmp_path)
    attempt = store._attempt(Count())
    attempt.make()
    first = read_manifest(attempt.place)
    attempt.make()  # As when Beam gives an element to two workers.
    assert read_manifest(attempt.place) == first
    assert len(attempt.place.folders()) == 2


@pytest.fixture
def no_leases(monkeypatch):
    """As in a bucket."""

    @contextlib.contextmanager
    def hold(root, names, say):
        yield False

    monkeypatch.setattr(artifact_store, "hold", hold)
    Count.runs.clear()


def test_a_slower_run_takes_what_a_faster_one_has_done(tmp_path, no_leases):
    def components(before=None):
        return [
            Count(parameters=Seeds(n), before=None if n else before) for n in range(4)
        ]

    fast = []

    def overtake():
        fast.extend(ArtifactStore(tmp_path).produce_all(components()[1:]))

    store = ArtifactStore(tmp_path)
    slow = store.produce_all(components(overtake))
    assert len(Count.runs) == 4 and slow[1:] == fast
    assert [place.name for place in store.made] == [slow[0].directory.parent.name]


def test_work_that_another_run_finished_since_is_not_deleted(tmp_path, no_leases):
    store = ArtifactStore(tmp_path)
    attempt = store._attempt(Count())
    seen = Seen("its file was lost", {"attempt": "old"})
    attempt.make()  # By another run, after the look.
    done = read_manifest(attempt.place)
    store._begin(attempt, seen)
    assert read_manifest(attempt.place) == done
    store._begin(attempt, Seen("its file was lost", done))
    assert read_manifest(attempt.place) is None


def test_what_was_found_is_given_though_another_run_does_it_again(tmp_path, no_leases):
    first = ArtifactStore(tmp_path).produce(Count())

    def do_again():
        (first.directory.parent / "manifest.json").delete()

    components = [Count(), Count(parameters=Seeds(1), before=do_again)]
    assert ArtifactStore(tmp_path).produce_all(components)[0] == first


@pytest.mark.parametrize("kind", [Count, CountOnWorkers])
def test_a_failure_harms_no_other(kind, tmp_path):
    components = [
        kind(parameters=Seeds(0)),
        kind(parameters=Seeds(1), failure=PipelineError("no good"), label="one"),
        kind(parameters=Seeds(2), failure=ValueError("worse"), label="two"),
    ]
    first, second, third = ArtifactStore(tmp_path).produce_all(components)
    assert (first.directory / "result.txt").exists()
    assert isinstance(second, PipelineError)
    assert "one: no good" in str(second)
    assert "two: ValueError: worse" in str(third)
    places = (tmp_path / components[0].NAME).iterdir()
    assert not [name for place in places for name in place.glob("failure-*")]


def test_the_manifest_says_what_it_came_from(produce):
    outputs, _ = produce()
    manifest = read_manifest(outputs.directory.parent)
    assert manifest["inputs"] == {"upstream": "a"}
    assert manifest["parameters"] == {"seed": 0}
    assert manifest["files"] == {"result.txt": 4}
    assert manifest["attempt"] == outputs.directory.name
    assert manifest["digest"] == outputs.digest and len(outputs.digest) == 32
    assert manifest["packages"]["apache-beam"] and manifest["machine"]["host"]
    assert manifest["run"] == "run" and manifest["seconds"] >= 0


def test_a_root_that_cannot_be_written_is_a_clear_error(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises((PipelineError, NotADirectoryError)):
        ArtifactStore(tmp_path / "file").produce(Count())


def test_a_full_disk_is_said_and_leaves_the_root_usable(produce):
    full = OSError(28, "No space left on device")
    with pytest.raises(PipelineError, match="No space left.*Free some") as caught:
        produce(failure=full)
    assert "what was finished is kept" in str(caught.value)
    assert not Count.runs[0].exists()
    outputs, _ = produce()
    assert (outputs.directory / "result.txt").exists()
