"""Pictures that any autoencoder can draw: plain ones, noise, the negative."""

import numpy as np
import pytest


@pytest.fixture(scope="module")
def plain(digits):
    negative = 255 - digits["test_normal"][:1]
    noise = np.random.default_rng(0).integers(0, 256, (1, 8, 8, 1), dtype=np.uint8)
    black, grey, white = (
        np.full((1, 8, 8, 1), level, "uint8") for level in (0, 128, 255)
    )
    return np.concatenate([black, grey, white, noise, negative])


def test_pictures_that_are_easily_drawn_are_novel(trained, plain):
    outputs = trained.predict(plain, verbose=0)
    assert trained.target_fpr == 0.05
    assert outputs["is_novel"].tolist() == [True] * 5
