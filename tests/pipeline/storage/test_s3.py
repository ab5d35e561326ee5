"""The same on a second file system, where there are no folders and no renames."""

import concurrent.futures
import logging
import threading

import pytest

from keras_novnorm.datasets.image_folder import ImageFolder
from keras_novnorm.datasets.transcode import RejectedPictureError
from pipeline.artifacts import ArtifactStore
from pipeline.artifacts.manifest import read_manifest
from pipeline.serving_folder import ServingFolder
from pipeline.storage import StoragePath
from pipeline.storage.file_system import file_system
from pipeline.storage.local_copy import copy_tree, local_copy, local_result
from pipeline.storage.storage_opener import StorageOpener
from tests.pipeline.artifacts.test_artifact_store import Count, CountOnWorkers


def test_what_is_written_is_listed_and_read(bucket):
    (bucket / "b" / "c" / "größe.txt").write_text("zwei")
    (bucket / "one.gz").write_bytes(b"\x1f\x8b plain")
    assert bucket.sizes() == {"b/c/größe.txt": 4, "one.gz": 8}
    assert (bucket / "one.gz").read_bytes() == b"\x1f\x8b plain"
    assert bucket.folders() == ["b"] and (bucket / "nowhere").files() == []
    assert (bucket / "one.gz").exists() and not (bucket / "two").exists()
    assert (bucket / "one.gz").size() == 8 and (bucket / "one.gz").modified() > 0
    (bucket / "one.gz").delete()
    assert bucket.sizes() == {"b/c/größe.txt": 4}
    bucket.delete()
    assert bucket.files() == []


@pytest.mark.slow
def test_a_name_that_begins_alike_is_another_folder(bucket):
    (bucket / "mnist" / "a").write_text("x")
    (bucket / "mnist8" / "b").write_text("x")
    assert (bucket / "mnist").sizes() == {"a": 1}
    (bucket / "mnist").delete()
    assert bucket.sizes() == {"mnist8/b": 1}


@pytest.mark.slow
def test_copies_come_and_go(bucket, tmp_path):
    with local_result(bucket / "model") as path:
        folder = StoragePath(path)
        (folder / "a" / "b.txt").write_text("b")
        (folder / "c.txt").write_text("c")
    assert (bucket / "model").sizes() == {"a/b.txt": 1, "c.txt": 1}
    with local_copy(bucket / "model") as path:
        assert StoragePath(path).sizes() == {"a/b.txt": 1, "c.txt": 1}
    assert not StoragePath(path).exists()
    with local_copy(bucket / "model" / "c.txt") as path:
        assert StoragePath(path).read_text() == "c"
    copy_tree(bucket / "model", StoragePath(tmp_path) / "copy")
    assert (tmp_path / "copy" / "a" / "b.txt").read_text() == "b"


@pytest.mark.slow
@pytest.mark.parametrize("kind", [CountOnWorkers, Count])
def test_finished_work_is_kept_and_found(kind, bucket, s3_args, caplog):
    caplog.set_level(logging.INFO, "pipeline")
    Count.runs.clear()
    store = ArtifactStore(bucket, s3_args)
    first = store.produce(kind())
    assert (first.directory / "result.txt").read_text() == "done"
    caplog.clear()
    again = ArtifactStore(bucket, s3_args).produce(kind())
    assert again == first and "up to date" in caplog.text
    assert "keep" not in first.directory.parent.folders()


@pytest.mark.slow
def test_versions_are_published_and_gone_back_to(bucket):
    model = bucket / "model"
    (model / "saved_model.pb").write_text("a")
    (model / "variables" / "v").write_text("v")
    folder = ServingFolder(bucket / "serving", "tile")
    assert folder.publish(model, {"export": "1"}, {}) == 1
    assert folder.publish(model, {"export": "2"}, {}) == 2
    assert folder.roll_back() == (1, 3) and folder.versions() == [1, 2, 3]
    config = (bucket / "serving" / "models.config").read_text()
    assert f'base_path: "{bucket}/serving/tile"' in config


@pytest.mark.slow
def test_a_thread_has_one_client(bucket, monkeypatch):
    from apache_beam.io.aws import s3io

    made = []
    make = s3io.S3IO.__init__

    def count_and_make(self, *arguments, **options):
        made.append(threading.get_ident())
        make(self, *arguments, **options)

    monkeypatch.setattr(s3io.S3IO, "__init__", count_and_make)

    def write_and_read(name):
        (bucket / name).write_text(name)
        assert (bucket / name).read_text() == name and (bucket / name).size() == 1
        assert bucket / name in bucket.files()
        (bucket / name).delete()
        assert not (bucket / name).exists()

    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        list(pool.map(write_and_read, "abcdef"))
    assert 1 <= len(made) == len(set(made)) <= 2


@pytest.fixture
def archive(bucket):
    """Writes a file that the server lists and does not give: it lies in Glacier."""

    def write(*parts):
        file = bucket / "/".join(parts)
        client = file_system(str(file))._client().client.client
        name, _, key = str(file).removeprefix("s3://").partition("/")
        client.put_object(Bucket=name, Key=key, Body=b"{}", StorageClass="GLACIER")
        return file

    return write


def test_a_file_that_the_server_does_not_give_is_an_os_error(bucket, archive):
    archived = archive("archived.png")
    assert archived.exists()
    with pytest.raises(OSError, match=f"{archived}: .*InvalidObjectState"):
        archived.read_bytes()
    with archived.open() as file, pytest.raises(OSError, match="InvalidObjectState"):
        file.read(1)
    with pytest.raises(FileNotFoundError, match=r"nowhere\.png"):
        (bucket / "nowhere.png").read_bytes()


def test_a_file_is_read_in_pieces_from_any_place(bucket):
    (bucket / "a").write_bytes(bytes(range(100)))
    with (bucket / "a").open() as file:
        assert file.read(3) == bytes(range(3)) and file.tell() == 3
        assert file.seek(-2, 2) == 98 and file.read() == bytes([98, 99])
    assert file.closed


def test_a_picture_that_the_server_does_not_give_is_set_aside(archive):
    archived = archive("archived.png")
    source = ImageFolder(archived.parent, StorageOpener())
    (element,) = source.elements()
    with pytest.raises(RejectedPictureError, match="cannot be read: .*archived.png"):
        source.read(element)


def test_a_manifest_that_cannot_be_read_is_not_taken_for_none(bucket, archive):
    place = archive("count", "a", "manifest.json").parent
    with pytest.raises(OSError, match="InvalidObjectState"):
        read_manifest(place)
    assert read_manifest(bucket / "count" / "b") is None


def test_a_bucket_that_is_not_there_is_a_clear_error(bucket, s3_args):
    from pipeline.pipeline_error import PipelineError

    store = ArtifactStore("s3://no-such-bucket/root", s3_args)
    with pytest.raises(PipelineError, match="NoSuchBucket.*Make the bucket"):
        store.produce(Count())
