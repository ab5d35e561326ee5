"""A collapsed training begins again."""

import keras
import numpy as np
import pytest

from keras_novnorm import CollapseMonitor, CollapseWarning, NoveltyDetector
from keras_novnorm.terms import FeatureDistance
from tests.keras_novnorm.detectors.novelty.tiny import fit, tiny_detector

TERMS = ["reconstruction_error", "novelty_score"]


class CollapseOnce(keras.callbacks.Callback):
    """Kill every latent in the first run, and note how each run begins."""

    def __init__(self):
        super().__init__()
        self.begun = []

    def on_train_begin(self, logs=None):
        optimizer = self.model.optimizer
        moments = [np.abs(v.numpy()).max() for v in optimizer.variables[2:]]
        self.begun.append((int(optimizer.iterations), max(moments, default=0.0)))
        if len(self.begun) == 1:
            for weight in self.model.encoder.trainable_weights:
                weight.assign(0.0 * weight)


def fit_collapsing(detector, images, **arguments):
    collapse = CollapseOnce()
    with pytest.warns(CollapseWarning, match="active_latents"):
        detector.fit(
            images,
            epochs=2,
            verbose=0,
            # What else the few steps show is not the point.
            callbacks=[collapse, CollapseMonitor(0.0, minimum_novelty_deviation=0.0)],
            **arguments,
        )
    return collapse.begun


def fresh():
    detector = tiny_detector(terms=TERMS)
    # So small a rate that dead latents stay dead.
    detector.compile(keras.optimizers.Adam(1e-9), run_eagerly=True)
    return detector


@pytest.mark.slow
def test_a_collapse_is_restarted_counted_and_saved(digits, tmp_path):
    images = digits["train"][:16]
    detector = fresh()
    begun = fit_collapsing(detector, images, restarts=2)
    # Twice, not three times: the second run was sound. Each with a new optimizer.
    assert begun == [(0, 0.0), (0, 0.0)]
    assert (detector.num_restarts, detector.is_collapsed) == (1, False)
    assert int(detector.normalization.num_updates.numpy()) == 2
    detector.save(tmp_path / "detector.keras")
    again = keras.saving.load_model(tmp_path / "detector.keras")
    assert (again.num_restarts, again.is_collapsed) == (1, False)
    again.compile(run_eagerly=True)
    again.fit(
        images,
        epochs=1,
        verbose=0,
        restarts=1,
        callbacks=[CollapseMonitor(0.0, minimum_novelty_deviation=0.0)],
    )
    assert again.num_restarts == 0  # of the last `fit` that allowed any


def test_signs_of_a_collapse_are_saved(digits, tmp_path):
    detector = fresh()
    fit_collapsing(detector, digits["train"][:16])
    assert detector.collapse_signs == ["active_latents"]
    detector.save_weights(tmp_path / "detector.weights.h5")
    again = NoveltyDetector.from_config(detector.get_config())
    again.load_weights(tmp_path / "detector.weights.h5")
    assert again.is_collapsed
    assert again.collapse_signs == ["active_latents"]
    assert again.num_restarts == 0


def test_what_can_be_read_once_cannot_be_restarted(digits):
    batches = (digits["train"][:4] for _ in range(3))
    with pytest.raises(ValueError, match="read again.*Received: generator"):
        fit(fresh(), batches, restarts=1)


@pytest.mark.slow
def test_a_restart_leaves_alone_what_is_not_trained(digits):
    images = digits["train"][:16]
    backbone = keras.Sequential(
        [
            keras.Input((8, 8, 1)),
            keras.layers.Normalization(name="scale"),
            keras.layers.Conv2D(2, 3),
        ]
    )
    backbone.get_layer("scale").adapt(images)
    pretrained = [weight.numpy() for weight in backbone.weights]
    detector = tiny_detector(terms=[*TERMS, FeatureDistance(backbone)])
    detector.compile(keras.optimizers.Adam(1e-9), run_eagerly=True)
    begun = [weight.numpy() for weight in detector.encoder.trainable_weights]
    fit_collapsing(detector, images, restarts=2)
    assert detector.num_restarts == 1
    backbone = detector.terms[-1].backbone
    for before, weight in zip(pretrained, backbone.weights, strict=True):
        np.testing.assert_array_equal(weight.numpy(), before)
    for before, weight in zip(begun, detector.encoder.trainable_weights, strict=True):
        assert "bias" in weight.path or not np.allclose(weight.numpy(), before)
    # Of the second training alone.
    assert int(detector.terms[-1].num_updates.numpy()) == 2
