"""Every form in which Keras takes data, and weights of images."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from tests.keras_novnorm.detectors.novelty.tiny import (
    assert_same_weights,
    fit,
    tiny_detector,
)

# One that is trained with the autoencoder, and one that takes two passes to adapt.
TERMS = ("novelty_score", "latent_distance")


def fresh(**arguments):
    detector = tiny_detector(terms=TERMS, **arguments)
    detector.compile(keras.optimizers.SGD(0.1), run_eagerly=True)
    return detector


class Batches(keras.utils.PyDataset):
    def __init__(self, images, kind):
        super().__init__()
        self.images = images
        self.kind = kind

    @property
    def num_batches(self):
        return -(-len(self.images) // 4)

    def __getitem__(self, index):
        return element(self.images[4 * index : 4 * index + 4], self.kind)


def element(images, kind):
    label, weight = np.zeros(len(images)), np.ones(len(images), "float32")
    return {
        "image": images,
        "image and label": (images, label),
        "image, label and weight": (images, label, weight),
        "dictionary": {"image": images},
    }[kind]


def generate(images, kind, repeat=1):
    for _ in range(repeat):
        yield from (Batches(images, kind)[index] for index in range(3))


@pytest.fixture(scope="module")
def images(digits):
    return digits["train"][:10]  # batches of 4, 4 and 2


@pytest.fixture(scope="module")
def expected(images):
    detector = fresh()
    fit(detector, images, batch_size=4)
    return detector.get_weights()


@pytest.mark.parametrize(
    "kind",
    [
        "image, label and weight",
        pytest.param("image", marks=pytest.mark.slow),
        pytest.param("dictionary", marks=pytest.mark.slow),
    ],
)
def test_generators_and_py_datasets_train_like_arrays(images, expected, kind):
    for data in (generate(images, kind), Batches(images, kind)):
        detector = fresh()
        # The mean of the first images that a generator shows is that of one batch.
        detector.decoder.initialize_output_bias(np.mean(images / 255.0, (0, 1, 2)))
        detector.optimizer.iterations.assign(1)
        fit(detector, data)
        assert_same_weights(expected, detector, rtol=1e-4)


@pytest.mark.slow
def test_steps_of_an_endless_generator(images):
    detector = fresh()
    history = fit(
        detector,
        generate(images, "image", repeat=9),
        epochs=2,
        steps_per_epoch=2,
        validation_data=generate(images, "image and label", repeat=9),
        validation_steps=1,
    )
    assert int(detector.optimizer.iterations) == 4
    assert len(history["val_loss"]) == 2
    fit(detector, generate(images, "image"))  # of a detector that has trained


@pytest.mark.slow
def test_the_end_of_data_of_unknown_length_is_no_warning(images):
    data = tf.data.Dataset.from_tensor_slices(images).filter(lambda image: True)
    assert int(data.cardinality()) == tf.data.UNKNOWN_CARDINALITY
    detector = fresh()
    history = fit(detector, data, batch_size=4, epochs=2, validation_data=data)
    assert int(detector.optimizer.iterations) == 6
    assert len(history["val_loss"]) == 2
    assert detector.predict(data, verbose=0)["score"].shape == (10,)
    assert np.isfinite(detector.evaluate(data, verbose=0, return_dict=True)["loss"])


def test_data_that_ends_too_early_still_warns(images):
    with pytest.warns(UserWarning, match="ran out of data"):
        fit(fresh(), generate(images, "image"), epochs=2, steps_per_epoch=3)


@pytest.mark.slow
def test_validation_in_every_form_gives_one_result(images):
    weight = np.ones(4, "float32")
    singles = tf.data.Dataset.from_tensor_slices(images[6:])
    losses = {}
    for name, data, arguments in (
        ("array", images[:6], {"validation_data": images[6:]}),
        ("weights", images[:6], {"validation_data": (images[6:], None, weight)}),
        ("single images", images[:6], {"validation_data": singles}),
        ("split", images, {"validation_split": 0.4}),
    ):
        history = fit(fresh(), data, batch_size=6, **arguments)
        losses[name] = history["val_loss"][0]
    assert list(losses.values()) == pytest.approx([losses["array"]] * 4, rel=1e-5)


@pytest.mark.slow
def test_an_image_of_weight_zero_is_absent(images):
    weight = np.array([1, 0, 2, 1, 0, 1, 1, 0, 1, 1], "float32")
    shown = images.copy()
    shown[weight == 0] = 255  # would reach extremes, moments and the output's bias
    here = weight != 0
    detectors = [fresh() for _ in range(3)]
    fit(detectors[0], images[here], sample_weight=weight[here])
    fit(detectors[1], shown, sample_weight=weight)
    fit(detectors[2], tf.data.Dataset.from_tensors((shown, weight, weight)))
    one, *others = detectors
    for other in others:
        assert_same_weights(one, other, rtol=1e-4)
    results = [
        one.evaluate(images[here], verbose=0, sample_weight=weight[here]),
        one.evaluate(shown, verbose=0, sample_weight=weight),
    ]
    assert results[0] == pytest.approx(results[1], rel=1e-5)
    one.adapt(images[here], verbose=0)
    data = tf.data.Dataset.from_tensors((shown, weight, weight))
    others[0].adapt(data, verbose=0)
    assert_same_weights(one, others[0], rtol=1e-3)


def test_nothing_but_weights_of_zero_moves_nothing(images):
    detector = fresh(count_weight=0.0)
    detector.decoder.initialize_output_bias = None
    fit(detector, images)
    before = detector.get_weights()
    history = fit(detector, images, sample_weight=np.zeros(10, "float32"))
    assert history["loss"] == [0.0]
    for weight, old in zip(detector.weights, before, strict=True):
        if not weight.path.endswith("restarts_made"):
            np.testing.assert_array_equal(weight.numpy(), old, err_msg=weight.path)


@pytest.mark.slow
def test_adapt_reads_a_generator_twice(images):
    one, *others = (fresh() for _ in range(3))
    one.adapt(images, batch_size=4, verbose=0)
    others[0].adapt(generate(images, "image and label"), verbose=0)
    others[1].adapt(Batches(images, "dictionary"), verbose=0)
    for other in others:
        assert_same_weights(one, other, rtol=1e-5)
    mean = one.terms[1].latent_mean.numpy()
    np.testing.assert_allclose(
        mean, np.mean(one.encoder(images / np.float32(255)), axis=0), rtol=1e-4
    )


def test_a_dictionary_of_arrays_is_its_images(images, expected):
    detector = fresh()
    fit(detector, {"image": images, "label": np.zeros(10)}, batch_size=4)
    assert_same_weights(expected, detector, rtol=1e-6)


@pytest.mark.slow
def test_an_image_of_weight_zero_calibrates_nothing(images):
    weight = np.array([1, 0, 2, 1, 0, 1, 1, 0, 1, 1], "float32")
    detector = tiny_detector()
    data = tf.data.Dataset.from_tensor_slices((images, weight, weight))
    found = []
    for x in (data.batch(4), images[weight != 0]):
        detector.calibrate(x, target_fpr=0.3)
        scores = detector.calibration.kept_scores()
        found.append((len(scores), detector.threshold, detector.map_threshold))
    assert found[0][0] == 7
    np.testing.assert_allclose(*found, rtol=1e-4)
