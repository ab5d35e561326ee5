import json
import pathlib

import numpy as np
import pytest

from benchmarks import tables
from benchmarks.one_class_arrays import LabelledArrays, read_arrays, split_arrays
from benchmarks.readme_block import readme_block
from benchmarks.render import more_sections, render_page
from benchmarks.results import Experiment, read_results, write_result
from benchmarks.table_definitions import TABLES
from benchmarks.variants import VARIANTS
from keras_novnorm import NoveltyDetector
from keras_novnorm.detectors.novelty import presets as novelty_presets


def plan(*words):
    return tables.plan_experiments(tables.parse_arguments(words))


def test_every_table_plans_known_presets():
    for number in TABLES:
        for experiment in plan("--table", str(number), "--seeds", "1"):
            preset = VARIANTS[experiment.variant].preset(experiment.dataset)
            assert preset in NoveltyDetector.presets()


def test_one_class_one_variant_is_one_training():
    words = ["--table", "1", "--classes", "8", "--seeds", "1", "--variants", "default"]
    assert plan(*words) == [Experiment(1, "mnist", (8,), "default", 0)]
    assert len(plan("--table", "1")) == 10 * 3 * 3
    assert [e.normal for e in plan("--table", "5", "--seeds", "1")] == [(2, 3, 5)] * 5


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--table", "1", "--classes", "12"], r"--classes \[12\]"),
        (["--table", "4", "--datasets", "svhn"], "mnist.*svhn"),
    ],
)
def test_what_a_table_does_not_have_is_named(words, message):
    with pytest.raises(SystemExit, match=message):
        plan(*words)


@pytest.fixture
def quick(monkeypatch):
    presets = novelty_presets.PRESETS
    recipe = {**presets["digits"]["recipe"], "epochs": 2}
    monkeypatch.setitem(presets, "digits", {**presets["digits"], "recipe": recipe})
    table = TABLES[1]
    for name, value in (("datasets", ("digits",)), ("normal", ((8,),))):
        monkeypatch.setitem(table.__dict__, name, value)


# Two epochs of eight steps are no training: it collapses, and that is written down.
@pytest.mark.filterwarnings("ignore:Training has collapsed")
@pytest.mark.slow
def test_trainings_are_written_down_once_and_a_failure_stops_no_other(
    quick, tmp_path, capsys, monkeypatch
):
    monkeypatch.setitem(TABLES[1].__dict__, "normal", ((77,), (8,)))
    words = ["--table", "1", "--seeds", "1", "--variants", "default", "--results"]
    assert tables.main([*words, str(tmp_path)]) == 1
    assert "digits-77-default-seed0: failed" in capsys.readouterr().err
    (result,) = read_results(tmp_path)
    assert result["dataset"] == "digits" and result["normal"] == [8]
    assert (result["epochs"], result["seed"], result["table"]) == (2, 0, 1)
    assert result["collapsed"] and result["restarts"] == 2
    assert 0 < result["auroc"] < 1 and result["wall_s"] > 0
    assert sum(result["histogram"]["normal"]) < sum(result["histogram"]["novel"])
    assert set(result["auroc_of_classes"]) == set("012345679")
    assert result["versions"]["keras"] and result["machine"]["processor"]
    file = Experiment(1, "digits", (8,), "default", 0).path(tmp_path)
    before = file.read_bytes()
    monkeypatch.setitem(TABLES[1].__dict__, "normal", ((8,),))
    assert tables.main([*words, str(tmp_path)]) == 0
    assert "1 done, 0 to run" in capsys.readouterr().out
    assert file.read_bytes() == before


def arrays():
    rng = np.random.default_rng(0)
    count = 400
    return LabelledArrays(
        images=rng.integers(0, 256, (count, 4, 4, 1), "uint8"),
        classes=np.arange(count) % 4,
        splits=["train"] * 300 + ["test"] * 100,
        digests=[f"{n:064x}" for n in range(count)],
        class_names=list("abcd"),
        has_test_split=True,
    )


def test_validation_never_reads_the_test_split():
    data = arrays()
    data.images[300:] = 0  # any test picture would be seen
    split = split_arrays(data, [1], on="validation")
    for part in (split.train, split.calibration, split.test):
        assert part.reshape(len(part), -1).max(axis=1).min() > 0
    assert np.sum(split.labels == 0) == len(split.calibration)
    assert np.sum(split.labels == 1) == 4 * len(split.calibration)
    assert set(split.test_classes[split.labels == 1]) == {0, 2, 3}


def test_test_split_is_whole_and_training_has_normals_alone():
    data = arrays()
    split = split_arrays(data, [1, 3])
    assert len(split.test) == 100 and np.mean(split.labels) == 0.5
    assert len(split.train) + len(split.calibration) == 150
    assert 0.1 < len(split.calibration) / 150 < 0.25


def test_a_picture_that_is_also_tested_on_is_not_trained_on():
    data = arrays()
    data.digests[1] = data.digests[301]
    split = split_arrays(data, [1])
    assert len(split.train) + len(split.calibration) == 74


def test_digits_have_no_validation():
    with pytest.raises(ValueError, match="test split of its own"):
        split_arrays(read_arrays("digits"), [8], on="validation")


def result_of(table, dataset, normal, variant, seed, auroc):
    return {
        "table": table,
        "dataset": dataset,
        "normal": list(normal),
        "variant": variant,
        "seed": seed,
        "auroc": auroc,
        "average_precision": 0.9,
        "fpr_at_95_tpr": 0.2,
        "false_positive_rate": 0.05,
        "detection_rate": 0.8,
        "auroc_of_terms": {"reconstruction_error": auroc},
        "histogram": {
            "edges": [0, 1, 2],
            "normal": [3, 1],
            "novel": [1, 3],
            "threshold": 1.5,
        },
        "wall_s": 60,
        "collapsed": False,
        "restarts": 0,
        "commit": "0123456789abcdef",
        "machine": {"processor": "2 x some processor"},
    }


def test_page_says_what_is_there_and_what_is_missing(tmp_path):
    for seed in (0, 1):
        for digit in range(10):
            auroc = 0.9 + digit / 1000 + seed / 100
            result = result_of(1, "mnist", (digit,), "default", seed, auroc)
            write_result(
                Experiment(1, "mnist", (digit,), "default", seed), result, tmp_path
            )
    figures = tmp_path / "figures"
    figures.mkdir()
    page = render_page(read_results(tmp_path), figures)
    # Mean over the digits 90.45 and 91.45; deviation of the two over seeds 0.71.
    assert "| 90.95 ± 0.71 | 0.9 | 2 | 0 |" in page
    assert "| reported | 99.8 | 99.9 |" in page
    assert "table 1, mnist, plus: 10 of 10 rows" in page
    assert "table 1, mnist, default" not in page
    for name in ("mnist_classes.svg", "mnist_scores.svg"):
        assert f"figures/{name}" in page and (figures / name).stat().st_size > 1000


def test_a_seed_that_lacks_a_class_has_no_mean(tmp_path):
    results = [result_of(1, "mnist", (d,), "default", 0, 0.9) for d in range(9)]
    (tmp_path / "figures").mkdir()
    page = render_page(results, tmp_path / "figures")
    row = next(line for line in page.splitlines() if "term" in line and "90.0" in line)
    assert "|  |  | 0 and 1 in part | 0 |" in row
    assert "table 1, mnist, default: 1 of 10 rows" in page


def test_the_readme_and_the_page_say_what_the_result_files_say(tmp_path):
    root = pathlib.Path(__file__).parents[2]
    results = read_results()
    assert readme_block(results) in (root / "README.md").read_text("utf-8")
    page = render_page(results, tmp_path, more_sections())
    assert page == (root / "docs" / "results.md").read_text("utf-8")


def test_committed_results_are_whole():
    for result in read_results():
        experiment = Experiment(
            result["table"],
            result["dataset"],
            tuple(result["normal"]),
            result["variant"],
            result["seed"],
        )
        assert json.loads(experiment.path().read_text()) == result
        assert 0 <= result["auroc"] <= 1 and result["wall_s"] > 0
        assert not result["commit"].endswith("-changed")
