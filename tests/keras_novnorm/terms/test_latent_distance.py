import numpy as np
import pytest

from keras_novnorm.terms import LatentDistance, Observation
from tests.contracts import assert_config_round_trip


def observe(latents):
    return Observation(None, latents, None, None, None)


def built(**arguments):
    term = LatentDistance(**arguments)
    term.build((None, 3))
    return term


def cloud(count=400):
    rng = np.random.default_rng(0)
    mix = np.array([[2.0, 0.0, 0.0], [1.0, 0.5, 0.0], [0.0, 0.3, 0.1]])
    return (rng.normal(size=(count, 3)) @ mix.T + [1.0, -2.0, 3.0]).astype("float32")


def test_distance_by_hand():
    latents = cloud()
    term = built(shrinkage=1e-3)
    term.fit_state(latents)
    covariance = np.cov(latents.T, bias=True)
    covariance += 1e-3 * np.trace(covariance) / 3 * np.eye(3)
    centred = latents - latents.mean(axis=0)
    expected = np.einsum("bi,ij,bj->b", centred, np.linalg.inv(covariance), centred)
    values = term(observation=observe(latents))
    np.testing.assert_allclose(values, expected, rtol=1e-3)


def test_plain_averages_first_so_that_one_batch_is_exact():
    latents = cloud()
    running, exact = built(), built()
    running.update_state(latents)
    exact.fit_state(latents)
    for one, other in zip(running.get_weights(), exact.get_weights(), strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-4, atol=1e-5)


def test_batches_of_one_size_add_up_to_the_whole():
    latents = cloud()
    running, exact = built(), built()
    for batch in np.split(latents, 8):
        running.update_state(batch)
    exact.fit_state(latents)
    mean, covariance, _ = running.get_weights()
    np.testing.assert_allclose(mean, exact.get_weights()[0], rtol=1e-4)
    np.testing.assert_allclose(covariance, exact.get_weights()[1], rtol=1e-3, atol=1e-4)


def test_it_forgets_after_many_batches():
    term = built(momentum=0.5)
    for offset in (0.0, 100.0, 100.0, 100.0, 100.0, 100.0, 100.0, 100.0):
        term.update_state(cloud(50) + np.float32(offset))
    assert abs(term.latent_mean.numpy()[0] - 101.0) < 2.0


def test_a_dead_latent_does_not_decide_alone():
    latents = cloud()
    latents[:, 2] = 0.0
    term = built()
    term.fit_state(latents)
    moved = latents[:1] + np.array([[0.0, 0.0, 0.01]], "float32")
    near, far = (float(term(observation=observe(x))[0]) for x in (latents[:1], moved))
    assert np.isfinite(far) and far < near + 1.0


def test_one_latent_scores_alike_alone_and_in_a_batch():
    latents = cloud()
    term = built()
    term.fit_state(latents)
    together = np.asarray(term(observation=observe(latents[:7])))
    alone = [float(term(observation=observe(z[None]))[0]) for z in latents[:7]]
    np.testing.assert_allclose(together, alone, rtol=1e-5)


def test_a_diverged_training_shows_as_nan_and_stops_nothing():
    term = built()
    term.update_state(np.full((4, 3), np.nan, "float32"))
    assert np.all(np.isnan(term(observation=observe(cloud(5)))))


@pytest.mark.parametrize(
    ("name", "value"), [("shrinkage", 0.0), ("momentum", 1.0), ("momentum", -0.5)]
)
def test_arguments_out_of_range_are_named(name, value):
    with pytest.raises(ValueError, match=f"`{name}` .*Received: {value}"):
        LatentDistance(**{name: value})


def test_configuration():
    assert_config_round_trip(built(shrinkage=0.1, momentum=0.9))
