"""Finished work is believed, unfinished work never."""

import dataclasses
import logging
import pathlib
from typing import ClassVar

import pytest

from pipeline.artifacts import ArtifactStore
from pipeline.component import Component, Outputs
from pipeline.pipeline_error import PipelineError


@dataclasses.dataclass(frozen=True)
class Seeds:
    seed: int = 0


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
    failure: Exception | None = None

    NAME: ClassVar[str] = "count"
    OUTPUTS: ClassVar[type] = Outputs
    CODE: ClassVar[tuple] = ("pipeline/__init__.py",)
    runs: ClassVar[list] = []

    def execute(self, outputs, context):
        self.runs.append(outputs.directory)
        (outputs.directory / "result.txt").write_text("done")
        if self.failure:
            raise self.failure


@pytest.fixture
def produce(tmp_path, caplog):
    """Produces a `Count` in a store of its own; returns outputs and what was said."""
    Count.runs.clear()

    def run(**arguments):
        caplog.clear()
        with (
            caplog.at_level(logging.INFO, "pipeline"),
            ArtifactStore(tmp_path) as store,
        ):
            outputs = store.produce(Count(**arguments))
        return outputs, caplog.messages[0]

    return run


def test_finished_work_is_skipped_and_said_to_be(produce):
    first, said = produce()
    assert said == "count: runs, because nothing is there yet"
    again, said = produce()
    assert said.startswith("count: up to date (") and again == first
    assert len(Count.runs) == 1


def test_each_change_runs_again_and_says_which(produce, monkeypatch, tmp_path):
    produce()
    _, said = produce(parameters=Seeds(5))
    assert said == "count: runs, because seed changed from 0 to 5"
    _, said = produce(parameters=Seeds(5), inputs=Inputs(Upstream("b")))
    assert said == "count: runs, because its input upstream changed"
    edited = tmp_path / "edited.py"
    edited.write_text("x = 1")
    monkeypatch.setattr(Count, "CODE", (str(edited),))
    _, said = produce(parameters=Seeds(5), inputs=Inputs(Upstream("b")))
    assert said == "count: runs, because its code changed"
    monkeypatch.undo()
    _, said = produce()
    assert "up to date" in said


def test_a_result_that_was_lost_is_made_again(produce):
    outputs, _ = produce()
    (outputs.directory / "result.txt").unlink()
    again, said = produce()
    assert "result.txt is missing or was changed" in said
    assert (again.directory / "result.txt").read_text() == "done"


def test_work_that_was_cut_off_leaves_nothing(produce):
    with pytest.raises(KeyboardInterrupt):
        produce(failure=KeyboardInterrupt())
    outputs, said = produce()
    assert said == "count: runs, because nothing is there yet"
    assert (outputs.directory / "manifest.json").exists()


def test_what_a_killed_run_left_is_cleared_never_believed(produce, tmp_path):
    outputs, _ = produce()
    left = tmp_path / "count" / f".unfinished-{outputs.directory.name}"
    outputs.directory.rename(left)
    outputs, said = produce()
    assert said == "count: cleared what a stopped run left"
    assert not left.exists() and len(Count.runs) == 2


def test_what_a_failure_found_can_be_looked_at(produce):
    with pytest.raises(PipelineError, match="count: no good") as caught:
        produce(failure=PipelineError("no good"))
    kept = pathlib.Path(str(caught.value).split(" lies in ")[1])
    assert (kept / "result.txt").exists()
    _, said = produce()
    assert said == "count: runs, because nothing is there yet"


def test_two_runs_in_one_root_are_refused(tmp_path):
    with (
        ArtifactStore(tmp_path),
        pytest.raises(PipelineError, match="Another run is at work"),
        ArtifactStore(tmp_path),
    ):
        pass
    with ArtifactStore(tmp_path):
        pass


def test_a_component_that_must_not_run_says_what_is_missing(tmp_path):
    with (
        ArtifactStore(tmp_path) as store,
        pytest.raises(PipelineError, match="count would have to run first"),
    ):
        store.produce(Count(), may_run=False)
