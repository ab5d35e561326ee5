"""What `fit` of every method must satisfy: the contract of detectors, continued."""

import functools
import warnings

import numpy as np
import pytest
import tensorflow as tf

from keras_novnorm import CollapseWarning
from tests.detector_contract import new_detector


def assert_learning(name, digits):
    """Weights and arguments of `fit` count, and what it learns it forgets."""
    normals, others = digits["train"][:20], digits["test_novel"][:10]
    both = np.concatenate([normals, others])
    detector = new_detector(name)
    detector.compile()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", CollapseWarning)
        fit = functools.partial(detector.fit, epochs=1, verbose=0)
        fit(both, sample_weight=np.repeat([1.0, 0.0], [20, 10]))
        assert _num_known(detector, normals) == 20 and not _num_known(detector, others)
        with pytest.raises(TypeError, match="bogus"):
            fit(normals, bogus=3)
        losses = detector.evaluate(normals, verbose=0, return_dict=True)
        assert np.isfinite(losses["loss"])
        if detector.IS_ESTIMATED:
            _assert_learns_anew(detector, normals, others)
    found = detector.score_trained(normals)
    assert tuple(found) == detector.output_names
    assert np.all(np.isfinite(np.asarray(found["score"])))
    if detector.can_reconstruct:
        broken = normals[:3].astype("float32") / 255
        broken[1, 3, 3] = np.nan
        rebuilt = np.isnan(np.asarray(detector.reconstruct(broken)))
        assert rebuilt.all(axis=(1, 2, 3)).tolist() == [False, True, False]
        assert not rebuilt[[0, 2]].any()
    for shape in ((16, 16), 16, (16, 16, 0)):
        with pytest.raises(ValueError, match="be .height, width, channels."):
            new_detector(name, image_shape=shape)


def _assert_learns_anew(detector, normals, others):
    weights = np.repeat([3.0, 0.0], [20, 10])
    both = np.concatenate([normals, others])
    given = [
        detector.fit(both, sample_weight=weights, verbose=0),
        detector.get_weights(),
    ]
    data = tf.data.Dataset.from_tensor_slices((both, np.zeros(30), weights)).batch(30)
    read = [detector.fit(data, verbose=0), detector.get_weights()]
    assert given[0].history == read[0].history
    for one, other in zip(given[1], read[1], strict=True):
        np.testing.assert_array_equal(one, other)
    with pytest.raises(ValueError, match="one number for each of 20"):
        detector.fit(normals, sample_weight=weights, verbose=0)
    before = detector.get_weights()
    broken = others.astype("float32") / 255
    broken[3, 2, 2] = np.nan
    with pytest.raises(ValueError, match="NaN or infinite"):
        detector.fit(broken, verbose=0)
    for one, other in zip(before, detector.get_weights(), strict=True):
        np.testing.assert_array_equal(one, other)
    detector.fit(others, verbose=0)
    assert _num_known(detector, others) == 10 and not _num_known(detector, normals)
    detector.adapt(normals, verbose=0)
    assert _num_known(detector, normals) == 20 and not _num_known(detector, others)
    never_compiled = new_detector(detector.METHOD)
    never_compiled.set_weights(detector.get_weights())
    measure = detector.predict(others, verbose=0)[detector.MEASURES[0]].mean()
    for one in (detector, never_compiled):
        assert one.evaluate(others, verbose=0) == pytest.approx(measure, rel=1e-3)
    with pytest.raises(ValueError, match="all normals in one pass.*use `fit`"):
        detector.train_on_batch(normals)


def _num_known(detector, images):
    hashes = np.asarray(detector.hash_pictures(images))
    return detector.training_sketch.count_known(hashes)[0]
