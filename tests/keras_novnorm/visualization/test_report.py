import html.parser
import json
import re

import numpy as np
import pytest

from keras_novnorm.export.model_card import describe_detector
from keras_novnorm.metrics import evaluate_scores
from keras_novnorm.visualization import write_report
from tests.keras_novnorm.visualization.report_example import report

LABELS = np.repeat([0, 1], 9)


class Page(html.parser.HTMLParser):
    """Links, pictures, headings and scripts of a page."""

    def __init__(self, path):
        super().__init__()
        self.outside, self.images, self.headings, self.tags = [], [], [], []
        self.text = path.read_text(encoding="utf-8")
        self.feed(self.text)

    def handle_starttag(self, tag, attrs):
        values = dict(attrs)
        self.tags.append((tag, values))
        if tag == "img":
            self.images.append(values)
        if re.fullmatch("h[1-6]", tag):
            self.headings.append(int(tag[1]))
        for key in ("src", "href", "xlink:href", "action", "srcset"):
            value = values.get(key, "")
            if value and not value.startswith(("data:", "#")):
                self.outside.append(value)


def embedded(text):
    """What the page's script reads."""
    found = re.search(r'<script type="application/json" id="data">(.*?)</script>', text)
    return json.loads(found.group(1))


def words(text):
    return " ".join(text.split())


def test_page_is_self_contained_and_tells_all(trained, digits, tmp_path):
    history = {"loss": [1.0, 0.5], "reconstruction_error": [0.1, 0.05]}
    metrics = {"pixel_auroc": 0.87654, "per_region_overlap": None, "num_masks": 7}
    outputs = trained.predict(
        np.concatenate([digits["test_normal"][:9], digits["test_novel"][:9]]), verbose=0
    )
    names = ["<b>8</b>"] * 9 + ["other"] * 9
    found = evaluate_scores(LABELS, outputs["score"], outputs["is_novel"], names)
    path = report(
        tmp_path / "report.html",
        trained,
        digits,
        LABELS,
        {**found, **metrics},
        history=history,
        advice=["Take 99 normals & calibrate."],
        card={**describe_detector(trained), "data_digest": "ab12", "seed": 7},
    )
    page = Page(path)
    text = page.text
    assert page.outside == []
    assert len(page.images) == 3 * 18 and all(image["alt"] for image in page.images)
    # Read aloud by headings: one first, no level left out.
    assert page.headings[0] == 1 and page.headings.count(1) == 1
    assert np.diff(page.headings).max() <= 1
    for word in ("Digit 8", "AUROC", "größe 1.png", "812", "Training", "ab12"):
        assert word in text
    assert "<li>Take 99 normals &amp; calibrate.</li>" in text
    assert re.search(r"95% detected</dt>\s*<dd>[\d.]+%</dd>", text)
    assert "<dt>Pixel AUROC</dt><dd>0.8765</dd>" in text
    assert "<dt>Per-region overlap</dt><dd>-</dd>" in text
    assert "<dt>Pictures with masks</dt><dd>7</dd>" in text
    rows = re.findall(r'<tr data-type="(.*?)">(.*?)</tr>', text, re.DOTALL)
    cells = {name: re.findall(r"<td>(.*?)</td>", row, re.DOTALL) for name, row in rows}
    assert cells["&lt;b&gt;8&lt;/b&gt;"][:2] == ["9", "0"]
    assert cells["&lt;b&gt;8&lt;/b&gt;"][2].startswith("- ")
    assert cells["other"][:2] == ["0", "9"]
    assert float(cells["other"][2].split()[0]) == pytest.approx(
        found["groups"]["other"]["auroc"], abs=1e-4
    )
    called = int(np.sum(outputs["is_novel"]))
    assert f'data-live="called-novel">{called}</b> called novel' in text
    # A class name is text, never markup.
    assert "<b>8</b>" not in text and "&lt;b&gt;8" in text
    assert [p.name for p in tmp_path.iterdir()] == ["report.html"]


def test_parts_stand_in_the_order_of_a_reader(trained, digits, tmp_path):
    path = report(
        tmp_path / "report.html", trained, digits, LABELS, advice=["Look at them."]
    )
    text = path.read_text(encoding="utf-8")
    parts = ["<h1>", "called novel", ">Advice<", 'id="slider"', ">Scores<", ">ROC<"]
    parts += [">Precision and recall<", ">By type<", ">Pictures<", ">Set aside (1)<"]
    places = [text.index(part) for part in [*parts, ">Model<", ">Terms of the score<"]]
    assert places == sorted(places)


def test_slices_intervals_blessing_and_check_are_shown(trained, digits, tmp_path):
    one = {"num_normal": 3, "num_novel": 4, "auroc": 0.75, "detection_rate": 0.5}
    one = {**one, "false_positive_rate": None, "intervals": {"auroc": [0.5, 0.875]}}
    found = evaluate_scores(LABELS, np.arange(18.0), np.arange(18) > 12)
    path = report(
        tmp_path / "report.html",
        trained,
        digits,
        LABELS,
        {
            **found,
            "slices": {
                "class": {"crack": one},
                "defect_type": {"crack": one},
                "column:lot": {f"<i>{n}": one for n in range(250)},
            },
            "intervals": {"auroc": [0.1234, 0.9], "detection_rate": [0.25, 0.75]},
            "confidence": 0.95,
            "bounds": {"auroc": [0.87, 0.88]},
        },
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
    assert "0.75 <small>0.500 to 0.875</small>" in words(text)
    assert "<h2>By lot</h2>" in text and "&lt;i&gt;199<" in text
    assert "&lt;i&gt;200<" not in text and "And 50 more, in metrics.json" in text
    assert "Blessed, though chance leaves it open." in text
    assert text.count("Close &amp; so.") == 2 and "auroc 0.870000 to 0.880000" in text
    assert "3.2e-07" in text and "2.2 ms, 9.0 ms at the 99th" in text
    # By slices, which are of all pictures; defect types are among the classes.
    assert "By defect" not in text and '<tr data-type="crack">' in text
    assert text.count("<h2>By type</h2>") == 1 and '<tr data-type="other">' not in text


def test_pictures_are_loaded_once(trained, digits, tmp_path):
    calls = []
    images = digits["test_novel"][:9]

    def load(indices):
        calls.append(indices)
        return images[indices]

    report(tmp_path / "r.html", trained, digits, np.ones(9, int), load_images=load)
    (indices,) = calls
    assert indices == sorted(set(indices))


def test_pictures_of_their_own_size_come_a_few_at_a_time(trained, digits, tmp_path):
    calls = []

    def load(indices):
        calls.append(len(indices))
        picture = np.full((30, 50), 90, "uint8")
        values = np.linspace(0, 1, 1500, dtype="float32").reshape(30, 50)
        return [(picture, None if index == 3 else values) for index in indices]

    path = report(
        tmp_path / "r.html",
        trained,
        digits,
        LABELS,
        load_images=None,
        load_pictures=load,
        names=[f"{n} größe.png" for n in range(18)],
    )
    page = Page(path)
    assert sum(calls) == 18 and max(calls) <= 8
    alternatives = {image["alt"] for image in page.images}
    assert "2 größe.png: heat map" in alternatives
    assert "3 größe.png: picture" in alternatives
    assert "3 größe.png: heat map" not in alternatives


def test_one_class_only_still_gives_a_page(trained, digits, tmp_path):
    path = report(tmp_path / "report.html", trained, digits, np.zeros(9, int))
    text = path.read_text(encoding="utf-8")
    assert "Add novel images" in text
    assert "ROC curve" not in text and "<h2>Curves" not in text
    assert "Pixel AUROC" not in text and "masks" not in text
    assert re.search(r"<dt>AUROC</dt><dd>-</dd>", text)
    assert re.search(r"95% detected</dt>\s*<dd>-</dd>", text)


def test_nothing_that_needs_labels_is_shown_where_none_is_known(
    trained, digits, tmp_path
):
    path = report(tmp_path / "report.html", trained, digits, np.full(9, -1), metrics={})
    text = path.read_text(encoding="utf-8")
    for absent in ("AUROC", "ROC curve", "Detection rate", "false alarms", "(normal)"):
        assert absent not in text, absent
    assert re.search(r"Called novel \(of normal ones, about 5% would be\)", text)
    assert "pictures (9)" in text and "calibration, normal (40)" in text
    assert embedded(text)["labels"] == "?" * 9


def test_names_from_files_are_never_markup(trained, digits, tmp_path):
    nasty = ["<script>alert(1)</script>.png", "</script><img src=x onerror=alert(2)>"]
    nasty += ['" onmouseover="alert(3)', "\udcff.png", "{{ 7 * 7 }}", "<!--"]
    names = [nasty[n % len(nasty)] for n in range(18)]
    path = report(
        tmp_path / "report.html",
        trained,
        digits,
        LABELS,
        title=nasty[0],
        names=names,
        class_names=names,
        rejected=[(nasty[1], nasty[0])],
        advice=nasty[:2],
        facts={nasty[0]: nasty[1]},
    )
    page = Page(path)
    scripts = [values for tag, values in page.tags if tag == "script"]
    assert scripts == [{"type": "application/json", "id": "data"}, {}]
    assert not any("onmouseover" in v or "onerror" in v for _, v in page.tags)
    assert all(image["src"].startswith("data:image/") for image in page.images)
    assert set(embedded(page.text)["typeNames"]) == set(names)


def test_many_pictures_are_sampled_and_said(trained, digits, tmp_path):
    number = 30_000
    generator = np.random.default_rng(0)
    scores = generator.normal(size=number).astype("float32")
    labels = np.arange(number) % 2
    outputs = {"score": scores, "p_value": scores, "is_novel": scores > 3}
    images = digits["test_novel"]
    path = write_report(
        tmp_path / "r.html",
        title="Many",
        detector=trained,
        labels=labels,
        outputs=outputs,
        class_names=np.where(labels, "b", "a"),
        load_images=lambda indices: images[np.asarray(indices) % len(images)],
        metrics=evaluate_scores(labels, scores, outputs["is_novel"]),
        card=describe_detector(trained),
    )
    text = path.read_text(encoding="utf-8")
    assert path.stat().st_size < 2e6
    assert "random sample of 20,000 of the 30,000 pictures" in words(text)
    assert len(embedded(text)["scores"]) == 20_000
    # The sample holds what it is drawn from.
    assert np.mean(embedded(text)["scores"]) == pytest.approx(0, abs=0.03)
    assert f"{int(np.sum(scores > 3))}</b> called novel" in text
    assert Page(path).text.count("<li data-score") == 60


def test_a_detector_without_a_threshold_is_refused(trained, digits, tmp_path):
    card = {**describe_detector(trained), "threshold": None}
    with pytest.raises(ValueError, match="call `calibrate` first"):
        report(tmp_path / "r.html", trained, digits, LABELS, card=card)
    assert list(tmp_path.iterdir()) == []
