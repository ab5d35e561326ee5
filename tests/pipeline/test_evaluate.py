"""Scoring with an exported model: one bad picture harms none, one class is no crash."""

import apache_beam as beam
import pytest
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
