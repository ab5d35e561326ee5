"""What a score is: the same alone, among others, and by every door in Python."""

import numpy as np
import pytest

from keras_novnorm import NoveltyDetector

OUTPUTS = {
    "score",
    "normalized_score",
    "reconstruction_error",
    "novelty_score",
    "reencoding_error",
    "p_value",
    "threshold",
    "is_novel",
}


def test_outputs_are_named_and_of_one_value_an_image(trained, digits):
    outputs = trained.predict(digits["test_novel"][:7], verbose=0)
    assert set(outputs) == OUTPUTS
    assert all(value.shape == (7,) for value in outputs.values())
    assert outputs["is_novel"].dtype == bool
    assert all(
        value.dtype == np.float32
        for name, value in outputs.items()
        if name != "is_novel"
    )


def test_novel_images_score_higher(trained, digits):
    normal = trained.predict(digits["test_normal"], verbose=0)["score"]
    novel = trained.predict(digits["test_novel"], verbose=0)["score"]
    assert np.mean(novel[:, None] > normal[None, :]) > 0.9


def test_score_does_not_depend_on_the_batch(trained, digits):
    image = digits["test_normal"][:1]
    among_normals = np.concatenate([image, digits["train"][:31]])
    among_novel = np.concatenate([image, digits["test_novel"][:31]])
    padded = np.concatenate([image, np.zeros((31, 8, 8, 1), "uint8")])
    alone = trained.predict(image, verbose=0)
    for batch in (among_normals, among_novel, padded):
        for outputs in (trained.predict(batch, verbose=0), trained(batch)):
            for name, value in alone.items():
                np.testing.assert_allclose(
                    np.asarray(outputs[name])[0], value[0], rtol=1e-5, err_msg=name
                )


def test_score_is_the_same_while_training(trained, digits):
    batch = digits["test_normal"][:4]
    np.testing.assert_allclose(
        trained(batch, training=True)["score"], trained(batch)["score"], rtol=1e-6
    )


def test_uint8_and_float_agree(trained, digits):
    images = digits["test_novel"][:5]
    one = trained.predict(images, verbose=0)
    other = trained.predict(images / np.float32(255), verbose=0)
    np.testing.assert_allclose(one["score"], other["score"], rtol=1e-6)


def test_verdict_is_score_against_threshold(trained, digits):
    outputs = trained.predict(digits["test_novel"], verbose=0)
    np.testing.assert_array_equal(
        outputs["is_novel"], outputs["score"] > outputs["threshold"]
    )
    assert np.all(outputs["threshold"] == np.float32(trained.threshold))


def test_score_is_made_of_the_terms_by_hand(trained, digits):
    outputs = trained.predict(digits["test_novel"][:6], verbose=0)
    values = np.stack(
        [
            np.log(outputs["reconstruction_error"]),
            outputs["novelty_score"],
            np.log(outputs["reencoding_error"]),
        ],
        axis=1,
    )
    statistics = trained.normalization
    t = (values - statistics.term_mean.numpy()) / np.sqrt(
        statistics.term_variance.numpy()
    )
    np.testing.assert_allclose(
        outputs["score"], np.log(np.mean(np.exp(t), axis=1)), rtol=1e-4
    )


def test_normalized_score_is_eq_6_of_eq_7_by_hand(trained, digits):
    outputs = trained.predict(digits["test_novel"][:6], verbose=0)
    novelty = 1 / (1 + np.exp(-outputs["novelty_score"]))
    scores = 0.5 * outputs["reconstruction_error"] + 0.5 * novelty
    low = float(trained.normalization.score_min.numpy())
    high = float(trained.normalization.score_max.numpy())
    np.testing.assert_allclose(
        outputs["normalized_score"], (scores - low) / (high - low), rtol=1e-4
    )


def test_paper_combination_is_the_plain_sum_eq_7(digits):
    detector = NoveltyDetector.from_preset(
        "digits",
        terms=["reconstruction_error", "novelty_score"],
        combination="paper",
        novelty_weight=0.3,
    )
    outputs = detector.predict(digits["test_novel"][:4], verbose=0)
    novelty = 1 / (1 + np.exp(-outputs["novelty_score"]))
    np.testing.assert_allclose(
        outputs["score"],
        0.7 * outputs["reconstruction_error"] + 0.3 * novelty,
        rtol=1e-5,
    )


def test_the_two_terms_of_the_paper_are_weighted_by_lambda(digits):
    detector = NoveltyDetector.from_preset(
        "digits",
        terms=["novelty_score", "reconstruction_error"],
        novelty_weight=0.3,
    )
    assert detector.combine.weights_per_term == (0.3, 0.7)


def test_anomaly_map_and_reconstruction_have_the_size_of_the_image(trained, digits):
    images = digits["test_novel"][:3]
    assert trained.reconstruct(images).shape == (3, 8, 8, 1)
    maps = np.asarray(trained.anomaly_map(images))
    assert maps.shape == (3, 8, 8)
    errors = trained.predict(images, verbose=0)["reconstruction_error"]
    without = NoveltyDetector.from_config({**trained.get_config(), "map_sigma": 0})
    without.set_weights(trained.get_weights())
    np.testing.assert_allclose(
        np.mean(without.anomaly_map(images), axis=(1, 2)), errors, rtol=1e-4
    )


@pytest.mark.parametrize("shape", [(8, 8), (8, 8, 1), (2, 8, 8), (2, 9, 8, 1)])
def test_other_shapes_are_refused_with_both(trained, shape):
    with pytest.raises(ValueError, match=r"\(None, 8, 8, 1\).*Received: \(") as error:
        trained.predict(np.zeros(shape, "uint8"), verbose=0)
    assert str(shape) in str(error.value)


def test_ragged_batches_change_nothing(trained, digits):
    images = digits["test_novel"][:7]
    whole = trained.predict(images, batch_size=7, verbose=0)
    ragged = trained.predict(images, batch_size=3, verbose=0)
    for name, value in whole.items():
        assert ragged[name].shape == (7,)
        np.testing.assert_allclose(ragged[name], value, rtol=1e-5)
