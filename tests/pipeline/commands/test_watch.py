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

    def run(*options, error=None, leaves=None):
        configs = []

        def run_and_tell(config):
            configs.append(config)
            if leaves:
                remember_run(root, 20, leaves)
            if error:
                raise error
            return 0

        monkeypatch.setattr(watch, "run_and_tell", run_and_tell)
        command = ["watch", str(folder), "--root", str(root), "--preset", "mnist"]
        return main([*command, "--once", "--settle", "0", *options]), configs

    run.root = root
    return run


def remember_run(root, listed, name="20260101-000000"):
    """Leaves what a run with results leaves."""
    counts = StoragePath(root) / "prepare" / "a" / "b" / "counts.json"
    counts.write_text(json.dumps({"listed": listed}))
    record = {
        "name": name,
        "config": {},
        "status": "done",
        "summary": {"prepared": "prepare/a/b"},
    }
    file = StoragePath(root) / "runs" / f"{name}.json"
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


def test_new_names_count_where_old_pictures_are_deleted(look, folder, write_pictures):
    assert len(look("--min-new", "20", leaves="1")[1]) == 1
    assert look("--min-new", "1") == (0, [])
    for path in sorted(folder.iterdir())[:8]:
        path.unlink()
    write_pictures(folder, 5, first=100)
    assert look("--min-new", "6") == (0, [])
    assert len(look("--min-new", "5", leaves="2")[1]) == 1
    assert look("--min-new", "1") == (0, [])


def test_a_run_that_failed_with_results_has_seen_the_pictures(look):
    error = PipelineError("Not enough normals")
    assert look("--min-new", "1", error=error, leaves="1")[0] == 1
    assert look("--min-new", "1") == (0, [])


def test_a_run_without_results_is_tried_again(look):
    assert look("--min-new", "1", error=PipelineError("no good"))[0] == 1
    assert len(look("--min-new", "1")[1]) == 1


def test_pictures_that_no_run_reads_are_not_counted(
    look, folder, write_pictures, capsys
):
    for path in folder.iterdir():
        path.unlink()
    write_pictures(folder / "train" / "good", 6)
    write_pictures(folder / "train" / "odd", 40)
    write_pictures(folder / "test" / "odd", 4)
    assert look("--min-new", "11") == (0, [])
    assert "10 new pictures" in capsys.readouterr().out
    remember_run(look.root, listed=10)
    assert look("--min-new", "1") == (0, [])
    assert "0 new pictures" in capsys.readouterr().out
