"""What Keras promises of a model's `compile` and `fit` holds for a detector."""

import csv

import keras
import numpy as np
import pytest

from keras_novnorm import NoveltyDetector
from tests.keras_novnorm.detectors.novelty.tiny import (
    ALL_TERMS,
    assert_same_weights,
    fit,
    tiny_detector,
)

METRICS = {
    "loss",
    "reconstruction_error",
    "reconstruction_variation",
    "active_latents",
    "novelty_deviation",
}


def train(digits, still=False, **compiled):
    """Two epochs of three batches, with noise and augmentation unless `still`."""
    detector = tiny_detector(
        {"shift": 0, "flip": False} if still else None,
        latent_noise=0.0 if still else 0.3,
    )
    # Adam makes steps of one size of gradients that differ by rounding alone.
    detector.compile(keras.optimizers.SGD(0.01), **compiled)
    history = fit(detector, digits["train"][:24], epochs=2, batch_size=8)
    return detector, history


@pytest.fixture(scope="module")
def graph(digits):
    return train(digits)


def assert_same_run(one, other, rtol=1e-3):
    (first, first_history), (second, second_history) = one, other
    assert set(first_history) == set(second_history) == METRICS
    for name, values in first_history.items():
        np.testing.assert_allclose(
            second_history[name], values, rtol=rtol, atol=1e-5, err_msg=name
        )
    assert_same_weights(first, second, rtol=rtol, atol=1e-4)


@pytest.mark.slow
def test_eager_equals_graph(graph, digits):
    assert_same_run(graph, train(digits, run_eagerly=True))


@pytest.mark.slow
def test_steps_per_execution_change_nothing(graph, digits):
    assert_same_run(graph, train(digits, steps_per_execution=4))


@pytest.mark.slow  # XLA compiles for long, here and below
def test_xla_trains_and_predicts_alike(digits):
    plain, _ = eager = train(digits, still=True, run_eagerly=True)
    compiled, _ = jit = train(digits, still=True, jit_compile=True)
    assert_same_run(eager, jit)
    images = digits["test_novel"][:8]
    outputs = compiled.predict(images, verbose=0)
    for name, value in plain(images).items():
        np.testing.assert_allclose(outputs[name], value, rtol=1e-3, err_msg=name)


@pytest.mark.slow
def test_xla_compiles_noise_and_augmentation(digits):
    # XLA draws other random numbers: only that it trains can be told.
    _, history = train(digits, jit_compile=True)
    assert np.all(np.isfinite(history["loss"]))


@pytest.mark.slow
def test_weights_train_where_xla_was_asked_for(digits):
    detector = tiny_detector(terms=["reconstruction_error"])
    detector.compile(jit_compile=True)
    weight = np.array([1, 0, 2, 1, 1, 0, 0, 1], "float32")
    history = fit(detector, digits["train"][:8], batch_size=4, sample_weight=weight)
    assert np.all(np.isfinite(history["loss"]))
    assert not detector.jit_compile


def train_in(policy, optimizer, images):
    keras.config.set_dtype_policy(policy)
    try:
        detector = tiny_detector({"shift": 0, "flip": False}, latent_noise=0.0)
    finally:
        keras.config.set_dtype_policy("float32")
    detector.compile(optimizer, run_eagerly=True)
    return detector, fit(detector, images, epochs=2)


@pytest.fixture(scope="module")
def full(digits):
    return train_in("float32", keras.optimizers.Adam(2e-3), digits["train"][:8])


@pytest.mark.parametrize(
    "policy",
    ["mixed_float16", pytest.param("mixed_bfloat16", marks=pytest.mark.slow)],
)
def test_mixed_precision_trains_like_full(policy, full, digits):
    optimizer = keras.optimizers.Adam(2e-3)
    if policy == "mixed_float16":
        # As large a first scale as Keras' own would skip the first steps.
        optimizer = keras.optimizers.LossScaleOptimizer(optimizer, initial_scale=64.0)
    images = digits["train"][:8]
    detector, history = train_in(policy, optimizer, images)
    # The displayed loss is not the scaled one.
    for name in ("loss", "reconstruction_error"):
        np.testing.assert_allclose(history[name], full[1][name], rtol=0.1)
    assert int(detector.optimizer.iterations) == 2
    assert detector.encoder.compute_dtype == policy.removeprefix("mixed_")
    outputs = detector(images[:2])
    assert all(outputs[name].dtype == "float32" for name in ("score", *ALL_TERMS))
    np.testing.assert_allclose(
        outputs["score"], full[0](images[:2])["score"], rtol=0.2, atol=0.2
    )


def test_float16_gets_a_scaled_loss_unasked(digits):
    keras.config.set_dtype_policy("mixed_float16")
    try:
        detector = tiny_detector(terms=["reconstruction_error"], recipe={"epochs": 1})
        detector.compile()
        assert isinstance(detector.optimizer, keras.optimizers.LossScaleOptimizer)
        detector.compile(detector.optimizer, run_eagerly=True)
        # The preset's own recipe finds the rate within.
        fit(detector, digits["train"][:8], epochs=None)
    finally:
        keras.config.set_dtype_policy("float32")
    assert float(detector.optimizer.learning_rate) == pytest.approx(2e-3)


@pytest.mark.slow
def test_callbacks_see_every_metric_and_save_what_predicts(digits, tmp_path):
    images = digits["train"][:16]
    detector = tiny_detector(terms=["reconstruction_error", "novelty_score"])
    detector.compile(run_eagerly=True)
    rates = [1e-3, 5e-4, 5e-4, 5e-4]
    history = fit(
        detector,
        images,
        epochs=4,
        batch_size=8,
        validation_data=images[:8],
        callbacks=[
            keras.callbacks.LearningRateScheduler(lambda epoch: rates[epoch]),
            keras.callbacks.CSVLogger(tmp_path / "log.csv"),
            keras.callbacks.ModelCheckpoint(tmp_path / "whole.keras"),
            keras.callbacks.ModelCheckpoint(
                tmp_path / "best.weights.h5",
                save_weights_only=True,
                monitor="val_reconstruction_error",
                mode="min",
                save_best_only=True,
            ),
            # The rate is no improvement in the second epoch running.
            keras.callbacks.EarlyStopping(
                "learning_rate", patience=1, min_delta=1e-4, mode="min"
            ),
        ],
    )
    names = METRICS | {f"val_{name}" for name in METRICS} | {"learning_rate"}
    assert set(history) == names
    assert len(history["loss"]) == 3  # and then stopped
    with (tmp_path / "log.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert set(rows[0]) == names | {"epoch"}
    assert float(rows[2]["loss"]) == pytest.approx(history["loss"][2], rel=1e-5)
    whole = keras.saving.load_model(tmp_path / "whole.keras")
    assert isinstance(whole, NoveltyDetector)
    expected = detector(images[:3])
    np.testing.assert_allclose(whole(images[:3])["score"], expected["score"], rtol=1e-6)
    best = tiny_detector(terms=["reconstruction_error", "novelty_score"], seed=6)
    best.load_weights(tmp_path / "best.weights.h5")
    best.compile(run_eagerly=True)
    result = best.evaluate(images[:8], verbose=0, return_dict=True)
    assert set(result) == METRICS
    assert result["reconstruction_error"] == pytest.approx(
        min(history["val_reconstruction_error"]), rel=1e-5
    )
