"""Methods that learn in one pass: from few pictures, of odd sizes, of strangers."""

import os

import keras
import numpy as np
import pytest

from keras_novnorm import CalibrationWarning, FewNormalsWarning, load_detector
from keras_novnorm.detectors import registry

METHODS = ("pca", "nearest_neighbours")


def fitted(name, images, **arguments):
    detector = registry.from_preset(name, image_shape=images.shape[1:], **arguments)
    detector.fit(images, verbose=0)
    return detector


@pytest.mark.parametrize("name", METHODS)
@pytest.mark.parametrize("number", [1, 2, 3, 4, 6, 9])
def test_new_normals_are_ordinary_after_few(name, number, digits):
    images = digits["train"][:number]
    if number < 3:
        with pytest.warns(FewNormalsWarning, match="fewer than 3.* is a guess") as said:
            detector = fitted(name, images)
        (own,) = [one for one in said if one.category is FewNormalsWarning]
        assert os.path.samefile(own.filename, __file__)
    else:
        detector = fitted(name, images)
    scores = detector.predict(digits["train"][10:], verbose=0)["score"]
    assert np.all(np.isfinite(scores)) and abs(np.median(scores)) < 4


def test_a_sketch_of_an_earlier_fit_does_not_warn(digits):
    detector = fitted("pca", digits["train"])
    detector.fit(digits["test_normal"], verbose=0)
    detector.calibrate(digits["train"], target_fpr=0.1)
    with pytest.warns(CalibrationWarning, match="trained on"):
        detector.calibrate(digits["test_normal"], target_fpr=0.1)


def test_pca_of_few_pixels_sees(digits):
    def small(images):
        return images.reshape(-1, 4, 2, 4, 2, 1).mean(axis=(2, 4)).astype("uint8")

    detector = fitted("pca", small(digits["train"]))
    facts = detector.describe()["facts"]
    assert facts == {"components": 32, "used components": 8}
    normal, novel = (
        detector.predict(small(digits[name]), verbose=0)["score"]
        for name in ("test_normal", "test_novel")
    )
    assert abs(np.median(normal)) < 2 and np.median(novel) > np.median(normal) + 1


def test_a_memory_has_room_for_what_it_is_worth(digits, tmp_path):
    def capacity(*image_shape, **arguments):
        detector = registry.from_preset(
            "nearest_neighbours", image_shape=image_shape, **arguments
        )
        assert detector.get_config()["capacity"] == detector.capacity
        assert detector.memory.shape[0] == detector.capacity
        return detector.capacity

    assert capacity(8, 8, 1) == 1024 and capacity(128, 128, 3) == 341
    assert capacity(256, 256, 3) == 85 and capacity(256, 256, 3, capacity=9) == 9
    assert capacity(4096, 4096, 1, neighbours=1) == 2
    sample = fitted("nearest_neighbours", digits["train"], capacity=40)
    facts = sample.describe()["facts"]
    assert (facts["kept images"], facts["room for images"]) == (40, 40)
    assert abs(np.median(sample.predict(digits["test_normal"])["score"])) < 2


def test_a_file_holds_no_empty_memory(digits, tmp_path):
    large = np.random.default_rng(0).integers(0, 256, (5, 64, 64, 3), dtype=np.uint8)
    detector = fitted("nearest_neighbours", large)
    detector.save(tmp_path / "few.keras")
    assert (tmp_path / "few.keras").stat().st_size < 2e6
    again = load_detector(tmp_path / "few.keras")
    for one, other in zip(detector.get_weights(), again.get_weights(), strict=True):
        np.testing.assert_array_equal(one, other)
    # As files of before: the whole memory.
    detector.memory.assign(np.zeros(detector.memory.shape))
    store = {}
    super(type(detector), again).save_own_variables(store)
    detector.load_own_variables({k: np.asarray(v) for k, v in store.items()})
    np.testing.assert_array_equal(detector.memory.numpy(), again.memory.numpy())


@pytest.mark.parametrize("name", METHODS)
@pytest.mark.parametrize("stranger", ["negative", "another", "noise"])
def test_a_stranger_among_the_normals_ranks_first(name, stranger, digits):
    strangers = {
        "negative": 255 - digits["train"][:1],
        "another": digits["test_novel"][:1],
        "noise": np.random.default_rng(0).integers(
            0, 256, (1, 8, 8, 1), dtype=np.uint8
        ),
    }
    images = np.concatenate([digits["train"][:95], strangers[stranger]])
    detector = fitted(name, images)
    scores = np.asarray(detector.score_trained(images)["score"])
    assert np.argmax(scores) == 95
    assert abs(np.median(scores)) < 1  # as of new ones, to which scores are brought


def test_exact_copies_are_no_strangers(digits):
    images = np.concatenate([digits["train"][:30], digits["train"][:5]])
    for arguments in ({}, {"neighbours": 3}, {"neighbours": 40, "capacity": 40}):
        detector = fitted("nearest_neighbours", images, **arguments)
        measured = np.asarray(detector.score_trained(images)["neighbour_distance"])
        assert np.all(np.isfinite(measured))
    single = fitted("nearest_neighbours", images)
    measured = np.asarray(single.score_trained(images)["neighbour_distance"])
    np.testing.assert_allclose(measured[:5], 0.0, atol=1e-7)
    assert measured[5:30].min() > 0


def test_callbacks_and_steps_of_evaluate(digits):
    detector = fitted("pca", digits["train"])
    told = []
    callback = keras.callbacks.LambdaCallback()
    callback.on_test_begin = lambda logs=None: told.append("begin")
    callback.on_test_end = lambda logs=None: told.append(sorted(logs))
    one = detector.evaluate(
        digits["test_novel"], batch_size=8, steps=1, callbacks=[callback], verbose=0
    )
    assert told == ["begin", ["loss"]]
    assert one == pytest.approx(detector.evaluate(digits["test_novel"][:8], verbose=0))
