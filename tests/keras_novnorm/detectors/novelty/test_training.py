"""What `fit`, `adapt`, `calibrate` and `evaluate` accept and leave behind."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from keras_novnorm import CollapseMonitor, NoveltyDetector
from keras_novnorm.detectors.novelty.training_step import STATISTICS_IMAGES

QUIET = {"verbose": 0, "callbacks": [CollapseMonitor(minimum=0.0)]}


def fresh(**overrides):
    keras.utils.set_random_seed(5)
    detector = NoveltyDetector.from_preset("digits", **overrides)
    # Few steps each: tracing a graph would cost far more than running them.
    detector.compile(run_eagerly=True)
    return detector


def first_loss(data, **arguments):
    history = fresh().fit(data, epochs=1, **arguments, **QUIET)
    return history.history["loss"][0]


def element_kinds(images):
    label = np.zeros(len(images), "int64")
    return {
        "image": images,
        "image and label": (images, label),
        "image and image": (images, images),
        "dictionary": {"image": images, "label": label},
    }


@pytest.mark.slow
def test_a_step_is_traced_once(digits, monkeypatch):
    traced = []
    step = NoveltyDetector.train_step

    def train_step(self, data):
        traced.append(self)
        return step(self, data)

    monkeypatch.setattr(NoveltyDetector, "train_step", train_step)
    detector = fresh()
    detector.compile()
    detector.fit(digits["train"][:32], epochs=2, **QUIET)
    assert len(traced) == 1


@pytest.mark.slow
def test_every_element_kind_trains_alike(digits):
    losses = {
        kind: first_loss(tf.data.Dataset.from_tensor_slices(data).batch(32))
        for kind, data in element_kinds(digits["train"][:64]).items()
    }
    assert len(set(losses.values())) == 1, losses


@pytest.mark.slow
def test_single_images_are_batched_and_uint8_equals_float(digits):
    images = digits["train"][:64]
    batched = first_loss(tf.data.Dataset.from_tensor_slices(images).batch(32))
    single = first_loss(tf.data.Dataset.from_tensor_slices(images))
    floats = first_loss(
        tf.data.Dataset.from_tensor_slices(images / np.float32(255)).batch(32)
    )
    assert single == batched
    assert floats == pytest.approx(batched, rel=1e-5)


def test_sample_weights_are_honoured(digits):
    images = digits["train"][:32]
    label = np.zeros(32)

    def loss(weights):
        data = tf.data.Dataset.from_tensor_slices((images, label, weights)).batch(32)
        detector = fresh(count_weight=0.0)
        return detector.fit(data, epochs=1, **QUIET).history["loss"][0]

    plain = loss(np.ones(32, "float32"))
    assert loss(np.full(32, 2.0, "float32")) == pytest.approx(2 * plain, rel=1e-4)
    assert loss(np.zeros(32, "float32")) == pytest.approx(0.0, abs=1e-6)


def test_float_beyond_one_is_refused_not_trained(digits):
    detector = fresh()
    before = detector.get_weights()
    images = digits["train"][:32].astype("float32")
    with pytest.raises(tf.errors.InvalidArgumentError, match=r"\[0, 1\]"):
        detector.fit(images, epochs=1, **QUIET)
    for one, other in zip(before, detector.get_weights(), strict=True):
        np.testing.assert_array_equal(one, other)


@pytest.mark.slow
def test_last_batch_of_one_and_batches_of_one(digits):
    for size in (3, 1):
        detector = fresh()
        history = detector.fit(digits["train"][:7], epochs=2, batch_size=size, **QUIET)
        assert np.all(np.isfinite(history.history["loss"]))
        assert all(np.all(np.isfinite(w)) for w in _learned(detector))
        result = detector.evaluate(
            digits["train"][:7], batch_size=size, verbose=0, return_dict=True
        )
        assert np.isfinite(result["loss"])


def _learned(detector):
    return [w.numpy() for w in detector.trainable_weights] + [
        w.numpy() for w in detector.normalization.weights
    ]


def test_a_generator_is_read_once_and_loses_no_batch(digits):
    taken = []

    def batches():
        for start in range(0, 12, 4):
            taken.append(start)
            yield digits["train"][start : start + 4]

    detector = fresh()
    detector.fit(batches(), epochs=1, **QUIET)  # its end is no warning
    assert taken == [0, 4, 8]
    assert int(detector.optimizer.iterations) == 3
    assert int(detector.normalization.num_updates.numpy()) == 3


def test_the_loss_is_eq_4_by_hand(digits):
    images = digits["train"][:16]
    detector = fresh(latent_noise=0.0, count_weight=1e-3)
    observation = detector.observe(images)
    loss, values, _ = detector.compute_loss(observation, training=True)
    scores = detector.paper_scores(observation, values)
    outputs = detector.predict(images, verbose=0)
    s = 0.5 * outputs["reconstruction_error"] + 0.5 / (
        1 + np.exp(-outputs["novelty_score"])
    )
    np.testing.assert_allclose(scores, s, rtol=1e-5)
    regularized = (s - s.min()) / (s.max() - s.min())
    kernels = [w for w in detector.novelty_term.get_weights() if w.ndim == 2]
    count = sum(np.sum(np.abs(kernel) >= 1e-10) for kernel in kernels)
    assert float(loss) == pytest.approx(regularized.mean() - 1e-3 * count, rel=1e-4)


@pytest.mark.slow
def test_statistics_move_in_training_only(small, digits):
    def statistics():
        return [w.numpy().copy() for w in small.normalization.weights]

    def same(before):
        return all(
            np.array_equal(one, other)
            for one, other in zip(before, statistics(), strict=True)
        )

    before = statistics()
    small.predict(digits["train"][:8], verbose=0)
    small.evaluate(digits["train"][:8], verbose=0)
    small(digits["train"][:8], training=True)
    small.calibrate(digits["calibration"], target_fpr=0.1)
    assert same(before)
    small.fit(digits["train"][:8], epochs=1, **QUIET)
    assert not same(before)


@pytest.mark.slow
def test_running_moments_are_of_images_without_noise(digits):
    images = digits["train"][:STATISTICS_IMAGES]
    detector = fresh(latent_noise=5.0)
    detector.compile(keras.optimizers.SGD(0.0))  # nothing moves
    detector.fit(images, epochs=1, batch_size=len(images), **QUIET)
    running = detector.normalization.term_mean.numpy()
    detector.adapt(images, verbose=0)
    np.testing.assert_allclose(
        running, detector.normalization.term_mean.numpy(), rtol=1e-4
    )


def test_adapt_is_exact_whatever_the_batches(trained, digits):
    detector = keras.models.clone_model(trained)
    detector.set_weights(trained.get_weights())
    images = digits["train"]
    detector.adapt(images, batch_size=7, verbose=0)
    values = detector.predict(images, verbose=0)
    expected = np.stack(
        [
            np.log(values["reconstruction_error"]),
            values["novelty_score"],
            np.log(values["reencoding_error"]),
        ],
        axis=1,
    )
    normalization = detector.normalization
    np.testing.assert_allclose(
        normalization.term_mean.numpy(), expected.mean(axis=0), rtol=1e-4
    )
    np.testing.assert_allclose(
        normalization.term_variance.numpy(), expected.var(axis=0), rtol=1e-3
    )
    s = 0.5 * values["reconstruction_error"] + 0.5 / (
        1 + np.exp(-values["novelty_score"])
    )
    full = s[: len(s) // 7 * 7].reshape(-1, 7)
    np.testing.assert_allclose(
        normalization.score_max.numpy(), full.max(axis=1).mean(), rtol=1e-4
    )


def test_calibrate_moves_nothing_but_the_calibration(small, digits):
    before = small.get_weights()
    calibration = {id(w) for w in small.calibration.weights}
    threshold = small.calibrate(digits["calibration"], target_fpr=0.1)
    for weight, old in zip(small.weights, before, strict=True):
        if id(weight) not in calibration:
            np.testing.assert_array_equal(weight.numpy(), old)
    scores = small.predict(digits["calibration"], verbose=0)["score"]
    assert threshold == np.sort(scores)[-4]  # floor(0.1 * 41) = 4
    assert small.target_fpr == 0.1
    assert small.is_calibrated


def test_too_few_calibration_images_are_refused(small, digits):
    with pytest.raises(ValueError, match="needs 99 held-out.*Received: 40"):
        small.calibrate(digits["calibration"], target_fpr=0.01)
    assert not small.is_calibrated


def test_a_loss_of_the_users_is_refused(small):
    with pytest.raises(ValueError, match="is its own"):
        small.compile(loss="mse")


def test_fit_without_epochs_follows_the_recipe(digits):
    detector = fresh(recipe={"epochs": 3, "batch_size": 16})
    history = detector.fit(digits["train"][:32], **QUIET)
    assert len(history.epoch) == 3
    assert int(detector.optimizer.iterations) == 6
    assert detector.recipe["learning_rate"] == 2e-3  # the rest is the preset's


def test_unknown_preset_is_named_beside_the_known():
    with pytest.raises(ValueError, match="mnist_paper.*'minst'"):
        NoveltyDetector.from_preset("minst")


@pytest.mark.parametrize("preset", sorted(NoveltyDetector.presets()))
def test_every_preset_builds_and_scores(preset):
    detector = NoveltyDetector.from_preset(preset)
    images = np.zeros((2, *detector.image_shape), "uint8")
    assert np.all(np.isfinite(detector(images)["score"]))
    assert (detector.combination == "paper") == ("_paper" in preset)
    assert ("transformation_error" in detector.term_names) == ("_plus" in preset)
    assert detector.preset == preset
