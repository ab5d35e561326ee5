"""A user's own encoder, decoder and term."""

import keras
import numpy as np
import pytest
from keras import layers, ops

from keras_novnorm import NoveltyDetector
from keras_novnorm.terms import Term
from tests.contracts import assert_config_round_trip
from tests.keras_novnorm.detectors.novelty.tiny import ALL_TERMS, fit

REGULARIZED = {"kernel_regularizer": keras.regularizers.L2(0.1)}


@keras.saving.register_keras_serializable(package="test_own_parts")
class OwnTerm(Term):
    """How bright a reconstruction is, learned and counted."""

    normalized_after = "identity"

    def build(self, latent_shape):
        self.scale = self.add_weight(name="scale", shape=(), initializer="ones")
        self.seen = self.add_weight(
            name="seen", shape=(), initializer="zeros", trainable=False
        )
        self.built = True

    def call(self, observation):
        return self.scale * ops.mean(observation.reconstructions, axis=(1, 2, 3))

    def statistics(self, observation):
        return observation.latents

    def update_state(self, statistics):
        self.seen.assign_add(ops.cast(ops.shape(statistics)[0], "float32"))

    def training_loss(self, observation, values):
        return ops.square(values)


@keras.saving.register_keras_serializable(package="test_own_parts")
class OwnEncoder(keras.Model):
    def __init__(self, units=4, **kwargs):
        super().__init__(**kwargs)
        self.units = units
        self.stack = encoder_layers(units)

    def build(self, input_shape):
        for layer in self.stack:
            layer.build(input_shape)
            input_shape = layer.compute_output_shape(input_shape)
        self.built = True

    @property
    def input_shape(self):
        return None, 8, 8, 1

    @property
    def output_shape(self):
        return None, self.units

    def call(self, images, training=False):
        x = images
        for layer in self.stack[:-1]:
            x = layer(x)
        return self.stack[-1](x, training=training)

    def get_config(self):
        return {**super().get_config(), "units": self.units}


def encoder_layers(units=4):
    return [layers.Flatten(), layers.Dense(units, **REGULARIZED), layers.Dropout(0.5)]


def build(kind):
    keras.utils.set_random_seed(5)
    if kind == "subclassed":
        encoder = OwnEncoder()
        encoder.build((None, 8, 8, 1))
    elif kind == "sequential":
        encoder = keras.Sequential([keras.Input((8, 8, 1)), *encoder_layers()])
    else:
        inputs = x = keras.Input((8, 8, 1))
        for layer in encoder_layers():
            x = layer(x)
        encoder = keras.Model(inputs, x)
    decoder = keras.Sequential(
        [
            keras.Input((4,)),
            layers.Dense(64, activation="sigmoid", **REGULARIZED),
            layers.Reshape((8, 8, 1)),
        ]
    )
    detector = NoveltyDetector(
        encoder, decoder, terms=["novelty_score", *ALL_TERMS[3:], OwnTerm("own")]
    )
    detector.compile(keras.optimizers.SGD(0.1), run_eagerly=True)
    return detector


@pytest.mark.parametrize("kind", ["functional", "sequential", "subclassed"])
def test_own_parts_train_save_and_load(kind, digits, tmp_path):
    images = digits["train"][:16]
    detector = build(kind)
    assert np.all(np.isfinite(fit(detector, images)["loss"]))
    own = detector.terms[-1]
    assert float(own.seen) == 16
    assert float(own.scale) != 1.0
    detector.save(tmp_path / "detector.keras")
    again = keras.saving.load_model(tmp_path / "detector.keras")
    outputs = again.predict(images, verbose=0)
    for name, value in detector.predict(images, verbose=0).items():
        np.testing.assert_allclose(outputs[name], value, rtol=1e-5, err_msg=name)
    assert outputs["own"].shape == (16,)
    fit(again, images)
    assert float(again.terms[-1].seen) == 32


def test_own_regularizers_enter_the_loss_once(digits):
    images = digits["train"][:8]

    def build_encoder(**regularizers):
        keras.utils.set_random_seed(5)
        dense = layers.Dense(4, **regularizers)
        encoder = keras.Sequential([keras.Input((8, 8, 1)), layers.Flatten(), dense])
        decoder = keras.Sequential(
            [keras.Input((4,)), layers.Dense(64), layers.Reshape((8, 8, 1))]
        )
        # Both terms call the encoder again.
        terms = ["reencoding_error", "transformation_error"]
        return NoveltyDetector(encoder, decoder, terms=terms, latent_noise=0.0)

    plain = build_encoder()
    regularized = build_encoder(
        activity_regularizer=keras.regularizers.L1(0.1), **REGULARIZED
    )
    losses = [
        float(detector.compute_loss(detector.observe(images))[0])
        for detector in (plain, regularized)
    ]
    latents = regularized.encoder(images / np.float32(255))
    extra = 0.1 * float(ops.sum(ops.abs(latents))) / len(images)  # as in Keras
    extra += 0.1 * float(ops.sum(ops.square(regularized.encoder.layers[-1].kernel)))
    assert losses[1] - losses[0] == pytest.approx(extra, rel=1e-4)


def test_config_round_trips_with_every_argument_set(digits):
    one = build("functional")
    detector = NoveltyDetector(
        one.encoder,
        one.decoder,
        terms=["reconstruction_error", OwnTerm("own")],
        combination="mean",
        novelty_weight=0.25,
        count_weight=1e-4,
        latent_noise=0.1,
        extremes_gradient="flow",
        extremes_momentum=0.9,
        normalize_loss=False,
        calibration_capacity=16,
        map_sigma=2.0,
        recipe={"epochs": 3, "batch_size": 5, "learning_rate": 0.1},
        preset="digits",
        name="mine",
        dtype="mixed_bfloat16",
    )
    config = detector.get_config()
    assert NoveltyDetector.from_config(config).get_config() == config  # left whole
    again = assert_config_round_trip(detector)
    assert again.get_config() == detector.get_config()
    for other in (again, keras.models.clone_model(detector)):
        pairs = zip(detector.weights, other.weights, strict=True)
        kernels = [(w, v) for w, v in pairs if w.path.endswith("kernel")]
        assert kernels
        assert not any(np.allclose(w, v) for w, v in kernels)  # new weights
