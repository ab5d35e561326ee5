"""Who is blessed: beyond chance, with reasons in whole sentences."""

import json

import numpy as np
import pytest
from scipy.stats import norm

from keras_novnorm.metrics import (
    ScoreHistogram,
    auroc_difference,
    evaluate_histograms,
)
from keras_novnorm.metrics.auroc_difference import Difference
from keras_novnorm.metrics.score_histogram import DROPPED_BITS
from pipeline.component import NOTHING, Context
from pipeline.components.bless.bars import Bar, parse_bar
from pipeline.components.bless.component import (
    BlessInputs,
    BlessOutputs,
    BlessParameters,
    LostModel,
)
from pipeline.components.bless.executor import execute
from pipeline.components.bless.verdict import (
    FAILED,
    OPEN,
    PASSED,
    judge_difference,
)
from pipeline.components.evaluate.component import EvaluateOutputs
from pipeline.components.train.component import TrainOutputs
from pipeline.pipeline_error import PipelineError, UsageError
from pipeline.storage import StoragePath

HEAD = "path,class_name,label,score,p_value,threshold,is_novel\n"


@pytest.fixture
def evaluated(tmp_path):
    """Writes what an evaluation writes: `(name, labels, scores, threshold)`."""

    def write(name, labels, scores, threshold=2.0, dropped_bits=0, first=0):
        outputs = EvaluateOutputs(StoragePath(tmp_path / name))
        scores = np.asarray(scores, "float32")
        flags = scores > threshold
        rows = (
            f"{first + n},c,{label},{score},0.5,{threshold},{flag}\n"
            for n, (label, score, flag) in enumerate(
                zip(labels, scores, flags, strict=True)
            )
        )
        file = "scores-00000-of-00001.csv" if dropped_bits else "scores.csv"
        (outputs.directory / file).write_text(HEAD + "".join(rows))
        pair = (
            ScoreHistogram.of(scores[labels == k], flags[labels == k], dropped_bits)
            for k in (0, 1)
        )
        metrics = {
            **evaluate_histograms(*pair),
            "threshold": threshold,
            "export": f"export of {name}",
        }
        outputs.metrics.write_text(json.dumps(metrics))
        return outputs

    return write


@pytest.fixture
def bless(tmp_path):
    """Judges a candidate; returns what is in `blessing.json`."""

    def run(evaluation, previous=NOTHING, training=NOTHING, **parameters):
        outputs = BlessOutputs(StoragePath(tmp_path / "blessing"))
        inputs = BlessInputs(evaluation, previous, training)
        execute(inputs, outputs, BlessParameters(**parameters), Context("bless"))
        assert outputs.is_blessed == outputs.read_blessing()["blessed"]
        assert outputs.reasons == outputs.read_blessing()["reasons"]
        return outputs.read_blessing()

    return run


def two_models(seed, new_area, old_area, num_normal=500, num_novel=500):
    """Labels and scores of two models of given AUROC, whose noise is half the same."""
    generator = np.random.default_rng(seed)
    labels = np.repeat([0, 1], [num_normal, num_novel])
    common, *own = generator.standard_normal((3, labels.size))
    return labels, *(
        np.sqrt(0.5) * (common + noise) + labels * norm.ppf(area) * np.sqrt(2)
        for noise, area in zip(own, (new_area, old_area), strict=True)
    )


@pytest.mark.parametrize(
    ("text", "bar"),
    [
        ("auroc>=0.9", Bar("auroc", ">=", 0.9)),
        (" fpr <= 2e-2 ", Bar("false_positive_rate", "<=", 0.02)),
    ],
)
def test_bars_are_read(text, bar):
    assert parse_bar(text) == bar and parse_bar(str(bar)) == bar


@pytest.mark.parametrize("text", ["auroc", "auroc>0.9", "auroc>=high", "fpr<=nan", ""])
def test_what_is_no_bar_is_refused(text):
    with pytest.raises(UsageError, match="such as auroc>=0.9 .* received '"):
        parse_bar(text)


def test_bars_have_three_outcomes(evaluated, bless):
    labels, scores, _ = two_models(0, 0.95, 0.95)
    candidate = evaluated("new", labels, scores)
    far = bless(candidate, bars=("auroc>=0.5", "fpr<=0.5"))
    assert (
        far["blessed"]
        and far["certain"]
        and far["bars"]
        == [
            "auroc>=0.5",
            "false_positive_rate<=0.5",
        ]
    )
    blocked = bless(candidate, bars=("auroc>=0.5", "auroc>=0.99"))
    assert not blocked["blessed"] and blocked["certain"]
    assert blocked["reasons"][0].startswith("auroc 0.9")
    assert "misses the bar auroc>=0.99." in blocked["reasons"][0]
    near = candidate.read_metrics()["auroc"] + 0.001
    noise = bless(candidate, bars=(f"auroc>={near}",))
    assert noise["blessed"] and not noise["certain"]
    assert "but not beyond chance" in noise["reasons"][0]
    assert not bless(candidate, bars=(f"auroc>={near}",), strict=True)["blessed"]
    assert blocked["against"] is None and blocked["interval"] is None
    assert "none to compare with" in blocked["reasons"][-1]


def test_a_metric_without_an_interval_is_judged_as_it_is(evaluated, bless):
    labels, scores, _ = two_models(0, 0.95, 0.95)
    candidate = evaluated("new", labels, scores)
    assert bless(candidate, bars=("threshold>=1.9",))["certain"]
    found = bless(candidate, bars=("threshold>=2.1",))
    assert not found["blessed"] and "no interval is known" in found["reasons"][0]
    with pytest.raises(UsageError, match="No metric 'aurok' .* auroc, average_prec"):
        bless(candidate, bars=("aurok>=0.5",))


def test_a_worse_model_is_blocked_and_told_against_what(evaluated, bless):
    labels, new, old = two_models(1, 0.88, 0.95)
    found = bless(evaluated("new", labels, new), evaluated("old", labels, old))
    assert not found["blessed"] and found["certain"]
    assert found["against"] == "export of old"
    low, high = found["interval"]
    assert low < found["difference"] < high < -0.01
    assert found["reasons"][0].startswith("AUROC changed by -0.0")
    assert "a loss of 0.01 is allowed" in found["reasons"][0]
    back = bless(evaluated("new", labels, old), evaluated("old", labels, new))
    assert back["blessed"] and back["certain"]
    allowed = bless(
        evaluated("new", labels, new), evaluated("old", labels, old), max_drop=0.5
    )
    assert allowed["blessed"]


def test_few_pictures_neither_bless_nor_block(evaluated, bless):
    labels, new, old = two_models(2, 0.75, 0.85, 15, 15)
    found = bless(evaluated("new", labels, new), evaluated("old", labels, old))
    assert found["blessed"] and not found["certain"]
    assert "too small to tell" in found["reasons"][0]


def test_worse_by_an_unknown_amount_is_said():
    verdict = judge_difference("AUROC", Difference(-0.05, -0.1, -0.005), 0.01, 0.95)
    assert verdict.outcome == OPEN and "is worse, but the test" in verdict.reason
    lost = Difference(-0.05, -0.1, -0.01001)
    assert judge_difference("AUROC", lost, 0.01, 0.95).outcome == FAILED
    kept = Difference(-0.005, -0.01, 0.1)
    assert judge_difference("AUROC", kept, 0.01, 0.95).outcome == PASSED


@pytest.mark.parametrize(("area", "least", "most"), [(0.95, 0, 3), (0.90, 95, 100)])
def test_noise_does_not_block_and_five_points_do(area, least, most):
    outcomes = []
    for seed in range(100):
        difference = auroc_difference(*two_models(seed, area, 0.95))
        outcomes.append(judge_difference("AUROC", difference, 0.01, 0.95).outcome)
    assert least <= outcomes.count(FAILED) <= most


def test_normals_alone_are_judged_by_their_false_alarms(evaluated, bless):
    labels = np.zeros(1000, int)
    scores = np.random.default_rng(3).standard_normal((2, 1000))
    same = bless(
        evaluated("new", labels, scores[0]), evaluated("old", labels, scores[1])
    )
    assert same["blessed"]
    assert any("normal pictures only, so false alarms" in t for t in same["reasons"])
    worse = bless(
        evaluated("new", labels, scores[0] + 1), evaluated("old", labels, scores[1])
    )
    assert not worse["blessed"]
    assert worse["reasons"][0].startswith("The share of normals without a false alarm")
    found = bless(evaluated("new", labels, scores[0]), bars=("auroc>=0.9",))
    assert found["blessed"] and not found["certain"]
    assert "auroc is not defined on this test set" in found["reasons"][0]
    barred = bless(evaluated("new", labels, scores[0] + 1), bars=("fpr<=0.02",))
    assert not barred["blessed"]


def test_novel_pictures_alone_are_judged_by_their_detections(evaluated, bless):
    labels = np.ones(1000, int)
    scores = np.random.default_rng(3).standard_normal((2, 1000)) + 2
    pair = evaluated("new", labels, scores[0] - 1), evaluated("old", labels, scores[1])
    assert not bless(*pair)["blessed"] and bless(*pair[::-1])["blessed"]


def test_counted_scores_are_compared_by_their_intervals(evaluated, bless):
    labels, new, old = two_models(4, 0.85, 0.95)
    pair = [
        evaluated(name, labels, scores, dropped_bits=DROPPED_BITS)
        for name, scores in (("new", new), ("old", old))
    ]
    paired = bless(evaluated("n", labels, new), evaluated("o", labels, old))
    found = bless(*pair)
    assert not found["blessed"] and bless(*pair[::-1])["blessed"]
    # Without pairs the interval is wider.
    width = np.ptp(paired["interval"])
    assert width < np.ptp(found["interval"]) < 2 * width


def test_a_collapsed_training_is_never_blessed(evaluated, bless, tmp_path):
    labels, scores, _ = two_models(0, 0.95, 0.95)
    training = TrainOutputs(StoragePath(tmp_path / "trained"))
    record = {"is_collapsed": True, "collapse_signs": ["flat"]}
    training.history.write_text(json.dumps(record))
    found = bless(evaluated("new", labels, scores), training=training)
    assert not found["blessed"] and "(flat)" in found["reasons"][0]
    training.history.write_text(json.dumps({**record, "is_collapsed": False}))
    assert bless(evaluated("new", labels, scores), training=training)["blessed"]


def test_other_pictures_are_no_comparison(evaluated, bless):
    labels, new, old = two_models(0, 0.95, 0.95)
    candidate = evaluated("new", labels, new)
    with pytest.raises(PipelineError, match="1000 pictures .* 800 are the same"):
        bless(candidate, evaluated("old", labels, old, first=200))
    fewer = evaluated("old", labels[:950], old[:950])
    assert bless(candidate, fewer)["blessed"]


def test_other_labels_are_no_comparison(evaluated, bless):
    labels, new, old = two_models(0, 0.95, 0.95)
    with pytest.raises(PipelineError, match="1000 pictures are normal for one model"):
        bless(evaluated("new", labels, new), evaluated("old", 1 - labels, old))


def test_a_last_blessed_model_that_is_lost_is_named_and_leaves_it_open(
    evaluated, bless
):
    labels, scores, _ = two_models(0, 0.95, 0.95)
    candidate = evaluated("new", labels, scores)
    lost = LostModel("models/export/a/b", "digest", "7")
    found = bless(candidate, lost, bars=("auroc>=0.5",))
    assert found["blessed"] and not found["certain"]
    (reason,) = [one for one in found["reasons"] if "last blessed" in one]
    assert "of run 7, is not in models/export/a/b any more" in reason
    assert not any("No earlier model" in one for one in found["reasons"])
    assert not bless(candidate, lost, strict=True)["blessed"]
    assert "No earlier model" in bless(candidate)["reasons"][0]
