"""Scoring with an exported model: one bad picture harms none, one class is no crash."""

import apache_beam as beam
import numpy as np
import pytest
import tensorflow as tf
from apache_beam.metrics import MetricsFilter
from apache_beam.testing.util import assert_that, equal_to

from keras_novnorm.datasets.image_examples import ImageExample
from keras_novnorm.metrics import evaluate_scores
from pipeline.beam_options import make_pipeline_options
from pipeline.component import Context
from pipeline.components.evaluate import executor
from pipeline.components.evaluate.component import (
    EvaluateInputs,
    EvaluateOutputs,
    EvaluateParameters,
)
from pipeline.components.export.component import ExportOutputs
from pipeline.pipeline_error import PipelineError
from pipeline.read_table import read_table
from pipeline.selection import Selection, Shard
from pipeline.storage import StoragePath
from pipeline.transforms.score_pictures import ScorePictures


class FixedExport(ExportOutputs):
    """An export that lies where the test put it."""

    @property
    def saved_model(self):
        return self.directory


def example(number, image_bytes):
    return ImageExample(image_bytes, 0, "good", f"{number:03d}.png", "00").serialize()


def is_novel_class(name):
    return int(name != "good")


def loads(result):
    query = MetricsFilter().with_name("load_model_latency_milli_secs")
    found = result.metrics().query(query)["distributions"]
    return sum(one.committed.count for one in found)


def test_a_bad_picture_takes_no_other_along(picture_bytes, tiny_saved_model):
    serialized = [example(n, picture_bytes(n)) for n in range(99)] + [
        example(99, b"broken")
    ]
    pipeline = beam.Pipeline(options=make_pipeline_options([]))
    created = pipeline | beam.Create(serialized)
    found = created | ScorePictures(tiny_saved_model, is_novel_class)
    paths = found["scores"] | "Path" >> beam.Map(lambda row: row["path"])
    assert_that(paths, equal_to([f"{n:03d}.png" for n in range(99)]), "scored")
    reasons = found["rejected"] | "Reason" >> beam.Map(
        lambda row: (row[0], row[1][:32])
    )
    expected = [("099.png", "assertion failed: [Not a picture")]
    assert_that(reasons, equal_to(expected), "rejected")
    result = pipeline.run()
    result.wait_until_finish()
    assert loads(result) == 1


@pytest.mark.slow
def test_each_worker_process_loads_the_model_once(picture_bytes, tiny_saved_model):
    args = ["--direct_num_workers=2", "--direct_running_mode=multi_processing"]
    pipeline = beam.Pipeline(options=make_pipeline_options(args))
    serialized = [example(n, picture_bytes(n)) for n in range(200)]
    created = pipeline | beam.Create(serialized) | beam.Reshuffle()
    found = created | ScorePictures(tiny_saved_model, is_novel_class, 10)
    count = found["scores"] | beam.combiners.Count.Globally()
    assert_that(count, equal_to([200]))
    result = pipeline.run()
    result.wait_until_finish()
    assert 1 <= loads(result) <= 2


@pytest.fixture
def judge(tmp_path, tiny_saved_model):
    """Evaluates the tiny model on test pictures: `{class: [ImageExample, ...]}`."""
    folder = StoragePath(tmp_path / "prepared")

    def run(examples, beam_args=(), **parameters):
        shards = []
        for number, (name, chosen) in enumerate(examples.items()):
            file = folder / f"{number}.tfrecord"
            folder.make_folder()
            with tf.io.TFRecordWriter(str(file)) as writer:
                for one in chosen:
                    writer.write(one.serialize())
            masks = sum(bool(one.mask_bytes) for one in chosen)
            shards.append(Shard(file.name, "test", name, len(chosen), "00", masks))
        selection = Selection(folder, ("good",), True, tuple(shards))
        outputs = EvaluateOutputs(StoragePath(tmp_path / "evaluated"))
        outputs.directory.delete()
        outputs.directory.make_folder()
        export = FixedExport(StoragePath(tiny_saved_model), "d1935")
        inputs = EvaluateInputs(export, selection.part("test"))
        parameters = EvaluateParameters(**parameters)
        executor.execute(inputs, outputs, parameters, Context("evaluate", beam_args))
        return outputs

    return run


def picture(level, class_name="good", mask=None, path=None, **columns):
    """A picture of noise around a level of grey; its score is about `level / 255`."""
    noise = np.random.default_rng(level).integers(-9, 10, (16, 16, 1))
    pixels = np.clip(level + noise, 0, 255).astype("uint8")
    if mask is not None:
        pixels[mask > 0] = 255
        mask = tf.io.encode_png(mask[:, :, None]).numpy()
    return ImageExample(
        image_bytes=tf.io.encode_png(pixels).numpy(),
        label=0,  # Nobody looks at it: the selection says what is normal.
        class_name=class_name,
        path=path or f"{class_name}/{level}.png",
        sha256=f"{level:064x}",
        mask_bytes=mask or b"",
        columns=columns,
    )


@pytest.fixture
def pictures():
    """Fifty normals, darker than most of two kinds of defects, from two cameras."""
    return {
        "good": [picture(n, lot="abc"[n % 3]) for n in range(60, 110)],
        "hole": [picture(n, "hole", lot="a", serial=str(n)) for n in range(90, 130)],
        "crack": [picture(n, "crack", lot="c") for n in range(120, 150)],
    }


def scores_of(outputs):
    rows = [row for file in outputs.score_files() for row in read_table(file)]
    return {
        "labels": [int(row["label"]) for row in rows],
        "scores": [float(row["score"]) for row in rows],
        "is_novel": [row["is_novel"] == "True" for row in rows],
        "groups": [row["class_name"] for row in rows],
    }


def test_metrics_are_those_of_the_scores(judge, pictures):
    outputs = judge(pictures)
    rows = read_table(outputs.scores)
    assert [row["path"] for row in rows] == sorted(row["path"] for row in rows)
    assert list(rows[0])[:4] == ["path", "class_name", "label", "score"]
    found, expected = outputs.read_metrics(), evaluate_scores(**scores_of(outputs))
    assert 0.8 < expected["auroc"] < 1 and 0 < expected["detection_rate"] < 1
    groups = expected.pop("groups")
    for name, value in expected.items():
        assert found[name] == pytest.approx(value, abs=1e-12), name
    assert sorted(found["groups"]) == sorted(groups) == ["crack", "good", "hole"]
    for name, group in groups.items():
        assert found["groups"][name] == pytest.approx(group, abs=1e-12)
    assert found["is_exact"] and found["bounds"] == {}
    assert (found["threshold"], found["export"]) == (0.5, "d1935")
    low, high = found["intervals"]["auroc"]
    assert low < found["auroc"] < high
    assert sorted(file.name for file in outputs.directory.files()) == [
        "metrics.json",
        "scores.csv",
        "unscored.csv",
    ]


@pytest.mark.slow
def test_slices_by_class_defect_type_and_column(judge, pictures):
    metrics = judge(pictures, max_slice_values=3).read_metrics()
    slices = metrics["slices"]
    assert {name: sorted(values) for name, values in slices.items()} == {
        "class": ["crack", "good", "hole"],
        "defect_type": ["crack", "hole"],
        "column:lot": ["a", "b", "c"],
    }
    assert slices["class"]["crack"] == slices["defect_type"]["crack"]
    assert slices["class"]["crack"]["auroc"] == metrics["groups"]["crack"]["auroc"]
    lot = slices["column:lot"]["a"]
    assert (lot["num_normal"], lot["num_novel"]) == (17, 40)
    # Its novel pictures are the holes; they are compared with the normals of all lots.
    assert lot["auroc"] == slices["class"]["hole"]["auroc"]
    low, high = lot["intervals"]["detection_rate"]
    assert 0 <= low <= lot["detection_rate"] <= high <= 1
    assert slices["column:lot"]["b"]["auroc"] is None
    assert any("Column 'serial' has more than 3" in t for t in metrics["messages"])


@pytest.mark.slow
def test_beyond_its_size_the_metrics_are_bounded_and_scores_in_many_files(
    judge, pictures, monkeypatch
):
    exact = judge(pictures).read_metrics()
    monkeypatch.setattr(executor, "_ROWS_OF_A_FILE", 50)
    outputs = judge(pictures, max_exact=119)
    metrics = outputs.read_metrics()
    assert not metrics["is_exact"] and not outputs.scores.exists()
    assert [file.name for file in outputs.score_files()] == [
        f"scores-0000{n}-of-00003.csv" for n in range(3)
    ]
    again = evaluate_scores(**scores_of(outputs))
    for name in ("auroc", "average_precision", "fpr_at_95_tpr"):
        assert again[name] == pytest.approx(exact[name], abs=1e-12)
        low, high = metrics["bounds"][name]
        assert (
            low - 1e-12 <= exact[name] <= high + 1e-12 and low <= metrics[name] <= high
        )
    for name in ("detection_rate", "false_positive_rate", "num_normal", "threshold"):
        assert metrics[name] == exact[name]
    assert any("More than 119 pictures" in text for text in metrics["messages"])


@pytest.mark.slow
def test_several_processes_find_the_same(judge, pictures):
    args = ("--direct_num_workers=2", "--direct_running_mode=multi_processing")
    assert judge(pictures, args).read_metrics() == judge(pictures).read_metrics()


@pytest.fixture
def tiles():
    """Two normals to test on, two white defects with a mask and one without."""
    masks = np.zeros((2, 16, 16), "uint8")
    masks[0, 4:8, 4:10] = masks[1, 4:8, 6:10] = 255
    return {
        "good": [picture(20), picture(30)],
        "hole": [
            picture(41, "hole", masks[0]),
            picture(42, "hole", masks[1]),
            picture(43, "hole"),
        ],
    }


def test_maps_are_compared_with_masks_as_far_as_memory_allows(judge, tiles, caplog):
    caplog.set_level("INFO", "pipeline")
    outputs = judge(tiles, max_map_pixels=3 * 64 + 63)
    metrics = outputs.read_metrics()
    # Any three of two normals and two with masks have one with a mask among them.
    assert metrics["pixel_auroc"] == 1.0
    assert metrics["per_region_overlap"] == pytest.approx(1.0)
    masks, normals = metrics["num_masks"], metrics["num_mask_normals"]
    assert masks + normals == 3 and metrics["num_novel"] == 3
    assert metrics["map_size"] == [8, 8]
    assert metrics["mask_resizing"] == "nearest neighbour"
    said = f"{masks} pictures with masks and {normals} normal ones; masks brought to"
    assert f"{said} the 8 x 8 of the anomaly maps by nearest neighbour" in caplog.text
    (message,) = metrics["messages"]
    assert "are of 3 of the 4 pictures" in message and "at most 255 pixels" in message
    assert len(outputs.directory.files()) == 3


@pytest.mark.slow
def test_without_masks_no_map_is_made(judge, pictures, monkeypatch):
    monkeypatch.setattr(executor, "measure_pixels", None)
    metrics = judge(pictures).read_metrics()
    assert "pixel_auroc" not in metrics and "num_masks" not in metrics


@pytest.mark.slow
def test_normals_alone_give_null_not_a_number(judge, pictures):
    metrics = judge({"good": pictures["good"]}).read_metrics()
    assert metrics["auroc"] is None and metrics["average_precision"] is None
    assert metrics["fpr_at_95_tpr"] is None
    assert [group["auroc"] for group in metrics["groups"].values()] == [None]
    assert metrics["num_novel"] == 0 and 0 <= metrics["false_positive_rate"] <= 1
    assert any("not defined here: all" in text for text in metrics["messages"])
    assert set(metrics["slices"]) == {"class", "column:lot"}


def test_names_that_are_not_unicode_are_scored_and_shown(judge):
    name = "gr\udcfcn"
    found = judge({"good": [picture(1)], name: [picture(2, name)]})
    assert read_table(found.scores)[1]["class_name"] == "gr\\udcfcn"
    assert found.read_metrics()["num_novel"] == 1


@pytest.mark.slow
def test_too_many_that_cannot_be_scored_end_the_run(judge, pictures):
    broken = [ImageExample(b"x", 0, "good", f"{n}.png", "00") for n in range(3)]
    with pytest.raises(PipelineError, match="3 of 43 .* than the 5.0% that --max-rej"):
        judge({"good": broken, "hole": pictures["hole"]}, max_rejected_share=0.05)
    assert judge({"good": broken[:1], "hole": pictures["hole"]}).read_metrics()


@pytest.mark.slow
def test_lost_pictures_are_noticed(judge, pictures, monkeypatch):
    lost = pictures["hole"][0].serialize()
    expand = executor.ScorePictures.expand
    monkeypatch.setattr(executor.ScorePictures, "expand", _without(expand, lost))
    with pytest.raises(PipelineError, match="lost on the way: 120 to test on, 119 sc"):
        judge(pictures)


def _without(expand, lost):
    def expand_less(self, serialized):
        return expand(self, serialized | beam.Filter(lambda one: one != lost))

    return expand_less
