"""Files and folders on this machine; in a bucket the same is tested in `test_s3.py`."""

import os

import pytest

from pipeline.storage import StoragePath
from pipeline.storage.local_copy import local_copy, local_files, local_result


def test_paths_are_put_together_and_taken_apart(tmp_path):
    folder = StoragePath(tmp_path)
    file = folder / "a b" / "größe [1].txt"
    assert file.name == "größe [1].txt" and file.parent.name == "a b"
    assert file.relative_to(folder) == "a b/größe [1].txt"
    assert file.with_name("c") == folder / "a b" / "c"
    assert os.fspath(file) == str(file) == f"{tmp_path}/a b/größe [1].txt"
    assert StoragePath("rel").text == os.path.abspath("rel")
    assert StoragePath(folder) == folder


def test_paths_elsewhere_are_no_paths_here():
    path = StoragePath("s3://bucket/runs/")
    assert str(path / "a") == "s3://bucket/runs/a" and not path.is_local
    with pytest.raises(TypeError, match="s3://bucket/runs is not on this machine"):
        os.fspath(path)


def test_what_is_written_is_listed_and_read(tmp_path):
    folder = StoragePath(tmp_path / "x [y]")
    (folder / "b" / "c" / "two.txt").write_text("zwei")
    (folder / "one.gz").write_bytes(b"\x1f\x8b plain")
    assert folder.sizes() == {"b/c/two.txt": 4, "one.gz": 8}
    assert (folder / "one.gz").read_bytes() == b"\x1f\x8b plain"
    assert folder.folders() == ["b"] and (folder / "nowhere").folders() == []
    assert (folder / "nowhere").files() == []
    folder.delete()
    assert not folder.exists()
    folder.delete()


def test_a_file_is_there_as_a_whole_or_not_at_all(tmp_path, monkeypatch):
    file = StoragePath(tmp_path) / "file.txt"
    file.write_text("old")

    def full(number):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space left"):
        file.write_text("new and longer")
    assert file.read_text() == "old" and os.listdir(tmp_path) == ["file.txt"]


def test_a_local_path_is_not_copied(tmp_path):
    file = StoragePath(tmp_path) / "deep" / "file.txt"
    with local_result(file) as path:
        assert path == str(file)
        with open(path, "w") as opened:
            opened.write("x")
    with local_copy(file) as path:
        assert path == str(file)
    with local_files([file, file]) as paths:
        assert paths == [str(file)] * 2
