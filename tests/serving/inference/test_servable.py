"""Half-copied versions must not load; whole ones run concurrently by tensor name."""

import os
import shutil

import numpy as np
import pytest
import tensorflow as tf

from serving.inference.run_options import RunOptions
from serving.inference.servable import Servable
from serving.status import Code, ServingError


@pytest.fixture
def copied(models, tmp_path):
    path = str(tmp_path / "1")
    shutil.copytree(models / "half_plus_two" / "00000123", path)
    return path


def cut(path):
    os.truncate(path, os.path.getsize(path) // 2)


@pytest.mark.parametrize(
    ("damage", "code"),
    [
        (lambda p: os.remove(f"{p}/saved_model.pb"), Code.NOT_FOUND),
        (lambda p: cut(f"{p}/saved_model.pb"), Code.OUT_OF_RANGE),
        (lambda p: os.truncate(f"{p}/saved_model.pb", 0), Code.NOT_FOUND),
        (lambda p: shutil.rmtree(f"{p}/variables"), Code.NOT_FOUND),
        (lambda p: os.remove(f"{p}/variables/variables.index"), Code.NOT_FOUND),
        (lambda p: cut(f"{p}/variables/variables.index"), Code.DATA_LOSS),
        (
            lambda p: cut(f"{p}/variables/variables.data-00000-of-00001"),
            Code.OUT_OF_RANGE,
        ),
        (
            lambda p: os.remove(f"{p}/variables/variables.data-00000-of-00001"),
            Code.UNKNOWN,
        ),
        (lambda p: (shutil.rmtree(p), open(p, "w").close()), Code.NOT_FOUND),
    ],
)
def test_half_copied_version_fails_to_load(copied, damage, code):
    damage(copied)
    with pytest.raises(ServingError) as caught:
        Servable.load(copied)
    assert caught.value.code is code, caught.value.message


def test_whole_version_runs(copied):
    servable = Servable.load(copied)
    signature = servable.signatures["serving_default"]
    x, y = signature.inputs["x"].name, signature.outputs["y"].name
    feeds = {x: np.array([[2.0], [4.0]], np.float32)}
    assert servable.run(feeds, [y])[y].tolist() == [[3.0], [4.0]]
    assert list(servable.run(feeds, [y, y])) == [y]
    servable.close()


@pytest.mark.parametrize("timeout", [None, 30.0])
def test_callables_are_kept_but_not_without_end(models, monkeypatch, timeout):
    monkeypatch.setattr("serving.inference.servable._MOST_CALLABLES", 4)
    servable = Servable.load(str(models / "detector" / "1"))
    signature = servable.signatures["serving_default"]
    images = {signature.inputs["images"].name: np.zeros((1, 8, 8, 3), np.uint8)}
    names = [info.name for info in signature.outputs.values()]
    for bits in range(1, 2 ** len(names), 9):
        chosen = [name for i, name in enumerate(names) if bits >> i & 1]
        assert set(servable.run(images, chosen, timeout)) == set(chosen)
        assert len(servable._callables) <= 4
        assert len(servable._limited) <= 4
    servable.close()


def test_a_run_ends_at_its_time_limit(copied):
    servable = Servable.load(copied)
    signature = servable.signatures["slow"]
    feeds = {signature.inputs["rounds"].name: np.int32(1_000_000)}
    with pytest.raises(tf.errors.DeadlineExceededError):
        servable.run(feeds, [signature.outputs["y"].name], timeout=0.05)
    servable.close()


def test_session_config_goes_before_the_flags():
    options = RunOptions(session_config="inter_op_parallelism_threads: 3", intra_op=2)
    config = options.config()
    assert config.inter_op_parallelism_threads == 3
    assert config.intra_op_parallelism_threads == 2
    with pytest.raises(ServingError, match="no text-format ConfigProto"):
        RunOptions(session_config="threads: many").config()


def test_graph_of_other_tags(copied):
    with pytest.raises(ServingError, match="no graph with the tags 'serve, gpu'"):
        Servable.load(copied, RunOptions(tags=("serve", "gpu")))
