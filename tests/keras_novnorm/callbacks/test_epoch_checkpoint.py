"""What of a training is kept, and when."""

import keras
import pytest

from keras_novnorm.callbacks import epoch_checkpoint


@pytest.mark.parametrize("seconds, kept", [(0.0, [1, 2, 3]), (3600.0, [0, 0, 0])])
def test_the_last_epoch_is_kept_and_others_if_it_is_time(
    seconds, kept, tmp_path, monkeypatch
):
    monkeypatch.setattr(epoch_checkpoint, "SECONDS", seconds)
    model = keras.Sequential([keras.Input((1,)), keras.layers.Dense(1)])
    model.compile("sgd")

    def read():
        return epoch_checkpoint.EpochCheckpoint(tmp_path)

    checkpoint = read()
    checkpoint.set_model(model)
    for epoch, expected in enumerate(kept):
        checkpoint.on_epoch_end(epoch, {"loss": float(epoch)})
        assert read().epoch == expected
    checkpoint.on_train_end()
    assert (read().epoch, read().history) == (3, {"loss": [0.0, 1.0, 2.0]})
    assert len(list(tmp_path.iterdir())) == 2  # older ones are gone
