"""What counts as the same answer."""

import numpy as np
import pytest

from pipeline.components.check.agreement import Agreement
from pipeline.components.check.trainer_scores import TrainerScores
from pipeline.pipeline_error import PipelineError


@pytest.fixture
def expected():
    outputs = {
        "score": np.array([0.0, 3.0, 5.0], "float32"),
        "threshold": np.full(3, 3.0, "float32"),
        "p_value": np.array([0.5, 0.1, 0.01], "float32"),
        "is_novel": np.array([False, False, True]),
    }
    return TrainerScores(["a", "b", "c"], [b""] * 3, outputs, 99)


def answer(expected, place, **changes):
    values = {name: one[place : place + 1] for name, one in expected.outputs.items()}
    return {**values, **{name: np.array([value]) for name, value in changes.items()}}


@pytest.mark.parametrize(
    ("place", "changes"),
    [
        (0, {}),
        (0, {"score": 2e-5}),  # Next to 0, beside scores of 3 and 5.
        (2, {"score": 5.00004}),
        (2, {"p_value": 0.02}),  # One step of a hundred.
        (1, {"is_novel": True}),  # At the threshold.
    ],
)
def test_the_same_but_for_rounding(expected, place, changes):
    agreement = Agreement(expected, 1e-5)
    agreement.check(answer(expected, place, **changes), [place])
    assert agreement.largest_difference <= 1e-5
    assert bool(agreement.largest_difference) is ("score" in changes)


@pytest.mark.parametrize(
    ("place", "changes", "said"),
    [
        (2, {"score": 5.0001}, "score of c: the server says 5.0001, the detector 5.0"),
        (0, {"score": np.nan}, "score of a: the server says nan"),
        (2, {"p_value": 0.04}, "p_value of c"),
        (2, {"is_novel": False}, "is_novel of c: .* the detector True"),
        (0, {"other": 1.0}, "outputs are .*'other'.* the detector's are"),
        (0, {"score": [1.0, 2.0]}, r"score of 1 pictures has shape \(1, 2\)"),
    ],
)
def test_what_differs_is_named(expected, place, changes, said):
    with pytest.raises(PipelineError, match=said):
        Agreement(expected, 1e-5).check(answer(expected, place, **changes), [place])
