import numpy as np
import pytest

from keras_novnorm import NoveltyDetector
from keras_novnorm.metrics import auroc
from keras_novnorm.terms import Observation, SubspaceError
from tests.contracts import assert_term_contract


def observe(images):
    return Observation(images, None, None, None, None)


def pictures(count, seed, rank=4, size=8):
    draw = np.random.default_rng(seed)
    basis = np.random.default_rng(9).normal(size=(rank, size * size)) / size
    flat = 0.5 + draw.normal(size=(count, rank)) @ basis * 0.1
    flat = flat + draw.normal(0, 0.01, flat.shape)
    return np.clip(flat, 0, 1).reshape(count, size, size, 1).astype("float32")


@pytest.fixture(scope="module")
def term():
    term = SubspaceError(components=4, size=8)
    term.build((None, 2))
    term.fit_state(np.asarray(term.statistics(observe(pictures(60, seed=0)))))
    return term


def test_value_is_what_the_components_leave(term):
    images = pictures(5, seed=1)
    train = pictures(60, seed=0).reshape(60, -1)
    _, _, rows = np.linalg.svd(train - train.mean(0), full_matrices=False)
    centred = images.reshape(5, -1) - train.mean(0)
    rest = centred - centred @ rows[:4].T @ rows[:4]
    expected = np.square(rest).mean(axis=1)
    np.testing.assert_allclose(term(observation=observe(images)), expected, rtol=1e-2)


def test_other_pictures_leave_more(term):
    normal, novel = pictures(40, seed=2), pictures(40, seed=3)
    novel[:, 2:5, 2:5] += 0.1
    values = np.asarray(term(observation=observe(np.concatenate([normal, novel]))))
    assert auroc([0] * 40 + [1] * 40, values) > 0.95


def test_moments_are_those_of_pictures_that_were_left_out(term):
    mean, variance = term.normal_moments()
    seen = np.log(np.asarray(term(observation=observe(pictures(60, seed=0)))))
    unseen = np.log(np.asarray(term(observation=observe(pictures(400, seed=5)))))
    assert abs(mean - unseen.mean()) < 0.1 < abs(mean - seen.mean()) + 0.1
    assert mean > seen.mean()
    assert variance == pytest.approx(unseen.var(), rel=0.6)


def test_a_detector_normalises_by_them(digits):
    detector = NoveltyDetector.from_preset(
        "digits", terms=["reconstruction_error", SubspaceError(40, 8)]
    )
    detector.adapt(digits["train"], verbose=0)
    own = detector.terms[1].normal_moments()
    assert float(detector.normalization.term_mean[1]) == pytest.approx(own[0])
    assert float(detector.normalization.term_variance[1]) == pytest.approx(own[1])
    assert_term_contract(
        detector.terms[1], detector, digits["test_normal"][:3].astype("float32") / 255
    )


def test_few_pictures_have_few_components():
    term = SubspaceError(components=50, size=8)
    term.build((None, 2))
    term.fit_state(np.asarray(term.statistics(observe(pictures(2, seed=0)))))
    assert term.normal_moments() is None
    term.fit_state(np.asarray(term.statistics(observe(pictures(3, seed=0)))))
    assert all(np.isfinite(term.normal_moments()))
    assert np.isfinite(np.asarray(term(observation=observe(pictures(2, seed=1))))).all()


@pytest.mark.parametrize("arguments", [{"components": 0}, {"size": 0}])
def test_numbers_are_checked(arguments):
    with pytest.raises(ValueError, match="must be 1 or more"):
        SubspaceError(**arguments)
