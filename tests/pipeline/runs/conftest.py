"""A root with a few pieces of finished work, made without pictures."""

import dataclasses
from typing import ClassVar

import pytest

from pipeline.artifacts import ArtifactStore
from pipeline.component import Component, Outputs
from pipeline.run_config import RunConfig
from pipeline.runs.run_record import begin, kept
from pipeline.storage import StoragePath


@dataclasses.dataclass(frozen=True)
class Source:
    mark: str

    def fingerprint(self):
        return self.mark


@dataclasses.dataclass(frozen=True)
class PrepareInputs:
    source: Source


@dataclasses.dataclass(frozen=True)
class TrainInputs:
    examples: Outputs


@dataclasses.dataclass(frozen=True)
class Parameters:
    seed: int = 0


class Writes:
    def execute(self, outputs, context):
        text = f"{self.fingerprints()} {self.parameters}"
        (outputs.directory / "result.txt").write_text(text)


@dataclasses.dataclass(frozen=True)
class Prepare(Writes, Component):
    NAME: ClassVar[str] = "prepare"
    OUTPUTS: ClassVar[type] = Outputs
    CODE: ClassVar[tuple] = ("pipeline/__init__.py",)


@dataclasses.dataclass(frozen=True)
class Train(Writes, Component):
    NAME: ClassVar[str] = "train"
    OUTPUTS: ClassVar[type] = Outputs
    CODE: ClassVar[tuple] = ("pipeline/__init__.py",)


@pytest.fixture
def root(tmp_path):
    """An empty root."""
    return StoragePath(tmp_path) / "root"


@pytest.fixture
def work(root):
    """Does a run of two components; returns its record."""

    def run(mark="a", seed=0, auroc=0.9, error=None, end=True):
        record = begin(root, RunConfig("sklearn:digits", str(root), seeds=(seed,)))
        with kept(root, record):
            store = ArtifactStore(root, run=record.name)
            prepared = store.produce(Prepare(PrepareInputs(Source(mark)), Parameters()))
            train = Train(TrainInputs(prepared), Parameters(seed), "8")
            trained = store.produce(train)
            record.note(store)
            if error:
                raise error
            record.status = "done"
            record.summary = {
                "evaluation_set": str(prepared.directory),
                "detectors": [
                    {
                        "name": "digits8",
                        "results": {"auroc": auroc},
                        "training": {"directory": str(trained.directory)},
                    }
                ],
            }
        return record

    return run
