import keras
import numpy as np
import pytest

from keras_novnorm import CollapseMonitor, CollapseWarning, NoveltyDetector
from keras_novnorm.callbacks import StepDecay
from keras_novnorm.detectors.novelty.collapse_signs import (
    SIGNS,
)


class Rates(keras.callbacks.Callback):
    def on_train_begin(self, logs=None):
        self.seen = []

    def on_epoch_end(self, epoch, logs=None):
        self.seen.append(float(self.model.optimizer.learning_rate))


@pytest.mark.slow
def test_recipe_steps_the_rate_and_puts_it_back(digits):
    detector = NoveltyDetector.from_preset(
        "digits", recipe={"epochs": 10, "learning_rate_drops": (0.5, 0.8)}
    )
    detector.compile()
    rates = Rates()
    for _ in range(2):  # a second `fit` starts like the first
        detector.fit(
            digits["train"][:32], callbacks=[rates, CollapseMonitor(0.0)], verbose=0
        )
        expected = [2e-3] * 5 + [2e-4] * 3 + [2e-5] * 2
        np.testing.assert_allclose(rates.seen, expected, rtol=1e-5)
    assert float(detector.optimizer.learning_rate) == pytest.approx(2e-3)


@pytest.mark.slow
def test_an_interrupted_training_puts_the_rate_back(small, digits):
    class Stops(keras.callbacks.Callback):
        def on_epoch_end(self, epoch, logs=None):
            if epoch == 3:  # after both steps
                raise KeyboardInterrupt

    rate = float(small.optimizer.learning_rate)
    callbacks = [StepDecay((0.25, 0.5), 4), Stops()]
    with pytest.raises(KeyboardInterrupt):
        small.fit(digits["train"][:8], epochs=4, verbose=0, callbacks=callbacks)
    assert float(small.optimizer.learning_rate) == pytest.approx(rate)


@pytest.mark.slow
def test_recipe_with_a_cosine(digits):
    recipe = {"epochs": 4, "learning_rate_drops": "cosine"}
    detector = NoveltyDetector.from_preset("digits", recipe=recipe)
    detector.compile(run_eagerly=True)
    rates = Rates()
    detector.fit(
        digits["train"][:32], callbacks=[rates, CollapseMonitor(0.0)], verbose=0
    )
    expected = 2e-3 * np.array([1.0, (1 + 0.5**0.5) / 2, 0.5, (1 - 0.5**0.5) / 2])
    np.testing.assert_allclose(rates.seen, expected, rtol=1e-5)
    assert float(detector.optimizer.learning_rate) == pytest.approx(2e-3)


@pytest.mark.slow
def test_a_schedule_of_the_users_own_is_left_alone(small, digits):
    schedule = keras.optimizers.schedules.ExponentialDecay(1e-3, 10, 0.5)
    small.compile(keras.optimizers.Adam(schedule))
    callbacks = [StepDecay((0.5,), 2), CollapseMonitor(0.0)]
    small.fit(digits["train"][:32], epochs=2, callbacks=callbacks, verbose=0)
    assert small.optimizer.iterations == 2


def test_a_collapse_is_said_marked_and_refreshed(digits):
    keras.utils.set_random_seed(0)
    detector = NoveltyDetector.from_preset("digits")
    detector.compile()
    bias = detector.decoder.get_layer("output").bias
    detector.optimizer.build(detector.trainable_variables)
    detector.optimizer.iterations.assign(1)  # keep `fit` from setting the bias
    bias.assign([-20.0])
    with pytest.warns(CollapseWarning, match=r"variation` is .*e-"):
        detector.fit(digits["train"], epochs=2, verbose=0)
    assert detector.is_collapsed
    bias.assign([0.0])
    monitor = CollapseMonitor(minimum=0.0)
    detector.fit(digits["train"], epochs=1, callbacks=[monitor], verbose=0)
    assert not detector.is_collapsed


@pytest.mark.slow
def test_training_stops_after_patience(small, digits):
    monitor = CollapseMonitor(minimum=2.0, patience=3, warmup_steps=0)
    with pytest.warns(CollapseWarning, match="after 3 epochs"):
        history = small.fit(
            digits["train"][:32], epochs=9, callbacks=[monitor], verbose=0
        )
    assert len(history.epoch) == 3


@pytest.mark.slow
def test_images_that_do_not_vary_are_no_collapse(small):
    images = np.full((8, 8, 8, 1), 0.5, "float32")
    small.fit(images, epochs=1, verbose=0)
    assert not small.is_collapsed


def test_a_trained_detector_is_not_collapsed(trained):
    assert not trained.is_collapsed


def test_signs_are_kept_in_one_number(small):
    for chosen in ([], ["active_latents"], ["novelty_deviation"], list(SIGNS)):
        small.mark_collapsed(chosen)
        assert small.collapse_signs == chosen
        assert small.is_collapsed == bool(chosen)
    with pytest.raises(ValueError, match="'nope'"):
        small.mark_collapsed(["nope"])


def test_dead_latents_and_a_constant_head_are_named(small, digits):
    dense = small.encoder.get_layer("latents")
    dense.set_weights([np.zeros_like(w) for w in dense.get_weights()])
    dense.trainable = False
    small.compile(run_eagerly=True)
    with pytest.warns(CollapseWarning, match="dead latents.*`novelty_deviation` is 0"):
        small.fit(digits["train"][:16], epochs=1, verbose=0)
    assert small.is_collapsed
    assert {"active_latents", "novelty_deviation"} <= set(small.collapse_signs)


def test_a_detector_without_a_head_has_no_novelty_score_to_watch(digits):
    detector = NoveltyDetector.from_preset("digits", terms=["reconstruction_error"])
    detector.compile(run_eagerly=True)
    monitor = CollapseMonitor(minimum=0.0)
    history = detector.fit(
        digits["train"][:16], epochs=1, callbacks=[monitor], verbose=0
    )
    assert "novelty_deviation" not in history.history
    assert not detector.is_collapsed
