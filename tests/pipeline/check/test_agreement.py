"""What counts as the same answer."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from keras_novnorm.calibration.margin import MARGIN
from pipeline.components.check.agreement import Agreement
from pipeline.components.check.trainer_scores import TrainerScores, score_with_detector
from pipeline.pipeline_error import PipelineError


@pytest.fixture
def expected():
    outputs = {
        "score": np.array([0.0, 3.0, 5.0], "float32"),
        "threshold": np.full(3, 3.0, "float32"),
        "p_value": np.array([0.5, 0.1, 0.01], "float32"),
        "is_novel": np.array([False, False, True]),
    }
    units = {"score": np.ones(3), "threshold": np.ones(3)}
    ranges = {
        "is_novel": (np.array([False, False, True]), np.array([False, True, True])),
        "p_value": (outputs["p_value"], np.array([0.5, 0.1, 0.02])),
    }
    return TrainerScores(["a", "b", "c"], [b""] * 3, outputs, units, ranges)


def answer(expected, place, **changes):
    values = {name: one[place : place + 1] for name, one in expected.outputs.items()}
    return {**values, **{name: np.array([value]) for name, value in changes.items()}}


@pytest.mark.parametrize(
    ("place", "changes"),
    [
        (0, {}),
        (0, {"score": 2e-5}),  # Next to 0, beside scores of 3 and 5.
        (2, {"score": 5.00004}),
        (2, {"p_value": 0.02}),  # That of a score within the margin.
        (1, {"is_novel": True}),  # At the threshold.
    ],
)
def test_the_same_but_for_rounding(expected, place, changes):
    agreement = Agreement(expected, 1e-4)
    agreement.check(answer(expected, place, **changes), [place])
    assert agreement.largest_difference <= 1e-4
    assert bool(agreement.largest_difference) is ("score" in changes)
    assert agreement.largest_of == ("score" if "score" in changes else "threshold")


@pytest.mark.parametrize(
    ("place", "changes", "said"),
    [
        (2, {"score": 5.0002}, "score of c: the server says 5.0002, the detector 5.0"),
        (2, {"score": 5.0002}, "0.0002 deviations of the normal class apart"),
        (0, {"score": np.nan}, "score of a: the server says nan"),
        (2, {"p_value": 0.04}, "p_value of c"),
        (0, {"p_value": 0.49}, "p_value of a"),
        (2, {"is_novel": False}, "is_novel of c: .* the detector True"),
        (0, {"other": 1.0}, "outputs are .*'other'.* the detector's are"),
        (0, {"score": [1.0, 2.0]}, r"score of 1 pictures has shape \(1, 2\)"),
    ],
)
def test_what_differs_is_named(expected, place, changes, said):
    with pytest.raises(PipelineError, match=said):
        Agreement(expected, 1e-4).check(answer(expected, place, **changes), [place])


def test_a_large_score_has_the_rounding_of_its_size(expected):
    expected.outputs["score"][2] = 2000.0
    Agreement(expected, 1e-4).check(answer(expected, 2, score=2000.01), [2])
    with pytest.raises(PipelineError, match="0.1 deviations"):
        Agreement(expected, 1e-4).check(answer(expected, 2, score=2000.1), [2])


def test_another_model_is_told_from_rounding(check_inputs):
    expected = score_with_detector(
        check_inputs.calibration.detector, check_inputs.examples, 16
    )
    pictures = [tf.io.decode_png(one).numpy() for one in expected.pictures]

    def compare(detector):
        agreement = Agreement(expected, MARGIN)
        for place, picture in enumerate(pictures):
            answer = detector.predict_on_batch(picture[None])
            agreement.check(answer, [place])
        return agreement.largest_difference

    detector = keras.saving.load_model(str(check_inputs.calibration.detector))
    assert compare(detector) < MARGIN / 2
    for part in (detector.encoder, detector.decoder, detector.novelty_term):
        kernel = part.trainable_weights[0]
        before = kernel.numpy()
        changed = before.copy()
        changed.flat[np.argmax(np.abs(before))] *= 1.2
        kernel.assign(changed)
        with pytest.raises(PipelineError, match="not the detector that was trained"):
            compare(detector)
        kernel.assign(before)
