"""A training that was killed ends like one that was not."""

import keras
import numpy as np
import pytest

from keras_novnorm.callbacks import epoch_checkpoint
from pipeline.component import NOTHING, Context
from pipeline.components.train import checkpoint, devices, executor
from pipeline.components.train.component import (
    TrainInputs,
    TrainOutputs,
    TrainParameters,
)
from pipeline.components.train.epoch_log import EpochLog
from pipeline.pipeline_error import PipelineError
from pipeline.selection import Selection
from pipeline.storage import StoragePath


def run(eights, folder, name, kill_after=None, previous=NOTHING, **parameters):
    """Trains on eights in a folder of a name; returns `TrainOutputs`."""
    outputs = TrainOutputs(StoragePath(folder) / name)
    outputs.directory.make_folder()
    context = Context("train", keep=StoragePath(folder) / f"keep-{name}")
    inputs = TrainInputs(eights, previous)
    parameters = TrainParameters(**{"preset": "digits", "epochs": 3, **parameters})
    with pytest.MonkeyPatch.context() as patch:
        if kill_after is not None:
            patch.setattr(EpochLog, "on_epoch_end", killer(kill_after))
            patch.setattr(epoch_checkpoint, "SECONDS", 0.0)
        executor.execute(inputs, outputs, parameters, context)
    return outputs


def killer(epochs):
    def on_epoch_end(self, epoch, logs=None):
        if epoch + 1 == epochs:
            raise KeyboardInterrupt

    return on_epoch_end


def weights(outputs):
    return keras.saving.load_model(str(outputs.detector)).get_weights()


@pytest.fixture(scope="module")
def undisturbed(eights, tmp_path_factory):
    """Three epochs, in one go."""
    return run(eights, tmp_path_factory.mktemp("undisturbed"), "a")


@pytest.mark.slow
@pytest.mark.parametrize("epochs", [2, 3])
def test_a_killed_training_ends_like_an_undisturbed_one(
    epochs, undisturbed, eights, tmp_path, caplog
):
    caplog.set_level("INFO", "pipeline")
    with pytest.raises(KeyboardInterrupt):
        run(eights, tmp_path, "b", kill_after=epochs)
    assert not (tmp_path / "b" / "detector.keras").exists()
    kept = tmp_path / "keep-b" / "restart-0"
    assert sorted(path.name for path in kept.iterdir()) == [
        f"epoch-{epochs:06d}.json",
        f"epoch-{epochs:06d}.weights.h5",
    ]
    # Of a next epoch the history alone was written, as by a kill in between.
    (kept / f"epoch-{epochs + 1:06d}.json").write_text("{}")
    (kept / f".writing-1-epoch-{epochs + 1:06d}.weights.h5").write_bytes(b"half")
    again = run(eights, tmp_path, "b")
    assert f"train: goes on after epoch {epochs} of 3" in caplog.text
    # Where nothing was left to train, nothing was written and nothing deleted.
    left = ["epoch-000004.json"] if epochs == 3 else []
    assert sorted(path.name for path in kept.glob("epoch-*")) == [
        "epoch-000003.json",
        "epoch-000003.weights.h5",
        *left,
    ]
    for one, other in zip(weights(undisturbed), weights(again), strict=True):
        np.testing.assert_array_equal(one, other)
    first, second = undisturbed.read_history(), again.read_history()
    assert first == second and len(first["metrics"]["loss"]) == 3
    assert first["pictures"] == 60 and first["went_on"] is False


def test_of_epochs_in_quick_succession_the_last_is_kept(tmp_path, monkeypatch):
    monkeypatch.setattr(epoch_checkpoint, "SECONDS", 3600.0)
    model = keras.Sequential([keras.Input((1,)), keras.layers.Dense(1)])
    kept = checkpoint.Checkpoint(StoragePath(tmp_path))
    kept.set_model(model)
    for epoch in range(3):
        kept.on_epoch_end(epoch, {"loss": float(epoch)})
        assert list(tmp_path.iterdir()) == []
    kept.on_train_end()
    again = checkpoint.Checkpoint(StoragePath(tmp_path))
    assert (again.epoch, again.history) == (3, {"loss": [0.0, 1.0, 2.0]})


def test_the_scale_of_a_loss_is_put_back(tmp_path):
    def fresh():
        model = keras.Sequential([keras.Input((1,)), keras.layers.Dense(1)])
        model.compile(keras.optimizers.LossScaleOptimizer(keras.optimizers.Adam()))
        model.optimizer.build(model.trainable_variables)  # as `fit` does
        kept = checkpoint.Checkpoint(StoragePath(tmp_path))
        kept.set_model(model)
        return model, kept

    model, kept = fresh()
    model.optimizer.dynamic_scale.assign(7.0)
    kept.on_epoch_end(0, {})
    kept.on_train_end()
    again, kept = fresh()
    kept.on_train_begin()
    assert float(again.optimizer.dynamic_scale) == 7.0


def test_tensorboard_finds_its_files(undisturbed):
    names = [file.name for file in undisturbed.tensorboard.files()]
    assert any("tfevents" in name for name in names)


@pytest.mark.slow
def test_a_collapsed_training_begins_again_as_often_as_allowed(eights, tmp_path):
    # One epoch on sixty pictures gives the mean picture for all.
    outputs = run(eights, tmp_path, "a", epochs=1, restarts=1)
    history = outputs.read_history()
    assert history["restarts"] == 1 and history["is_collapsed"]
    assert len(history["messages"]) == 2
    detector = keras.saving.load_model(str(outputs.detector))
    assert detector.num_restarts == 1


@pytest.mark.slow
def test_what_was_learned_is_gone_on_from(undisturbed, eights, tmp_path):
    after = run(eights, tmp_path, "b", previous=undisturbed, epochs=None)
    before, after = undisturbed.read_history(), after.read_history()
    detector = keras.saving.load_model(str(undisturbed.detector))
    losses = after["metrics"]["loss"]
    assert after["went_on"] is True
    assert len(losses) == -(-detector.recipe["epochs"] // 4)
    errors = [h["metrics"]["reconstruction_error"] for h in (before, after)]
    assert errors[1][0] < errors[0][0]


def test_precision_is_of_this_training_alone():
    with devices.scope(TrainParameters("digits", precision="mixed_float16")):
        assert keras.config.dtype_policy().name == "mixed_float16"
    assert keras.config.dtype_policy().name == "float32"


def test_nothing_to_train_on_is_said(tmp_path):
    empty = Selection(StoragePath(tmp_path), ("8",), False, ()).part("train")
    outputs = TrainOutputs(StoragePath(tmp_path))
    with pytest.raises(PipelineError, match="No training picture of 8"):
        executor.execute(
            TrainInputs(empty), outputs, TrainParameters("digits"), Context("train")
        )


def test_an_unknown_preset_is_said(eights, tmp_path):
    with pytest.raises(PipelineError, match="nonsense"):
        run(eights, tmp_path, "a", preset="nonsense")
