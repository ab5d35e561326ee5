"""Picture files of any size, by each rule, in Python and in an export."""

import dataclasses
import io

import keras
import numpy as np
import pytest
import tensorflow as tf
from PIL import Image

from keras_novnorm import NoveltyDetector
from keras_novnorm.export import export_saved_model
from keras_novnorm.scoring.picture_scoring import calibrate_on_pictures, score_pictures


def png(pixels):
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, "PNG")
    return file.getvalue()


@pytest.fixture(scope="module")
def pictures():
    draw = np.random.default_rng(0)
    sizes = [(8, 8), (8, 8), (11, 30), (20, 9), (8, 8), (25, 25)]
    return [png(draw.integers(0, 256, size, dtype=np.uint8)) for size in sizes]


def with_rule(trained, **rule):
    detector = NoveltyDetector.from_preset("digits", **rule)
    detector.set_weights(trained.get_weights())
    return detector


# Stretched is what every other test scores, and of the others tiles are harder.
RULES = [pytest.param(rule, marks=pytest.mark.slow) for rule in ("stretch", "pad")]


@pytest.fixture(scope="module", params=[*RULES, "tiles"])
def detector(request, trained, digits):
    detector = with_rule(trained, resize=request.param)
    normals = [png(image[..., 0]) for image in digits["calibration"]]
    calibrate_on_pictures(detector, normals, target_fpr=0.1)
    return detector


def scores_of(detector, pictures, **options):
    return list(score_pictures(detector, pictures, **options))


def test_a_score_depends_on_no_other_picture_and_no_batch(detector, pictures):
    together = [s.outputs["score"] for s in scores_of(detector, pictures)]
    in_twos = scores_of(detector, pictures, batch_size=2)
    alone = [scores_of(detector, [one])[0] for one in pictures]
    for found in (in_twos, alone):
        scores = [score.outputs["score"] for score in found]
        np.testing.assert_allclose(scores, together, rtol=1e-4)


def test_maps_have_the_size_of_their_pictures(detector, pictures):
    found = scores_of(detector, pictures, with_maps=True)
    sizes = [Image.open(io.BytesIO(one)).size[::-1] for one in pictures]
    assert [score.anomaly_map.shape for score in found] == sizes
    assert all(np.isfinite(score.anomaly_map).all() for score in found)
    assert scores_of(detector, pictures[:1])[0].anomaly_map is None


@pytest.mark.slow
def test_an_export_gives_the_same(detector, pictures, tmp_path):
    path = export_saved_model(detector, tmp_path, allow_collapsed=True)
    model = tf.saved_model.load(str(path))
    outputs = model.signatures["serving_bytes"](tf.constant(pictures))
    for position, score in enumerate(scores_of(detector, pictures)):
        for name, value in score.outputs.items():
            np.testing.assert_allclose(outputs[name][position], value, rtol=1e-3)
    maps = model.signatures["anomaly_map_bytes"](tf.constant(pictures))["anomaly_map"]
    assert maps.shape == (len(pictures), 8, 8)
    own = scores_of(detector, pictures[:1], with_maps=True)[0].anomaly_map
    np.testing.assert_allclose(maps[0], own, rtol=1e-3, atol=1e-6)


def test_the_threshold_holds_for_whole_pictures(detector, digits):
    normals = [png(image[..., 0]) for image in digits["calibration"]]
    found = scores_of(detector, normals)
    assert sum(score.outputs["is_novel"] for score in found) == 4 - 1


def test_the_rule_travels_with_the_file(detector, pictures, tmp_path):
    detector.save(tmp_path / "d.keras")
    again = keras.saving.load_model(tmp_path / "d.keras")
    assert again.resize == detector.resize
    assert again.map_threshold == detector.map_threshold
    first, second = (scores_of(d, pictures) for d in (detector, again))
    assert [s.outputs for s in first] == [s.outputs for s in second]


def test_the_most_novel_tile_counts(trained, digits):
    detector = with_rule(trained, resize="tiles", tile_overlap=0.0)
    tiles = np.concatenate([digits["test_novel"][:2], digits["test_normal"][:2]])
    wide = np.concatenate(list(tiles[..., 0]), axis=1)
    (score,) = score_pictures(detector, [png(wide)])
    alone = detector.predict(tiles, verbose=0)["score"]
    np.testing.assert_allclose(score.outputs["score"], alone.max(), rtol=1e-4)


def test_half_a_percent_of_the_pixels_of_normals_are_above(trained, digits):
    maps = np.asarray(trained.anomaly_map(digits["calibration"]))
    share = np.mean(maps > trained.map_threshold)
    assert share == pytest.approx(0.005, abs=3e-4)
    assert trained.map_scale == 2 * trained.map_threshold


def test_the_threshold_of_maps_is_of_pixels_from_all_columns(
    trained, digits, monkeypatch
):
    # 1 in every column but the few that even distances would take.
    values = np.ones((1024, 1024), "float32")
    values[:, ::256] = 0.0
    plain = [png(image[..., 0]) for image in digits["calibration"]]

    def score(*arguments, **options):
        for found in score_pictures(*arguments, **options):
            yield dataclasses.replace(found, anomaly_map=values)

    monkeypatch.setattr("keras_novnorm.scoring.picture_scoring.score_pictures", score)
    detector = with_rule(trained)
    calibrate_on_pictures(detector, plain, target_fpr=0.1)
    assert detector.map_threshold == 1.0
