import keras
import numpy as np
import pytest

from keras_novnorm import terms
from keras_novnorm.terms import NoveltyScore, Observation, Term
from tests.contracts import assert_term_contract


@pytest.mark.parametrize(
    "name", ["reconstruction_error", "novelty_score", "reencoding_error"]
)
def test_contract(name, trained, digits):
    term = trained.terms[trained.term_names.index(name)]
    images = digits["test_normal"][:5] / np.float32(255)
    assert_term_contract(term, trained, images)


def observe(images, reconstructions, latents, encoder=None):
    return Observation(images, latents, reconstructions, encoder, None)


def test_reconstruction_error_eq_1_by_hand():
    images = np.zeros((2, 2, 2, 1), "float32")
    reconstructions = np.array([[0, 0, 0, 0.4], [1, 1, 0, 0]], "float32")
    reconstructions = reconstructions.reshape(2, 2, 2, 1)
    term = terms.get("reconstruction_error")
    values = term(observation=observe(images, reconstructions, None))
    # 0.16 / 4 and 2 / 4
    np.testing.assert_allclose(values, [0.04, 0.5], rtol=1e-6)


@pytest.mark.parametrize("scale_latents", [False, True])
def test_novelty_score_eq_2_by_hand(scale_latents):
    term = NoveltyScore((3,), negative_slope=0.1, scale_latents=scale_latents)
    term.build((None, 4))
    rng = np.random.default_rng(0)
    term.set_weights([rng.normal(size=w.shape) for w in term.get_weights()])
    first, first_bias, second, second_bias = term.get_weights()
    latents = rng.normal(size=(5, 4)).astype("float32")
    x = latents
    if scale_latents:
        x = x / np.linalg.norm(x, axis=1, keepdims=True) * np.sqrt(4)
    hidden = x @ first + first_bias
    hidden = np.where(hidden > 0, hidden, 0.1 * hidden)
    logits = (hidden @ second + second_bias)[:, 0]
    values = term(observation=observe(None, None, latents))
    np.testing.assert_allclose(values, logits, rtol=1e-4)
    np.testing.assert_allclose(
        term.to_paper(values), 1 / (1 + np.exp(-logits)), rtol=1e-4
    )


def test_scaled_latents_make_the_score_blind_to_length():
    term = NoveltyScore()
    term.build((None, 8))
    latents = np.random.default_rng(0).normal(size=(3, 8)).astype("float32")
    near = term(observation=observe(None, None, latents))
    far = term(observation=observe(None, None, 100 * latents))
    np.testing.assert_allclose(near, far, rtol=1e-4, atol=1e-6)


def test_count_is_over_all_kernels():
    term = NoveltyScore((3, 2))
    term.build((None, 4))
    assert float(term.count()) == 4 * 3 + 3 * 2 + 2 * 1


def test_reencoding_error_by_hand():
    encoder = keras.Sequential([keras.Input((1, 2, 1)), keras.layers.Flatten()])
    latents = np.array([[1.0, 2.0]], "float32")
    reconstructions = np.array([[4.0, -2.0]], "float32").reshape(1, 1, 2, 1)
    term = terms.get("reencoding_error")
    values = term(observation=observe(None, reconstructions, latents, encoder))
    np.testing.assert_allclose(values, [9.0 + 16.0])


def test_errors_are_normalised_after_their_logarithm():
    values = np.array([1e-4, 1e-2], "float32")
    error, novelty = terms.get("reconstruction_error"), terms.get("novelty_score")
    np.testing.assert_allclose(error.to_normalizable(values), np.log(values), rtol=1e-5)
    np.testing.assert_array_equal(novelty.to_normalizable(values), values)
    assert np.isfinite(error.to_normalizable(np.zeros(1, "float32")))


def test_a_term_without_call_says_what_is_missing():
    with pytest.raises(TypeError, match=r"defines no `call"):
        Term("mine").call(None)


def test_unknown_term_is_named_beside_the_known():
    with pytest.raises(ValueError, match="novelty_score.*'nope'"):
        terms.get("nope")
