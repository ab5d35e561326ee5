"""A detector that is pickled is a whole one."""

import pickle

import numpy as np


def test_a_pickled_detector_keeps_threshold_and_scores(trained, digits):
    again = pickle.loads(pickle.dumps(trained))
    assert again.threshold == trained.threshold
    images = digits["test_novel"][:5]
    expected = trained.predict(images, verbose=0)
    for name, values in again.predict(images, verbose=0).items():
        np.testing.assert_allclose(values, expected[name], rtol=1e-5, err_msg=name)
