"""NaN and infinite numbers: the bad picture is named, nothing else is touched."""

import warnings

import keras
import numpy as np
import pytest
import tensorflow as tf

from keras_novnorm.training.non_finite import (
    NonFiniteError,
    NonFiniteWarning,
    name_pictures,
)
from keras_novnorm.training.refused_batch import DivergedError
from tests.contracts import run_in_fresh_process
from tests.keras_novnorm.detectors.novelty.tiny import fit, tiny_detector

SLOW = pytest.param("compiled", marks=pytest.mark.slow)  # XLA compiles for long
HOW = {
    "graph": {},
    "eager": {"run_eagerly": True},
    "compiled": {"jit_compile": True},
    "several steps": {"steps_per_execution": 3},
}
# Statistics, noise and a head; with batch normalization where it is asked for.
TERMS = ["reconstruction_error", "novelty_score", "latent_distance"]


@pytest.fixture(scope="module")
def pictures(digits):
    return digits["train"][:40].astype("float32") / 255


@pytest.fixture(scope="module")
def spoilt(pictures):
    """One NaN pixel in the third batch of 8, an infinite picture beside it."""
    images = pictures.copy()
    images[19, 2, 3] = np.nan
    images[22] = np.inf
    return images


def state(detector):
    return [np.array(v) for v in (*detector.weights, *detector.optimizer.variables)]


def assert_same_state(detector, before):
    for one, other in zip(before, state(detector), strict=True):
        np.testing.assert_array_equal(one, other)


def compiled(how="eager", terms=TERMS, optimizer=None, **arguments):
    detector = tiny_detector(terms=terms, **arguments)
    detector.compile(optimizer, **HOW[how])
    return detector


@pytest.mark.parametrize(
    "how",
    [
        "graph",
        pytest.param("eager", marks=SLOW.marks),
        SLOW,
        pytest.param("several steps", marks=SLOW.marks),
    ],
)
def test_training_ends_at_the_batch_with_the_state_before_it(how, pictures, spoilt):
    terms = {"eager": [*TERMS, "transformation_error"], "compiled": TERMS[:1]}
    terms = terms.get(how, TERMS)
    still = {"network": {"shift": 0, "flip": False}, "latent_noise": 0.0}
    detector, other = (compiled(how, terms, **still) for _ in range(2))
    for one in (detector, other):  # sets the output's bias, too
        fit(one, pictures[32:], batch_size=8)
    with pytest.raises(NonFiniteError) as error:
        fit(detector, spoilt, epochs=2, batch_size=8)
    for words in (
        "Batch 3 of epoch 1",
        "2 picture(s)",
        "number 3 in the batch",
        "2 of 40 pictures (numbers 19 and 22,",
        "as they were before that batch",
    ):
        assert words in str(error.value)
    assert int(detector.optimizer.iterations) == 3
    fit(other, pictures[:16], batch_size=8)
    assert_same_state(detector, state(other))
    # And goes on as if nothing had been.
    fit(detector, pictures[16:32], batch_size=8)
    fit(other, pictures[16:32], batch_size=8)
    assert_same_state(detector, state(other))


@pytest.mark.parametrize("how", ["graph", "eager", SLOW])
def test_good_pictures_keep_their_scores_and_bad_ones_are_named(how, pictures, spoilt):
    detector = compiled(how)
    detector.calibration.fit_scores(np.arange(19.0), 0.1)
    expected = detector.predict(pictures, verbose=0)
    with pytest.warns(NonFiniteWarning, match=r"2 of 40 .*\(numbers 19 and 22"):
        found = detector.predict(spoilt, verbose=0)
    bad = np.isin(np.arange(40), [19, 22])
    for name, values in expected.items():
        np.testing.assert_array_equal(found[name][~bad], values[~bad], err_msg=name)
    for name in ("score", "normalized_score", "p_value", *TERMS):
        assert np.all(np.isnan(found[name][bad])), name
    assert found["is_novel"][bad].all()
    assert np.all(np.isfinite(found["threshold"]))


def test_all_is_said_at_once_and_a_good_picture_warns_of_nothing(pictures):
    detector = compiled()
    with warnings.catch_warnings():
        warnings.simplefilter("error", NonFiniteWarning)
        detector.predict(pictures[:2], verbose=0)
    with pytest.warns(NonFiniteWarning, match="None of 2 pictures"):
        detector.predict(np.full((2, 8, 8, 1), np.nan, "float32"), verbose=0)


def test_maps_and_reconstructions_of_a_bad_picture_are_nan(pictures):
    detector = compiled()
    images = np.stack([pictures[0], pictures[1] * np.nan])
    for made in (detector.anomaly_map(images), detector.reconstruct(images)):
        assert np.isfinite(made[0]).all() and np.isnan(made[1]).all()


def test_uncalibrated_a_bad_picture_is_novel_and_claims_nothing(pictures):
    outputs = compiled()(np.stack([pictures[0], pictures[1] * np.nan]))
    np.testing.assert_array_equal(outputs["is_novel"], [False, True])
    assert np.all(np.isnan(outputs["p_value"]))


@pytest.mark.slow
def test_adapt_and_calibrate_name_them_and_change_nothing(digits, pictures, spoilt):
    detector = compiled(terms=[*TERMS, "subspace_error"])
    detector.adapt(pictures, verbose=0)
    detector.calibrate(digits["calibration"], 0.1)
    before = state(detector)
    named = r"2 of 40 pictures \(numbers 19 and 22.* Nothing was changed"
    data = tf.data.Dataset.from_tensor_slices(spoilt).batch(7)
    for images in (spoilt, data):
        with pytest.raises(NonFiniteError, match=named):
            detector.adapt(images, verbose=0)
        with pytest.raises(NonFiniteError, match=named):
            detector.calibrate(images, 0.1)
    with pytest.raises(tf.errors.InvalidArgumentError, match="must lie in"):
        detector.adapt(pictures * 255, verbose=0)
    assert_same_state(detector, before)


@pytest.mark.slow
@pytest.mark.parametrize("how", ["graph", "eager"])
def test_evaluation_and_validation_name_the_batch(how, pictures, spoilt):
    detector = compiled(how)
    with pytest.raises(NonFiniteError, match="Batch 3 of the evaluation") as error:
        detector.evaluate(spoilt, batch_size=8, verbose=0)
    assert "statistics" not in str(error.value)
    assert np.isfinite(detector.evaluate(pictures, batch_size=8, verbose=0)[0])
    with pytest.raises(NonFiniteError, match="Batch 2 of the evaluation"):
        fit(detector, pictures[:8], batch_size=8, validation_data=spoilt[8:24])
    assert int(detector.optimizer.iterations) == 1


def test_single_batches_are_refused_too(pictures, spoilt):
    detector = compiled()
    detector.train_on_batch(pictures[:8])
    before = state(detector)
    with pytest.raises(NonFiniteError, match="2 picture"):
        detector.train_on_batch(spoilt[16:24])
    assert_same_state(detector, before)
    assert np.isfinite(detector.train_on_batch(pictures[:8])[0])
    assert np.isnan(detector.test_on_batch(spoilt[16:24])[0])


@pytest.mark.slow
@pytest.mark.parametrize("how", ["graph", SLOW])
def test_a_picture_of_weight_0_may_be_anything(how, spoilt):
    detector = compiled(how, ["reconstruction_error"])
    weight = np.isfinite(spoilt).all(axis=(1, 2, 3)).astype("float32")
    history = fit(detector, spoilt, batch_size=8, sample_weight=weight)
    assert np.isfinite(history["loss"][0])


@pytest.mark.parametrize("how", ["graph", SLOW])
def test_a_training_that_diverges_says_so_and_keeps_what_it_had(how, pictures):
    detector = compiled(how, ["reconstruction_error"])

    class Poison(keras.callbacks.Callback):
        def on_epoch_begin(self, epoch, logs=None):
            if epoch == 1:
                self.model.encoder.get_layer("latents").bias.assign([np.inf] * 4)
                self.model.before = state(self.model)

    with pytest.raises(DivergedError, match="batch 1 of epoch 2 .*lower learning rate"):
        fit(detector, pictures, epochs=3, batch_size=8, callbacks=[Poison()])
    assert_same_state(detector, detector.before)


@pytest.mark.slow
def test_a_training_that_diverges_begins_again_where_it_may(pictures):
    detector = compiled(terms=["reconstruction_error"])

    class PoisonOnce(keras.callbacks.Callback):
        runs = 0

        def on_train_begin(self, logs=None):
            self.runs += 1
            if self.runs == 1:
                self.model.encoder.get_layer("latents").bias.assign([np.nan] * 4)

    poison = PoisonOnce()
    history = fit(detector, pictures, batch_size=8, callbacks=[poison], restarts=2)
    assert (poison.runs, detector.num_restarts) == (2, 1)
    assert np.isfinite(history["loss"][0])


@pytest.mark.slow
def test_out_of_range_moves_nothing_either(pictures):
    for how in ("graph", "eager"):
        detector = compiled(how)
        detector.train_on_batch(pictures[:8])
        before = state(detector)
        with pytest.raises(tf.errors.InvalidArgumentError, match="must lie in"):
            detector.train_on_batch(pictures[:8] * 255)
        assert_same_state(detector, before)


def test_many_are_counted_and_the_first_named():
    finite = np.ones(100, bool)
    finite[:30] = False
    assert name_pictures(finite) == (
        "30 of 100 pictures (numbers 0, 1, 2, 3, 4, 5, 6, 7, 8, 9 and 20 more, "
        "counted from 0)"
    )
    assert "(number 4, counted" in name_pictures(np.arange(5) != 4)


REPLICAS = """
import os, sys
os.environ["TF_ENABLE_ONEDNN_OPTS"] = "0"
import keras
import numpy as np
import tensorflow as tf

cpu = tf.config.list_physical_devices("CPU")[0]
tf.config.set_logical_device_configuration(
    cpu, [tf.config.LogicalDeviceConfiguration()] * 2
)
strategy = tf.distribute.MirroredStrategy(["CPU:0", "CPU:1"])
from tests.keras_novnorm.detectors.novelty.tiny import fit, tiny_detector

images = np.load(sys.argv[1])
with strategy.scope():
    detector = tiny_detector({"shift": 0, "flip": False}, dtype=sys.argv[2])
    detector.compile(keras.optimizers.Adam(0.1))
images[13, 0] = np.nan
fit(detector, images[:8], batch_size=8)
before = [np.array(keras.ops.convert_to_numpy(w)) for w in detector.weights]
try:
    fit(detector, images[8:], batch_size=8)
except ValueError as error:
    print(error)
for one, other in zip(before, detector.weights, strict=True):
    np.testing.assert_array_equal(one, keras.ops.convert_to_numpy(other))
print(int(keras.ops.convert_to_numpy(detector.optimizer.iterations)))
"""


@pytest.mark.slow
@pytest.mark.parametrize("dtype", ["float32", "mixed_float16"])
def test_two_replicas_refuse_a_batch_together(dtype, pictures, tmp_path):
    np.save(tmp_path / "images.npy", pictures[:16])
    said, steps = run_in_fresh_process(
        REPLICAS, tmp_path / "images.npy", dtype
    ).splitlines()[-2:]
    assert "Batch 1 of epoch 1" in said and "number 5 in the batch" in said
    assert steps == ("1" if dtype == "float32" else "0")  # its first scale is too high
