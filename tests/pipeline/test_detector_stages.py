"""What holds one detector up leaves the others alone."""

import types

from pipeline.component import NOTHING, Outputs
from pipeline.detector_stages import DetectorStages
from pipeline.detectors import Detector
from pipeline.pipeline_error import PipelineError
from pipeline.run_config import RunConfig
from pipeline.run_result import DetectorResult
from pipeline.storage import StoragePath


class Learned:
    def training(self, detector):
        if detector.name == "b":
            raise PipelineError("Run 1 has no trained detector 'b'")
        return NOTHING

    def evaluation_set(self, detector, prepared):
        return Outputs(StoragePath("old"))


class Prepared:
    def select(self, normal_classes):
        return types.SimpleNamespace(
            check=lambda: None, count=lambda split: 1000, part=lambda split: split
        )


class Store:
    def __init__(self):
        self.rests_on, self.made = [], []

    def produce_all(self, components, may_run):
        self.made += [component.label for component in components]
        return [Outputs(StoragePath("new")) for _ in components]


def test_a_detector_without_a_training_before_drops_out_alone():
    store = Store()
    config = RunConfig("sklearn:digits", "root", only="train")
    results = [DetectorResult(Detector(n, (n,), "digits", 0, n)) for n in "abc"]
    DetectorStages(config, store, Prepared(), Learned()).run(results)
    assert store.made == ["a", "c"]
    assert str(results[1].error) == "b: Run 1 has no trained detector 'b'"
    assert [one.trained is None for one in results] == [False, True, False]
    assert store.rests_on == [StoragePath("old")] * 2


def test_a_component_that_cannot_be_made_drops_its_detector_alone(monkeypatch):
    def make(self, result):
        if result.detector.name == "b":
            raise PipelineError("no good")
        return types.SimpleNamespace(label=result.detector.label)

    monkeypatch.setattr(DetectorStages, "_train", make)
    store, learned = Store(), Learned()
    learned.training = lambda detector: NOTHING
    config = RunConfig("sklearn:digits", "root", only="train")
    results = [DetectorResult(Detector(n, (n,), "digits", 0, n)) for n in "abc"]
    DetectorStages(config, store, Prepared(), learned).run(results)
    assert store.made == ["a", "c"] and str(results[1].error) == "no good"
