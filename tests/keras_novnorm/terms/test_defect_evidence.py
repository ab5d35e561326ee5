import keras
import numpy as np
import pytest

from keras_novnorm import NoveltyDetector
from keras_novnorm.backbones import DefectSegmenter
from keras_novnorm.metrics import auroc
from keras_novnorm.terms import DefectEvidence, Observation
from tests.contracts import assert_config_round_trip, assert_term_contract

SHAPE = (32, 24, 1)


def striped(count, seed=0):
    draw = np.random.default_rng(seed)
    stripes = 0.5 + 0.1 * np.sin(np.arange(24) * 2.0)[None, None, :, None]
    return (stripes + draw.normal(0, 0.02, (count, *SHAPE))).astype("float32")


@pytest.fixture(scope="module")
def detector():
    keras.utils.set_random_seed(0)
    term = DefectEvidence(DefectSegmenter(SHAPE, (8, 12), coarse=1))
    detector = NoveltyDetector.from_preset(
        "image64",
        image_shape=SHAPE,
        terms=["reconstruction_error", term],
        map_term="defect_evidence",
        network={"filters": (4, 8), "latent_dim": 8},
        recipe={"epochs": 12, "learning_rate": 3e-3},
    )
    detector.compile()
    images = striped(96)
    detector.fit(images, verbose=0)
    detector.adapt(images, verbose=0)
    return detector


@pytest.mark.slow
def test_contract(detector):
    assert_term_contract(detector.terms[1], detector, striped(3, seed=1))


@pytest.mark.slow
def test_it_finds_what_was_never_shown(detector):
    normal = striped(24, seed=2)
    broken = striped(24, seed=3)
    for row, image in enumerate(broken):
        # The stripes are out of step in a corner: no simulated tone or grain.
        image[4:14, 2 + row % 8 : 14 + row % 8] = np.roll(
            image[4:14, 2 + row % 8 : 14 + row % 8], 2, axis=1
        )
    scores = detector.predict(np.concatenate([normal, broken]), verbose=0)
    assert auroc([0] * 24 + [1] * 24, scores["defect_evidence"]) > 0.85


@pytest.mark.slow
def test_the_map_lights_up_at_the_place(detector):
    image = striped(1, seed=4)
    image[0, 20:26, 10:14] = 0.9
    values = np.asarray(detector.anomaly_map(image))[0]
    assert values.shape == SHAPE[:2]
    row, column = np.unravel_index(np.argmax(values), values.shape)
    assert 18 <= row <= 28
    assert 8 <= column <= 16


def test_value_is_the_mean_of_the_highest_logits():
    logits = np.arange(100, dtype="float32").reshape(1, 10, 10, 1)
    term = DefectEvidence(lambda images, training=False: logits, top_share=0.05)
    term.build((None, 2))
    observation = Observation(np.zeros((1, 10, 10, 1)), None, None, None, None)
    np.testing.assert_allclose(term(observation=observation), [97.0])


@pytest.mark.slow
def test_configuration(detector):
    again = assert_config_round_trip(detector.terms[1])
    assert again.defects.kinds == detector.terms[1].defects.kinds


@pytest.mark.parametrize("arguments", [{"top_share": 0}, {"clean_share": 1.0}])
def test_shares_are_checked(arguments):
    with pytest.raises(ValueError, match=next(iter(arguments))):
        DefectEvidence(DefectSegmenter(SHAPE, (4,), coarse=1), **arguments)


@pytest.mark.parametrize("shape", [(33, 21, 1), (64, 40, 3)])
def test_segmenter_takes_any_size(shape):
    model = DefectSegmenter(shape, (4, 6, 8), coarse=1)
    height, width = (-(-side // 2) for side in shape[:2])
    assert model(np.zeros((2, *shape), "float32")).shape == (2, height, width, 1)
    assert_config_round_trip(model)


@pytest.mark.parametrize("shape", [(17, 64, 1), (13, 40, 1), (32, 9, 3)])
def test_sides_that_are_halved_unevenly_are_trained_on(shape):
    term = DefectEvidence(DefectSegmenter(shape, (4, 4, 4)))
    images = np.random.default_rng(0).random((3, *shape)).astype("float32")
    images = keras.ops.convert_to_tensor(images)
    loss = term.call(Observation(images, None, None, None, None, training=True))
    assert loss.shape == (3,) and np.isfinite(loss).all()
