"""Pictures in TFRecord files, ours and others'."""

import pickle

import numpy as np
import pytest
import tensorflow as tf

from keras_novnorm.datasets.image_examples import ImageExample
from keras_novnorm.datasets.one_class_data import read_one_class_data
from keras_novnorm.datasets.open_source import open_source


def write(path, records):
    with tf.io.TFRecordWriter(str(path)) as writer:
        for record in records:
            writer.write(record)


def record(**features):
    example = tf.train.Example()
    for name, value in features.items():
        feature = example.features.feature[name.replace("__", "/")]
        if isinstance(value, int):
            feature.int64_list.value.append(value)
        else:
            feature.bytes_list.value.append(value)
    return example.SerializeToString()


@pytest.fixture
def picture(encode):
    def make(n):
        levels = np.random.default_rng(n).integers(0, 256, (6, 6), np.uint8)
        return encode(levels, "PNG")

    return make


def test_our_own_records_come_back(picture, tmp_path):
    examples = [
        ImageExample(
            picture(n),
            label=n % 2,
            class_name="größe" if n % 2 else "good",
            path=f"a/\udcff{n}.png",
            sha256="ab" * 32,
            group="g" * (n % 3),
            mask_bytes=b"mask" if n % 2 else b"",
            columns={"camera": "left"} if n else {},
        )
        for n in range(6)
    ]
    write(tmp_path / "a-0.tfrecord", [e.serialize() for e in examples[:4]])
    write(tmp_path / "a-1.tfrecord", [e.serialize() for e in examples[4:]])
    source = open_source(f"tfrecord:{tmp_path}/a-*.tfrecord")
    source = pickle.loads(pickle.dumps(source))
    assert source.class_names == ["good", "größe"] and not source.has_test_split
    found = list(source.elements(lambda class_name, split: class_name == "größe"))
    assert [e.path for e in found] == [e.path for e in examples[1::2]]
    for element, example in zip(found, examples[1::2], strict=True):
        assert element.image_bytes == example.image_bytes
        assert (element.group or "") == example.group
        assert element.mask_bytes == b"mask" and element.columns == example.columns


@pytest.mark.parametrize(
    "features, class_names",
    [
        (lambda n: {"image__encoded": b"x", "image__class__text": b"cat"}, ["cat"]),
        (lambda n: {"image": b"x", "label": n}, ["0", "1", "2", "3"]),
        (lambda n: {"image": b"x", "label": n % 2}, ["anomaly", "good"]),
        (lambda n: {"image": b"x", "class": b"dog", "label": n}, ["dog"]),
    ],
)
def test_features_of_others_are_understood(tmp_path, features, class_names):
    write(tmp_path / "a", [record(**features(n)) for n in range(4)])
    source = open_source(f"tfrecord:{tmp_path}/a")
    assert source.class_names == class_names
    assert [e.path for e in source.elements()] == [f"a/{n:06d}" for n in range(4)]


def test_what_lies_before_a_damage_is_used_and_the_rest_reported(picture, tmp_path):
    def good(numbers):
        return [record(image=picture(n), class_name=b"good") for n in numbers]

    write(tmp_path / "a-0", good(range(30)))
    content = (tmp_path / "a-0").read_bytes()
    size = len(content) // 30
    damaged = content[: 10 * size + size // 2] + b"\0\0\0" + content[10 * size + 50 :]
    (tmp_path / "a-0").write_bytes(damaged)
    write(tmp_path / "a-1", [*good(range(30, 50)), b"nonsense", record(label=1)])
    data = read_one_class_data(open_source(f"tfrecord:{tmp_path}/a-*"), ("good",))
    kept = sum(len(found) for found in data.examples.values())
    (cut, reason), *others = data.rejected
    before = int(cut.removeprefix("a-0/"))
    assert before in (9, 10) and kept == before + 20
    assert reason.startswith(f"cannot be read from record {before} on")
    assert [path for path, _ in others] == ["a-1/000020", "a-1/000021"]
    assert "no tf.train.Example" in others[0][1]
    assert others[1][1].startswith("a record without image_bytes")


def test_paths_that_repeat_are_told_apart(tmp_path):
    same = [record(image=b"x", label=0, path=b"a.png", split=b"train")] * 2
    write(tmp_path / "a", [*same, record(image=b"x", label=1, split=b"test")])
    source = open_source(f"tfrecord:{tmp_path}/a")
    paths = [element.path for element in source.elements()]
    assert paths == ["a.png", "a.png (a/000001)", "a/000002"]
    assert [e.split for e in source.elements()] == ["train", "train", "test"]


def test_no_file_and_no_picture_are_refused(tmp_path):
    with pytest.raises(FileNotFoundError, match="No TFRecord file matches .*none"):
        open_source(f"tfrecord:{tmp_path}/none-*")
    write(tmp_path / "a", [record(label=1)])
    with pytest.raises(FileNotFoundError, match="No picture in the 1 files"):
        open_source(f"tfrecord:{tmp_path}/a")
