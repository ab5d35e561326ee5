import numpy as np

from keras_novnorm.backbones import TransformationEncoder
from keras_novnorm.terms import Observation, TransformationError
from tests.contracts import assert_config_round_trip


class Probe:
    """An encoder whose feature is the pixel at the top left."""

    output_shape = (None, 1)

    def __call__(self, images, training=False):
        return images[:, 0, 0, :]


def observe(images, encoder=None, training=False):
    return Observation(images, None, None, encoder, None, training)


def test_cross_entropy_of_four_turns_by_hand():
    images = np.array([[1.0, 2.0], [3.0, 4.0]], "float32").reshape(1, 2, 2, 1)
    term = TransformationError()
    term.build((None, 1))
    rng = np.random.default_rng(0)
    kernel, bias = rng.normal(size=(1, 4)), rng.normal(size=4)
    term.head.set_weights([kernel, bias])
    # The corner that a counter-clockwise turn brings to the top left.
    corners = np.array([1.0, 2.0, 4.0, 3.0])
    logits = corners[:, None] * kernel + bias
    chances = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    expected = -np.log(chances[np.arange(4), np.arange(4)]).sum()
    observation = observe(images, Probe())
    values = term(observation=observation)
    np.testing.assert_allclose(values, [expected], rtol=1e-4)
    np.testing.assert_allclose(
        term.training_loss(observation, values), [expected / 4], rtol=1e-4
    )


def test_guesses_that_are_right_cost_nothing():
    images = np.array([[1.0, 2.0], [3.0, 4.0]], "float32").reshape(1, 2, 2, 1)
    term = TransformationError()
    term.build((None, 1))
    # Turns have corners 1, 2, 4, 3: logits c (x - c / 2) are largest where c = x.
    corners = np.array([1.0, 2.0, 4.0, 3.0])
    term.head.set_weights([100 * corners[None], -100 * corners**2 / 2])
    assert float(term(observation=observe(images, Probe()))[0]) < 1e-6


def test_certainty_beyond_float32_is_no_outlier():
    term = TransformationError()
    certain, nearly = term.to_normalizable(np.array([0.0, 1e-6], "float32"))
    assert float(nearly - certain) < 1.0


def own():
    term = TransformationError(
        TransformationEncoder((8, 8, 1), (4, 6)), shift=1, flip=False
    )
    term.build((None, 5))
    return term


def test_an_encoder_of_its_own_leaves_the_detectors_alone():
    images = np.random.default_rng(0).random((3, 8, 8, 1), "float32")
    values = own()(observation=observe(images, encoder="never called"))
    assert values.shape == (3,) and np.all(np.asarray(values) > 0)


def test_batch_statistics_move_in_training_only():
    images = np.random.default_rng(0).random((3, 8, 8, 1), "float32")
    term = own()
    before = [w.copy() for w in term.encoder.get_weights()]
    term(observation=observe(images))
    for one, other in zip(before, term.encoder.get_weights(), strict=True):
        np.testing.assert_array_equal(one, other)
    term(observation=observe(images, training=True))
    moved = [
        not np.array_equal(one, other)
        for one, other in zip(before, term.encoder.get_weights(), strict=True)
    ]
    assert sum(moved) == 4  # mean and variance of two normalizations


def test_configuration():
    again = assert_config_round_trip(own())
    assert again.encoder.filters == (4, 6) and (again.shift, again.flip) == (1, False)
    assert assert_config_round_trip(TransformationError()).encoder is None
