"""Scoring with an exported model: one bad picture harms none, one class is no crash."""

import apache_beam as beam
import numpy as np
import pytest
import tensorflow as tf
from apache_beam.metrics import MetricsFilter
from apache_beam.testing.util import assert_that, equal_to

from keras_novnorm.datasets.image_examples import ImageExample
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
from pipeline.transforms.score_pictures import ScorePictures


class FixedExport(ExportOutputs):
    """An export that lies where the test put it."""

    @property
    def saved_model(self):
        return self.directory


def example(number, image_bytes):
    return ImageExample(image_bytes, 0, "good", f"{number:03d}.png", "00").serialize()


def test_a_bad_picture_takes_no_other_along(picture_bytes, tiny_saved_model):
    serialized = [example(n, picture_bytes(n)) for n in range(99)] + [
        example(99, b"broken")
    ]
    pipeline = beam.Pipeline(options=make_pipeline_options([]))
    found = pipeline | beam.Create(serialized) | ScorePictures(tiny_saved_model)
    paths = found["scores"] | "Path" >> beam.Map(lambda row: row["path"])
    assert_that(paths, equal_to([f"{n:03d}.png" for n in range(99)]), "scored")
    reasons = found["rejected"] | "Reason" >> beam.Map(
        lambda row: (row[0], row[1][:32])
    )
    expected = [("099.png", "assertion failed: [Not a picture")]
    assert_that(reasons, equal_to(expected), "rejected")
    result = pipeline.run()
    result.wait_until_finish()
    loads = result.metrics().query(MetricsFilter().with_name("model_loads"))
    assert [counter.committed for counter in loads["counters"]] == [1]


@pytest.mark.slow
def test_each_worker_process_loads_the_model_once(picture_bytes, tiny_saved_model):
    args = ["--direct_num_workers=2", "--direct_running_mode=multi_processing"]
    pipeline = beam.Pipeline(options=make_pipeline_options(args))
    serialized = [example(n, picture_bytes(n)) for n in range(200)]
    created = pipeline | beam.Create(serialized) | beam.Reshuffle()
    found = created | ScorePictures(tiny_saved_model, max_batch_size=10)
    count = found["scores"] | beam.combiners.Count.Globally()
    assert_that(count, equal_to([200]))
    result = pipeline.run()
    result.wait_until_finish()
    loads = result.metrics().query(MetricsFilter().with_name("model_loads"))
    assert 1 <= sum(counter.committed for counter in loads["counters"]) <= 2


@pytest.fixture
def evaluate(prepare, write_pictures, tmp_path, tiny_saved_model):
    """Evaluates the tiny model on the pictures of a folder."""

    def run(folder, **parameters):
        examples, _ = prepare(folder)
        outputs = EvaluateOutputs(tmp_path / "evaluated")
        outputs.directory.mkdir()
        inputs = EvaluateInputs(FixedExport(tiny_saved_model), examples)
        context = Context("evaluate", [], outputs.directory)
        executor.execute(inputs, outputs, EvaluateParameters(**parameters), context)
        return outputs

    return run


@pytest.fixture
def tiles(write_pictures, tmp_path):
    """A folder with masks: two normals to test on, two white defects and an unknown."""
    folder = tmp_path / "tiles"
    write_pictures(folder / "train" / "good", 20)

    def write(path, picture):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(tf.io.encode_png(picture[:, :, None]).numpy())

    for number in range(5):
        picture = np.random.default_rng(90 + number).integers(0, 64, (16, 16), "uint8")
        place = folder / "test" / ("good" if number < 2 else "hole")
        if number >= 2:
            mask = np.zeros((16, 16), "uint8")
            mask[4:8, 2 * number : 10] = 255
            picture |= mask
        if number in (2, 3):
            write(folder / "ground_truth" / "hole" / f"{number}_mask.png", mask)
        write(place / f"{number}.png", picture)
    return folder


def test_maps_are_compared_with_masks_as_far_as_memory_allows(evaluate, tiles, caplog):
    caplog.set_level("INFO", "pipeline")
    metrics = evaluate(tiles, max_map_pixels=3 * 64 + 63).read_metrics()
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


def test_without_masks_no_map_is_made(evaluate, tiles, monkeypatch):
    monkeypatch.setattr(executor, "measure_pixels", None)
    (tiles / "ground_truth").rename(tiles / "notes")
    metrics = evaluate(tiles).read_metrics()
    assert "pixel_auroc" not in metrics and "num_masks" not in metrics


def test_normals_alone_give_null_not_a_number(evaluate, write_pictures, tmp_path):
    metrics = evaluate(write_pictures(tmp_path / "data", 40)).read_metrics()
    assert metrics["auroc"] is None and metrics["average_precision"] is None
    assert metrics["fpr_at_95_tpr"] is None
    assert [group["auroc"] for group in metrics["groups"].values()] == [None]
    assert metrics["num_novel"] == 0 and 0 <= metrics["false_positive_rate"] <= 1
    assert any("not defined here: all" in text for text in metrics["messages"])


def test_lost_pictures_are_noticed(evaluate, write_pictures, tmp_path, monkeypatch):
    monkeypatch.setattr(executor, "read_table", lambda path: [])
    with pytest.raises(PipelineError, match="lost on the way: .* 0 scored"):
        evaluate(write_pictures(tmp_path / "data", 40))
