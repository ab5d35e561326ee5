"""A run that was interrupted ends like one that was not."""

import keras
import numpy as np
import pytest

from tests.keras_novnorm.detectors.novelty.tiny import (
    assert_same_weights,
    fit,
    tiny_detector,
)

EPOCHS = 3
RECIPE = {"epochs": EPOCHS, "batch_size": 16, "learning_rate_drops": (1 / 3,)}

# With states of their own, and with random numbers beside the noise on the latents.
RANDOM_TERMS = ("latent_distance", "transformation_error")


class Interruption(keras.callbacks.Callback):
    def __init__(self, epoch):
        super().__init__()
        self.epoch = epoch

    def on_epoch_begin(self, epoch, logs=None):
        if epoch == self.epoch:
            raise KeyboardInterrupt


class Rates(keras.callbacks.Callback):
    def __init__(self):
        super().__init__()
        self.seen = {}

    def on_epoch_end(self, epoch, logs=None):
        self.seen[epoch] = float(self.model.optimizer.learning_rate)


def script(images, *callbacks):
    """What a user's script does each time it is started."""
    detector = tiny_detector(terms=RANDOM_TERMS, recipe=RECIPE)
    detector.compile(run_eagerly=True)
    rates = Rates()
    fit(detector, images, epochs=None, callbacks=[*callbacks, rates])
    return detector, rates.seen


@pytest.mark.slow
def test_interrupted_run_ends_like_another(digits, tmp_path):
    images = digits["train"][:16]
    whole, rates = script(images)
    assert [round(rate, 6) for rate in rates.values()] == [2e-3, 2e-4, 2e-4]

    def backup():
        return keras.callbacks.BackupAndRestore(tmp_path / "backup")

    # After the rate has fallen: it must not be taken for the first one.
    with pytest.raises(KeyboardInterrupt):
        script(images, backup(), Interruption(2))
    resumed, resumed_rates = script(images, backup())
    assert resumed_rates == pytest.approx({2: rates[2]})
    assert int(resumed.optimizer.iterations) == EPOCHS
    # Noise and augmentation went on where they had stopped.
    assert_same_weights(whole, resumed, rtol=1e-5, atol=1e-6)
    assert float(resumed.optimizer.learning_rate) == pytest.approx(2e-3)
    # A second `fit` is a run of its own, from its first epoch.
    assert len(fit(resumed, images, epochs=1)["loss"]) == 1


@pytest.mark.slow
def test_random_states_travel_in_both_kinds_of_file(digits, tmp_path):
    detector = tiny_detector(terms=RANDOM_TERMS)
    detector.compile(run_eagerly=True)
    fit(detector, digits["train"][:8])
    detector.save(tmp_path / "detector.keras")
    detector.save_weights(tmp_path / "detector.weights.h5")
    other = tiny_detector(terms=RANDOM_TERMS, seed=6)
    other.load_weights(tmp_path / "detector.weights.h5")
    loaded = keras.saving.load_model(tmp_path / "detector.keras")
    for again in (other, loaded):
        again.compile(keras.optimizers.SGD(0.1), run_eagerly=True)
        np.testing.assert_array_equal(
            again.noise_generator.state, detector.noise_generator.state
        )
    fit(other, digits["train"][:8])
    fit(loaded, digits["train"][:8])
    assert_same_weights(other, loaded, rtol=1e-6, atol=1e-7)


def test_files_without_random_states_are_read(digits):
    terms = ["reconstruction_error"]
    detector, other = tiny_detector(terms=terms), tiny_detector(terms=terms, seed=6)
    store = {}
    detector.save_own_variables(store)
    state = other.noise_generator.state.numpy()
    other.load_own_variables(
        {name: value for name, value in store.items() if "random" not in name}
    )
    np.testing.assert_array_equal(other.noise_generator.state, state)


def test_another_compile_leaves_the_output_bias_alone(digits):
    detector = tiny_detector(terms=["reconstruction_error"])
    detector.compile(keras.optimizers.SGD(0.0), run_eagerly=True)
    fit(detector, digits["train"][:8])
    bias = detector.decoder.get_layer("output").bias
    assert not np.allclose(bias, 0.0)  # set from the images
    bias.assign([0.25])
    detector.compile(keras.optimizers.SGD(0.0), run_eagerly=True)
    fit(detector, digits["train"][:8])
    np.testing.assert_array_equal(bias, [0.25])
