"""The report's pictures are found by the names that the tables hold."""

import numpy as np
import pytest
import tensorflow as tf

from keras_novnorm.datasets.image_examples import ImageExample
from keras_novnorm.detectors import registry
from pipeline.components.evaluate.score_table import read_scores
from pipeline.components.report.look_back import look_back
from pipeline.components.report.picture_lookup import PictureLookup
from pipeline.storage import StoragePath
from pipeline.transforms.readable import readable


def test_pictures_come_in_the_order_asked_for_whatever_their_names(tmp_path):
    names = ["größe 1.png", "not\udcffunicode.png", "c.png"]
    files = [StoragePath(tmp_path / f"{n}.tfrecord") for n in range(3)]
    for level, (file, name) in enumerate(zip(files, names, strict=True)):
        with tf.io.TFRecordWriter(str(file)) as writer:
            image = np.full((4, 4, 1), 51 * level, "uint8")
            content = tf.io.encode_png(image).numpy()
            writer.write(ImageExample(content, 0, "good", name, "00").serialize())
    scores = StoragePath(tmp_path / "scores.csv")
    rows = "".join(f"{readable(name)},good,0,1.5,0.5,True\n" for name in sorted(names))
    scores.write_text("path,class_name,label,score,p_value,is_novel\n" + rows)
    paths = read_scores([scores]).paths
    lookup = PictureLookup(files, paths, (4, 4, 1))
    order = [paths.index("c.png"), paths.index("größe 1.png"), 2, 1, 0]
    levels = lookup.load(order).mean(axis=(1, 2, 3)) * 5
    by_path = dict(zip(order, levels, strict=True))
    assert np.round(levels[:2]).tolist() == [2, 0]
    assert sorted(round(float(level)) for level in by_path.values()) == [0, 1, 2]


def test_scores_are_read_from_several_files_as_far_as_wanted(tmp_path):
    files = [StoragePath(tmp_path / f"{n}.csv") for n in range(2)]
    head = "path,class_name,label,score,is_novel\n"
    files[0].write_text(head + "a,good,0,1.5,False\nb,hole,1,2.5,True\n")
    files[1].write_text(head + "c,hole,1,-1e30,False\n")
    table = read_scores(files)
    assert table.paths == ["a", "b", "c"] and table.class_names[1:] == ["hole"] * 2
    assert table.labels.tolist() == [0, 1, 1] and table.scores[2] == -1e30
    assert table.is_novel.tolist() == [False, True, False]
    assert np.isnan(table.p_values).all()
    assert read_scores(files, most=2).paths == ["a", "b"]


def test_the_training_pictures_that_rank_first_are_looked_for(
    trained, digits, tmp_path
):
    files = [StoragePath(tmp_path / f"{n}.tfrecord") for n in range(2)]
    for number, file in enumerate(files):
        with tf.io.TFRecordWriter(str(file)) as writer:
            for place, image in enumerate(digits["train"][number : number + 40 : 2]):
                content = tf.io.encode_png(image).numpy()
                name = f"{number}-{place}.png"
                writer.write(ImageExample(content, 0, "8", name, "00").serialize())
    shown, findings = look_back(trained, files, 1000)
    assert len(shown) == 10 and not findings
    scores = [one["score"] for one in shown]
    assert scores == sorted(scores, reverse=True)
    few, _ = look_back(trained, files, 5)
    assert {one["path"] for one in few} == {f"0-{place}.png" for place in range(5)}


@pytest.mark.parametrize("method", ["pca", "nearest_neighbours"])
def test_a_stranger_among_the_normals_is_shown_first(method, digits, tmp_path):
    images = np.concatenate([digits["train"][:95], digits["test_novel"][:1]])
    file = StoragePath(tmp_path / "normals.tfrecord")
    with tf.io.TFRecordWriter(str(file)) as writer:
        for number, image in enumerate(images):
            content = tf.io.encode_png(image).numpy()
            name = "z.png" if number == 95 else f"a{number}.png"
            writer.write(ImageExample(content, 0, "8", name, "00").serialize())
    detector = registry.from_preset(method, image_shape=(8, 8, 1))
    detector.fit(images, verbose=0)
    shown, _ = look_back(detector, [file], 1000)
    assert shown[0]["path"] == "z.png"
    assert shown[0]["score"] > shown[1]["score"]
