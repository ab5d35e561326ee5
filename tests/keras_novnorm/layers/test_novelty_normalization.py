import numpy as np
import pytest
import tensorflow as tf

from keras_novnorm.layers import NoveltyNormalization
from tests.contracts import assert_layer_contract


def built(**arguments):
    layer = NoveltyNormalization(**arguments)
    layer.build()
    return layer


def test_contract():
    assert_layer_contract(built(num_terms=2), np.array([0.3, 0.1], "float32"))


def test_training_uses_the_extremes_of_the_batch_eq_6():
    scores = np.array([0.2, 0.6, 0.3], "float32")
    np.testing.assert_allclose(
        built()(scores, training=True), [0.0, 1.0, 0.25], rtol=1e-5
    )


def test_inference_uses_kept_extremes_and_clips_nothing():
    layer = built()
    layer.update_extremes(0.2, 0.6)
    values = layer(np.array([1.0, 1.4, 0.1], "float32"))
    np.testing.assert_allclose(values, [2.0, 3.0, -0.25], rtol=1e-5)
    # One image alone, or among others: the same.
    np.testing.assert_allclose(layer(np.array([1.4], "float32")), [3.0], rtol=1e-5)


def test_averages_are_not_pulled_towards_a_starting_value():
    layer = built()
    layer.update_extremes(0.0, 1.0)
    assert (float(layer.score_min), float(layer.score_max)) == (0.0, 1.0)
    layer.update_extremes(0.2, 0.6)
    np.testing.assert_allclose(
        [float(layer.score_min), float(layer.score_max)], [0.1, 0.8], rtol=1e-6
    )
    assert int(layer.num_updates) == 2


@pytest.mark.parametrize("scores", [[0.3], [0.3, 0.3, 0.3]])
@pytest.mark.parametrize("mode", ["hold", "flow"])
def test_degenerate_batch_is_finite_with_a_finite_gradient(scores, mode):
    layer = built(gradient=mode)
    scores = tf.constant(scores)
    with tf.GradientTape() as tape:
        tape.watch(scores)
        value = tf.reduce_mean(layer(scores, training=True))
    assert np.isfinite(float(value))
    assert np.all(np.isfinite(tape.gradient(value, scores)))


def test_held_gradient_is_that_of_a_constant_scale():
    scores = tf.constant([0.2, 0.6, 0.3])

    def gradient(mode):
        layer = built(gradient=mode)
        with tf.GradientTape() as tape:
            tape.watch(scores)
            value = tf.reduce_sum(layer(scores, training=True))
        return tape.gradient(value, scores).numpy()

    np.testing.assert_allclose(gradient("hold"), [2.5, 2.5, 2.5], rtol=1e-5)
    # By hand: the middle one moves by 1/0.4; the ends absorb it.
    np.testing.assert_allclose(gradient("flow").sum(), 0.0, atol=1e-5)
    np.testing.assert_allclose(gradient("flow")[2], 2.5, rtol=1e-5)


def test_running_moments_start_as_plain_averages():
    layer = built(num_terms=2, momentum=0.5)
    layer.update_terms(np.array([1.0, 2.0]), np.array([4.0, 1.0]))
    np.testing.assert_allclose(layer.term_mean, [1.0, 2.0])
    np.testing.assert_allclose(layer.term_variance, [4.0, 1.0])
    layer.update_terms(np.array([3.0, 2.0]), np.array([4.0, 3.0]))
    np.testing.assert_allclose(layer.term_mean, [2.0, 2.0])
    # Of the two halves together: 4 within and 1 between; 2 within.
    np.testing.assert_allclose(layer.term_variance, [5.0, 2.0])


def test_standardize_by_hand():
    layer = built(num_terms=2)
    layer.set_statistics(0.0, 1.0, 1, [1.0, 5.0], [4.0, 0.0])
    # A term that never varied has no scale: it is only shifted.
    np.testing.assert_allclose(layer.standardize([[5.0, 5.5]]), [[2.0, 0.5]])


def test_unknown_gradient_is_named():
    with pytest.raises(ValueError, match="'up'"):
        NoveltyNormalization(gradient="up")


def test_plain_average_of_extremes_or_exponential():
    plain, exponential = built(), built(extremes_momentum=0.5)
    for low, high in ((0.0, 1.0), (1.0, 2.0), (2.0, 3.0), (6.0, 9.0)):
        plain.update_extremes(low, high)
        exponential.update_extremes(low, high)
    np.testing.assert_allclose([plain.score_min, plain.score_max], [2.25, 3.75])
    # The first two are averaged: 0.5, then 1.25, then 3.625.
    np.testing.assert_allclose(exponential.score_min, 3.625)
    assert_layer_contract(exponential, np.array([0.3, 0.1], "float32"))


@pytest.mark.parametrize("name", ["momentum", "extremes_momentum"])
def test_a_momentum_out_of_range_is_refused(name):
    with pytest.raises(ValueError, match=f"`{name}`.*Got: 1.0"):
        NoveltyNormalization(**{name: 1.0})


def test_a_deviation_is_not_below_what_rounding_moves():
    layer = NoveltyNormalization(3)
    layer.build()
    layer.set_statistics(
        0.0, 1.0, 1, [-11.0, 2.0, 0.0], [1e-8, 4.0, 0.0], [2e-6, 2e-6, 0.0]
    )
    np.testing.assert_allclose(layer.deviations(), [0.02, 2.0, 1.0], rtol=1e-5)
    values = np.array([[-11.0, 4.0, 3.0], [-10.98, 2.0, 0.0]], "float32")
    expected = [[0.0, 1.0, 3.0], [1.0, 0.0, 0.0]]
    np.testing.assert_allclose(layer.standardize(values), expected, atol=1e-4)


def test_values_that_are_rounding_alone_are_equal():
    layer = NoveltyNormalization(1)
    layer.build()
    layer.set_statistics(0.0, 1.0, 1, [-13.0], [1.0], [1e-6], [-13.0])
    values = np.array([[-32.2], [-29.0], [-13.0], [-3.0]], "float32")
    np.testing.assert_allclose(
        layer.standardize(values)[:, 0], [0, 0, 0, 10], atol=1e-5
    )


def test_running_limits_are_averages_that_begin_with_the_first_batch():
    layer = NoveltyNormalization(1)
    layer.build()
    layer.update_terms([1.0], [1.0], [2e-6], [-12.0])
    np.testing.assert_allclose(layer.term_smallest, [-12.0])
    layer.update_terms([1.0], [1.0], [4e-6], [-14.0])
    np.testing.assert_allclose(layer.term_rounding, [3e-6])
    np.testing.assert_allclose(layer.term_smallest, [-13.0])


def test_weights_of_before_have_no_floor():
    layer = NoveltyNormalization(2)
    layer.build()
    layer.update_terms([1.0, 2.0], [4.0, 1e-10], [1e-6, 1e-6], [-1.0, -2.0])
    stored = {}
    layer.save_own_variables(stored)
    again = NoveltyNormalization(2)
    again.build()
    again.load_own_variables(stored)
    np.testing.assert_array_equal(again.term_rounding, layer.term_rounding)
    before = NoveltyNormalization(2)
    before.build()
    before.load_own_variables({key: stored[key] for key in "012345"})
    np.testing.assert_array_equal(before.term_mean, [1.0, 2.0])
    np.testing.assert_array_equal(before.term_rounding, [0.0, 0.0])
    np.testing.assert_allclose(before.deviations(), [2.0, 1e-5])
