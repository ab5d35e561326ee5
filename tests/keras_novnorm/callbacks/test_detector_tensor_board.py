"""The event files are read back."""

import collections

import keras
import numpy as np
import pytest
import tensorflow as tf

from keras_novnorm import NoveltyDetector
from keras_novnorm.callbacks import CollapseMonitor, DetectorTensorBoard
from keras_novnorm.detectors.novelty.collapse_signs import SIGNS
from keras_novnorm.visualization.heat_colours import heat_map

EPOCHS = 3


class Statistics(keras.callbacks.Callback):
    """Keeps what the detector holds at the end of each epoch."""

    def on_train_begin(self, logs=None):
        self.seen = []

    def on_epoch_end(self, epoch, logs=None):
        layer = self.model.normalization
        deviations = np.sqrt(layer.term_variance.numpy())
        self.seen.append(
            {
                "extremes/score_min": layer.score_min.numpy(),
                "extremes/score_max": layer.score_max.numpy(),
                "epoch_loss": logs["loss"],
                **{f"collapse/{name}": logs[name] for name in SIGNS},
                **{
                    f"terms/{name}/{moment}": values[number]
                    for moment, values in (
                        ("mean", layer.term_mean.numpy()),
                        ("deviation", deviations),
                    )
                    for number, name in enumerate(self.model.term_names)
                },
            }
        )


def read_back(folder):
    """What the event files hold: name to step to value."""
    found = collections.defaultdict(dict)
    for file in sorted((folder / "train").glob("events.*")):
        for record in tf.data.TFRecordDataset(str(file)).as_numpy_iterator():
            event = tf.compat.v1.Event.FromString(record)
            for value in event.summary.value:
                found[value.tag][event.step] = tf.make_ndarray(value.tensor)
    return found


@pytest.fixture(scope="module")
def run(digits, tmp_path_factory):
    """Detector, what it held, images, and what was written: every second epoch."""
    keras.utils.set_random_seed(3)
    folder = tmp_path_factory.mktemp("logs")
    detector = NoveltyDetector.from_preset("digits")
    detector.compile()
    images = digits["test_novel"][:5]
    board = DetectorTensorBoard(
        folder, images, every=2, max_images=4, write_graph=False
    )
    statistics = Statistics()
    quiet = CollapseMonitor(minimum=0.0)  # so few epochs leave all alike
    detector.fit(
        digits["train"], epochs=EPOCHS, verbose=0, callbacks=[board, statistics, quiet]
    )
    return detector, statistics.seen, images, read_back(folder)


@pytest.mark.slow
def test_statistics_are_written_beside_keras_own_scalars(run):
    detector, seen, _, found = run
    for name, value in seen[0].items():
        steps = range(EPOCHS) if name == "epoch_loss" else (0, 2)
        assert sorted(found[name]) == list(steps), name
        for step in steps:
            assert found[name][step] == pytest.approx(seen[step][name]), name
        assert np.isfinite(value)
    assert len(detector.term_names) == 3


@pytest.mark.slow
def test_pictures_show_input_reconstruction_and_map(run):
    detector, _, images, found = run
    assert sorted(found["pictures"]) == [0, 2]
    width, height, *pictures = found["pictures"][2]
    assert (int(width), int(height), len(pictures)) == (24, 8, 4)
    decoded = np.stack([tf.io.decode_png(picture).numpy() for picture in pictures])
    for part in range(3):
        np.testing.assert_array_equal(decoded[:, :, :8, part], images[:4, ..., 0])
    reconstructed = np.asarray(detector.reconstruct(images[:4]))[..., 0]
    np.testing.assert_allclose(decoded[:, :, 8:16, 0] / 255, reconstructed, atol=0.003)
    # Colours of the scale that the first pictures had.
    first = [tf.io.decode_png(p).numpy() for p in found["pictures"][0][2:]]
    brightest = heat_map(np.ones((1, 1)), 1.0)[0, 0]
    assert np.any(np.all(np.stack(first)[:, :, 16:] == brightest, axis=-1))
    assert not np.array_equal(decoded[:, :, 16:], np.stack(first)[:, :, 16:])


def test_a_calibrated_detector_shows_its_own_scale(trained, tmp_path):
    images = np.zeros((1, 8, 8, 1), "uint8")
    board = DetectorTensorBoard(tmp_path, images, write_graph=False)
    board.set_model(trained)
    maps = np.asarray(trained.anomaly_map(board.images))
    np.testing.assert_array_equal(
        board._sheets()[:, :, 16:], heat_map(maps[0], trained.map_scale)[None]
    )


@pytest.mark.parametrize("name", ["every", "max_images"])
def test_numbers_below_one_are_refused(name):
    with pytest.raises(ValueError, match=f"`{name}` must be at least 1. Received: 0"):
        DetectorTensorBoard("logs", **{name: 0})
