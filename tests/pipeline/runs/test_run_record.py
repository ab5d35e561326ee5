"""What a run did stays known, however it ended."""

import dataclasses

import pytest

from pipeline.artifacts.lease import hold
from pipeline.pipeline_error import PipelineError, UsageError
from pipeline.run_config import RunConfig
from pipeline.runs.run_record import (
    RunRecord,
    begin,
    find_run,
    kept,
    manifests,
    read_runs,
)


def test_a_record_is_read_back_as_it_was(root, work):
    record = work()
    (again,) = read_runs(root)
    assert dataclasses.asdict(again) == dataclasses.asdict(record)
    assert again.status == "done" and again.ended >= again.started
    assert again.used == again.made and len(again.used) == 2
    assert [m["component"] for m in manifests(root, again).values()] == [
        "prepare",
        "train",
    ]


def test_what_was_done_before_is_used_and_not_made(work):
    first, second = work(), work()
    assert second.used == first.used and second.made == []


@pytest.mark.parametrize(
    ("error", "status"),
    [(PipelineError("no good"), "failed"), (KeyboardInterrupt(), "stopped")],
)
def test_a_failed_run_says_why(error, status, root, work):
    with pytest.raises(type(error)):
        work(error=error)
    (record,) = read_runs(root)
    assert (record.status, record.error) == (status, str(error))
    assert len(record.made) == 2


@pytest.mark.slow
def test_a_run_notes_what_it_uses_while_it_goes_on(
    prepare, write_pictures, tmp_path, monkeypatch
):
    written = []
    monkeypatch.setattr(
        RunRecord, "write", lambda self, root: written.append(dataclasses.replace(self))
    )
    outputs, _ = prepare(write_pictures(tmp_path / "good", 12))
    place = f"prepare/{outputs.directory.parent.name}"
    at_work, end = written[1], written[-1]
    assert (at_work.works_on, at_work.used) == ([place], [])
    assert (end.works_on, end.used) == ([], [place])


def test_a_killed_run_is_told_from_one_that_goes_on(root):
    record = begin(root, RunConfig("sklearn:digits", str(root)))
    with kept(root, record):
        (found,) = read_runs(root)
        assert found.status == "running" and found.is_alive(root)
        text = (root / "runs" / f"{record.name}.json").read_text()
    # As a kill leaves it: still "running", and nobody there.
    (root / "runs" / f"{record.name}.json").write_text(text)
    (found,) = read_runs(root)
    assert found.status == "running" and not found.is_alive(root)


def test_runs_are_found_by_the_beginning_of_their_names(root, work):
    first, second = work(), work(seed=1)
    assert find_run(root, "LAST").name == second.name
    assert find_run(root, first.name).name == first.name
    with pytest.raises(UsageError, match=f"No one run '2'.*{second.name}"):
        find_run(root, "2")
    with pytest.raises(UsageError, match="No one run 'nothing'"):
        find_run(root, "nothing")


def test_leases_that_others_hold_are_waited_for(root):
    told = []
    with hold(root, ["a"], told.append) as waited:
        assert waited is False and told == []
