"""A training worker takes a GPU of its own, where there is one."""

import fcntl

import keras
import pytest
import tensorflow as tf

from pipeline.components.train import devices
from pipeline.components.train.component import (
    Train,
    TrainInputs,
    TrainOutputs,
    TrainParameters,
)


@pytest.fixture
def claims(tmp_path, monkeypatch):
    """No GPU is claimed yet, and locks lie in a folder of the test."""
    found = {}
    monkeypatch.setattr(devices, "_claims", found)
    monkeypatch.setattr(devices.tempfile, "gettempdir", lambda: str(tmp_path))
    yield tmp_path
    if "file" in found:
        found["file"].close()


def test_a_worker_claims_the_first_gpu_that_is_free(claims):
    with open(claims / "novnorm-gpu-0.lock", "a") as taken:
        fcntl.flock(taken, fcntl.LOCK_EX)
        assert devices._claim(["first", "second"]) == "second"
        # Its own for as long as it lives, whatever is freed meanwhile.
    assert devices._claim(["first", "second"]) == "second"


def test_more_workers_than_gpus_share_and_say_so(claims, caplog):
    with open(claims / "novnorm-gpu-0.lock", "a") as taken:
        fcntl.flock(taken, fcntl.LOCK_EX)
        assert devices._claim(["only"]) == "only"
    assert "more workers than GPUs (1)" in caplog.text


def test_the_hint_of_an_accelerator_goes_to_beam(eights):
    hint = "type:nvidia-tesla-t4;count:1;install-nvidia-driver"
    inputs = TrainInputs(eights)
    component = Train(inputs, TrainParameters("digits", accelerator=hint))
    assert component.resource_hints() == {"accelerator": hint}
    assert Train(inputs, TrainParameters("digits")).resource_hints() == {}


@pytest.mark.gpu
@pytest.mark.parametrize("strategy", ["one", "mirrored"])
def test_a_training_runs_on_the_gpu(strategy, eights, tmp_path):
    from pipeline.component import Context
    from pipeline.components.train import executor
    from pipeline.storage import StoragePath

    if not tf.config.list_physical_devices("GPU"):
        pytest.skip("needs a GPU that TensorFlow can use")
    outputs = TrainOutputs(StoragePath(tmp_path) / "out")
    parameters = TrainParameters(
        "digits", epochs=2, precision="mixed_float16", strategy=strategy
    )
    context = Context("train", keep=StoragePath(tmp_path) / "keep")
    executor.execute(TrainInputs(eights), outputs, parameters, context)
    detector = keras.saving.load_model(str(outputs.detector))
    assert "GPU" in detector.trainable_variables[0].value.device
    assert tf.config.experimental.get_memory_info("GPU:0")["peak"] > 0
