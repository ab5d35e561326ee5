"""Sources in a bucket give what they give from a disk."""

import dataclasses
import os

import pytest
import tensorflow as tf

from keras_novnorm.datasets.file_opener import FileOpener
from keras_novnorm.datasets.image_examples import ImageExample
from keras_novnorm.datasets.open_source import open_source
from keras_novnorm.datasets.transcode import RejectedPictureError
from pipeline.novnorm_pipeline import run_pipeline
from pipeline.read_table import read_table
from pipeline.run_config import RunConfig
from pipeline.storage import StoragePath
from pipeline.storage.local_copy import copy_tree, local_copy
from pipeline.storage.storage_opener import StorageOpener, storage_opener


def test_only_what_names_a_scheme_is_remote():
    assert isinstance(storage_opener("folder:s3://bucket/parts"), StorageOpener)
    assert type(storage_opener("folder:/data/parts")) is FileOpener


@pytest.fixture
def data(picture_bytes, write_pictures, tmp_path):
    """A folder with masks, a manifest and record files, on the disk."""
    folder = tmp_path / "data"
    write_pictures(folder / "parts" / "train" / "good", 3)
    write_pictures(folder / "parts" / "test" / "größe", 2, first=3)
    write_pictures(folder / "parts" / ".hidden", 1)
    masks = write_pictures(folder / "parts" / "ground_truth" / "größe", 1, first=3)
    os.rename(masks / "0003.png", masks / "0003_mask.png")
    lines = ["path,class,mask", "parts/train/good/0000.png,good,", "gone.png,good,"]
    (folder / "list.csv").write_text("\n".join(lines))
    for number in range(2):
        example = ImageExample(picture_bytes(number), 0, "good", f"{number}", "00")
        with tf.io.TFRecordWriter(str(folder / f"r-{number}")) as writer:
            writer.write(example.serialize())
    (folder / "r").mkdir()
    (folder / "r" / "r-9").write_bytes(b"a star does not cross a folder")
    return folder


@pytest.mark.parametrize(
    "spec",
    [
        "folder:{}/parts",
        pytest.param("manifest:{}/list.csv", marks=pytest.mark.slow),
        pytest.param("tfrecord:{}/r-*", marks=pytest.mark.slow),
    ],
)
def test_a_source_in_a_bucket_gives_the_same_pictures(data, bucket, spec):
    copy_tree(StoragePath(data), bucket / "in")
    here = open_source(spec.format(data))
    there = spec.format(bucket / "in")
    there = open_source(there, opener=storage_opener(there))
    assert there.class_names == here.class_names
    assert there.fingerprint() == there.fingerprint()

    def read(source, folder):
        found = []
        for element in source.elements():
            # Where it is listed is told by the whole place, and this is two places.
            listed_in = element.listed_in and element.listed_in.replace(folder, "{}")
            element = dataclasses.replace(element, listed_in=listed_in)
            try:
                found.append(source.read(element))
            except RejectedPictureError as error:
                found.append((element.path, str(error).partition(":")[0]))
        return found

    assert read(there, f"{bucket}/in") == read(here, str(data)) != []
    before = there.fingerprint()
    (bucket / "in" / "parts" / "train" / "good" / "0000.png").write_bytes(b"changed")
    (bucket / "in" / "r-0").write_bytes(b"cut")
    again = open_source(there.name, opener=storage_opener(there.name))
    assert again.fingerprint() != before


def test_what_is_not_there_is_said(bucket):
    opener = StorageOpener()
    with pytest.raises(FileNotFoundError, match="No such folder: s3://"):
        open_source(f"folder:{bucket}/none", opener=opener)
    with pytest.raises(FileNotFoundError, match="cannot be read"):
        open_source(f"manifest:{bucket}/none.csv", opener=opener)
    with pytest.raises(FileNotFoundError, match="No TFRecord file matches s3://"):
        open_source(f"tfrecord:{bucket}/none-*", opener=opener)


@pytest.mark.slow
def test_pictures_are_prepared_from_a_bucket_into_a_bucket(
    picture_bytes, bucket, s3_args
):
    lines = ["path,class,camera"]
    for number in range(20):
        lines.append(f"parts/{number}.png,good,{'left' if number else ''}")
        (bucket / "in" / "parts" / f"{number}.png").write_bytes(picture_bytes(number))
    (bucket / "in" / "list.csv").write_text("\n".join([*lines, "gone.png,good,"]))
    config = RunConfig(
        f"manifest:{bucket}/in/list.csv",
        str(bucket / "root"),
        presets=("mnist",),
        only="prepare",
        beam_args=s3_args,
    )
    outputs = run_pipeline(config).prepared
    (row,) = read_table(outputs.rejected)
    assert row["path"] == "gone.png" and row["reason"].startswith("cannot be read")
    selection, cameras = outputs.select(("good",)), {}
    for split in ("train", "calibration", "test"):
        for file in selection.files(split):
            with local_copy(file) as path:
                for record in tf.data.TFRecordDataset(path).as_numpy_iterator():
                    example = ImageExample.parse(record)
                    cameras[example.path] = example.columns.get("camera")
    expected = {f"parts/{n}.png": "left" if n else None for n in range(20)}
    assert cameras == expected
