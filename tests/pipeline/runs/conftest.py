"""A root with a few pieces of finished work, made without pictures."""

import pytest

from pipeline.artifacts import ArtifactStore
from pipeline.run_config import RunConfig
from pipeline.runs.run_record import begin, kept
from pipeline.storage import StoragePath
from tests.pipeline.runs.small_work import (
    Parameters,
    Prepare,
    PrepareInputs,
    Source,
    Train,
    TrainInputs,
)


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
