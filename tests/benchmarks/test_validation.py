import numpy as np
import pytest

from benchmarks.validation import parse_settings, subset_scores


def test_settings_are_json_by_name():
    words = [
        "latent_noise=0.1",
        "recipe.epochs=3",
        'terms=["a"]',
        "network.filters=[4]",
    ]
    assert parse_settings(words) == {
        "latent_noise": 0.1,
        "recipe": {"epochs": 3},
        "terms": ["a"],
        "network": {"filters": [4]},
    }


def test_all_terms_together_are_the_detectors_own_score(trained, digits):
    outputs = trained.predict(digits["test_normal"], verbose=0)
    scores = subset_scores(trained, outputs)
    assert len(scores) == 1 + 3 + 2 * 4  # the score, each term, two sums of each set
    together = scores["lse:R+N+W"] - np.log(3)  # equal weights
    np.testing.assert_allclose(together, outputs["score"], rtol=1e-3, atol=1e-4)
    pair = np.mean([scores["R"], scores["W"]], axis=0)
    np.testing.assert_allclose(scores["mean:R+W"], pair)


@pytest.mark.parametrize("word", ["latent_noise", "combination=mean"])
def test_a_setting_that_is_no_json_is_named(word):
    with pytest.raises(ValueError, match=f"Received: {word}"):
        parse_settings([word])
