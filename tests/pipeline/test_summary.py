"""The last words of a run name what there is, and only that."""

from pipeline.summary import format_summary

RATES = ("auroc", "average_precision", "fpr_at_95_tpr", "threshold")
RATES += ("false_positive_rate", "detection_rate")


def detector(name="tile", **changes):
    results = {"num_normal": 2, "num_novel": 3, **dict.fromkeys(RATES, 0.5)}
    results |= changes.pop("pixels", {})
    places = dict.fromkeys(("detector", "export", "scores", "metrics", "report"), "x")
    return {
        "name": name,
        "normal": ["good"],
        "results": results,
        "pushed": {"version": 4},
        "serving_version": 4,
        "error": None,
        "obstacles": [],
        **places,
        **changes,
    }


def words(*detectors):
    return format_summary({"detectors": list(detectors), "models_config": "c"})


def test_pixel_figures_are_told_where_there_are_masks():
    plain = words(detector())
    assert "pixel" not in plain and "masks" not in plain
    assert plain.endswith("pushed: version 4")
    pixels = {"pixel_auroc": 0.87654, "per_region_overlap": None, "num_masks": 3}
    text = words(detector(pixels=pixels))
    assert "pixel AUROC                   0.8765\n" in text
    assert "per-region overlap            not defined\n" in text
    assert "pictures with masks           3\n" in text


def test_what_was_not_pushed_is_said_last_with_its_reason():
    blocked = detector(pushed=None, obstacles=["auroc 0.5 misses the bar of 0.9."])
    last = words(blocked).splitlines()[-1]
    assert last == (
        "not pushed: tile: auroc 0.5 misses the bar of 0.9. "
        "(version 4 is still serving)"
    )
    blocked["serving_version"] = None
    assert words(blocked).endswith("(no version is serving)")


def test_many_detectors_are_a_table():
    failed = detector("b", pushed=None, results=None, error="train b: no good")
    lines = words(detector("a"), failed).splitlines()
    assert lines[1].split()[:2] == ["detector", "AUROC"]
    assert lines[2].split() == ["a", "0.5000", "50.00%", "50.00%", "4"]
    assert lines[3].split() == ["b", *["not", "defined"] * 3, "not", "pushed"]
    assert lines[4].split() == ["mean", "0.5000"]
    assert lines[-1].startswith("not pushed: b: train b: no good")
    many = words(detector("a"), detector("b")).splitlines()
    assert many[-1] == "pushed: 2 models"
