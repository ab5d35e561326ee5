"""A watched folder: enough new pictures are learned from, fewer are waited for."""

import json

import pytest

from pipeline.commands import watch
from pipeline.main import main
from pipeline.pipeline_error import PipelineError
from pipeline.storage import StoragePath


@pytest.fixture
def folder(write_pictures, tmp_path):
    """Twenty pictures."""
    return write_pictures(tmp_path / "new", 20)


@pytest.fixture
def look(folder, tmp_path, monkeypatch):
    """Looks once; returns the exit code and the configurations that were run."""
    root = tmp_path / "root"

    def run(*options, error=None):
        configs = []

        def run_and_tell(config):
            configs.append(config)
            if error:
                raise error
            return 0

        monkeypatch.setattr(watch, "run_and_tell", run_and_tell)
        command = ["watch", str(folder), "--root", str(root), "--preset", "mnist"]
        return main([*command, "--once", "--settle", "0", *options]), configs

    run.root = root
    return run


def remember_run(root, listed):
    """Leaves what a run with results leaves."""
    counts = StoragePath(root) / "prepare" / "a" / "b" / "counts.json"
    counts.write_text(json.dumps({"listed": listed}))
    record = {
        "name": "20260101-000000",
        "config": {},
        "status": "done",
        "summary": {"counts": str(counts)},
    }
    file = StoragePath(root) / "runs" / "20260101-000000.json"
    file.write_text(json.dumps(record))


def test_too_few_are_waited_for(look, capsys):
    assert look("--min-new", "21") == (0, [])
    assert "20 new pictures of 21 that are needed" in capsys.readouterr().out


def test_the_first_run_begins_anew(look, folder):
    code, (config,) = look("--min-new", "20")
    assert code == 0 and config.since is None
    assert config.data == f"folder:{folder}" and config.presets == ("mnist",)


def test_a_later_run_goes_on_from_the_last(look):
    remember_run(look.root, listed=15)
    assert look("--min-new", "6") == (0, [])
    _, (config,) = look("--min-new", "5")
    assert config.since == "LAST"


def test_a_failure_is_told_by_the_exit_code(look, capsys):
    code, _ = look("--min-new", "1", error=PipelineError("no good"))
    assert code == 1 and "error: no good" in capsys.readouterr().err


def test_an_empty_folder_is_waited_for(look, folder):
    for path in folder.iterdir():
        path.unlink()
    assert look("--min-new", "1") == (0, [])
