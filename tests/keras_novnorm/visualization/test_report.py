import html.parser
import re

import numpy as np
import pytest

from keras_novnorm.export.model_card import describe_detector
from keras_novnorm.metrics import evaluate_scores
from keras_novnorm.visualization import write_report
from keras_novnorm.visualization.picture import heat_map
from keras_novnorm.visualization.report import choose_pictures


class Links(html.parser.HTMLParser):
    def __init__(self):
        super().__init__()
        self.outside, self.images = [], 0

    def handle_starttag(self, tag, attrs):
        values = dict(attrs)
        self.images += tag == "img"
        for key in ("src", "href", "xlink:href"):
            value = values.get(key, "")
            if value and not value.startswith(("data:", "#")):
                self.outside.append(value)


def report(
    path, trained, digits, labels, history=None, blessing=None, check=None, **pixels
):
    images = np.concatenate([digits["test_normal"][:9], digits["test_novel"][:9]])
    images = images[: len(labels)]
    outputs = trained.predict(images, verbose=0)
    names = ["<b>8</b>" if label == 0 else "other" for label in labels]
    return write_report(
        path,
        title="Digit 8",
        detector=trained,
        labels=labels,
        outputs=outputs,
        class_names=names,
        load_images=lambda indices: images[indices],
        metrics={
            **evaluate_scores(labels, outputs["score"], outputs["is_novel"], names),
            **pixels,
        },
        card=describe_detector(trained),
        history=history,
        rejected=[("größe 1.png", "the file is empty")],
        facts={"Requests per second": "812"},
        blessing=blessing,
        check=check,
    )


def test_page_is_self_contained_and_tells_all(trained, digits, tmp_path):
    labels = np.repeat([0, 1], 9)
    history = {"loss": [1.0, 0.5], "reconstruction_error": [0.1, 0.05]}
    pixels = {"pixel_auroc": 0.87654, "per_region_overlap": None, "num_masks": 7}
    path = report(tmp_path / "report.html", trained, digits, labels, history, **pixels)
    text = path.read_text(encoding="utf-8")
    links = Links()
    links.feed(text)
    assert links.outside == []
    assert links.images >= 3 * 16
    for word in ("Digit 8", "AUROC", "größe 1.png", "812", "Most novel", "Training"):
        assert word in text
    assert re.search(r"95% detected</dt>\s*<dd>[\d.]+%</dd>", text)
    assert "<dt>Pixel AUROC</dt><dd>0.8765</dd>" in text
    assert "<dt>Per-region overlap</dt><dd>-</dd>" in text
    assert "<dt>Pictures with masks</dt><dd>7</dd>" in text
    # The column of classes: a number for the novel one, none for the normal one.
    assert re.search(r"<td>other</td>.*\n.*\n<td>[\d.]+</td></tr>", text)
    assert re.search(r"&lt;b&gt;8&lt;/b&gt;</td>.*\n.*\n<td>-</td></tr>", text)
    assert text.count("<svg") == 3
    # A class name is text, never markup.
    assert "<b>8</b>" not in text and "&lt;b&gt;8" in text
    assert [p.name for p in tmp_path.iterdir()] == ["report.html"]


def test_slices_intervals_blessing_and_check_are_shown(trained, digits, tmp_path):
    one = {"num_normal": 3, "num_novel": 4, "auroc": 0.75, "detection_rate": 0.5}
    one = {**one, "false_positive_rate": None, "intervals": {"auroc": [0.5, 0.875]}}
    slices = {
        "class": {"crack": one},
        "defect_type": {"crack": one},
        "column:lot": {f"<i>{n}": one for n in range(250)},
    }
    path = report(
        tmp_path / "report.html",
        trained,
        digits,
        np.repeat([0, 1], 9),
        slices=slices,
        intervals={"auroc": [0.1234, 0.9], "detection_rate": [0.25, 0.75]},
        confidence=0.95,
        bounds={"auroc": [0.87, 0.88]},
        blessing={"blessed": True, "certain": False, "reasons": ["Close & so."]},
        check={
            "pictures": 64,
            "largest_difference": 3.2e-7,
            "tolerance": 1e-5,
            "latency_median_ms": 2.25,
            "latency_p99_ms": 9.0,
            "peak_memory_mb": None,
        },
    )
    text = path.read_text(encoding="utf-8")
    assert "<small>0.1234 to 0.9000</small>" in text
    assert "<small>25.0% to 75.0%</small>" in text
    assert "0.75 <small>0.500 to 0.875</small>" in " ".join(text.split())
    assert "<h2>By lot</h2>" in text and "&lt;i&gt;199<" in text
    assert "&lt;i&gt;200<" not in text and "And 50 more, in metrics.json" in text
    assert "Blessed, though chance leaves it open." in text
    assert text.count("Close &amp; so.") == 2 and "auroc 0.870000 to 0.880000" in text
    assert "3.2e-07" in text and "2.2 ms, 9.0 ms at the 99th" in text
    # By slices, not by groups again; defect types are among the classes.
    assert "By defect" not in text
    assert text.count("<h2>By class</h2>") == 1 and "called novel</th>" not in text


def test_pictures_are_loaded_once(trained, digits, tmp_path):
    calls = []
    images = digits["test_novel"][:9]

    def load(indices):
        calls.append(indices)
        return images[indices]

    outputs = trained.predict(images, verbose=0)
    write_report(
        tmp_path / "report.html",
        title="Once",
        detector=trained,
        labels=np.ones(9, int),
        outputs=outputs,
        class_names=["other"] * 9,
        load_images=load,
        metrics=evaluate_scores(np.ones(9), outputs["score"], outputs["is_novel"]),
        card=describe_detector(trained),
    )
    (indices,) = calls
    assert indices == sorted(set(indices))


def test_one_class_only_still_gives_a_page(trained, digits, tmp_path):
    path = report(tmp_path / "report.html", trained, digits, np.zeros(9, int))
    text = path.read_text(encoding="utf-8")
    assert "Add novel images" in text
    assert 'aria-label="ROC curve"' not in text
    assert "Pixel AUROC" not in text and "masks" not in text
    assert re.search(r"<dt>AUROC</dt><dd>-</dd>", text)
    assert re.search(r"95% detected</dt>\s*<dd>-</dd>", text)


def test_pictures_are_chosen_by_score():
    labels = np.array([0, 0, 1, 1])
    scores = np.array([0.1, 0.9, 0.2, 0.8])
    chosen = choose_pictures(labels, scores, scores > 0.5, count=2)
    assert [list(indices) for _, _, indices in chosen] == [[1, 3], [0, 2], [1], [2]]


@pytest.mark.parametrize("value", [0.0, 0.5, 2.0])
def test_one_colour_scale_for_all_images(value):
    alone = heat_map(np.full((2, 2), value), scale=1.0)
    among = heat_map(np.array([[value, 0.0], [1.0, 9.0]]), scale=1.0)
    np.testing.assert_array_equal(alone[0, 0], among[0, 0])
