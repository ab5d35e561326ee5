"""The report in a real browser, headless."""

import re

import numpy as np
import pytest

from keras_novnorm.export.model_card import describe_detector
from keras_novnorm.metrics import evaluate_scores
from keras_novnorm.visualization import write_report
from tests.keras_novnorm.visualization.report_example import report
from tests.serving.ui import browser as chromium

pytestmark = pytest.mark.skipif(not chromium.PATH, reason="needs chromium on the PATH")

TYPES = ["good", "scratch", "<script>alert(1)</script>"]


@pytest.fixture(scope="module")
def browser(tmp_path_factory):
    with chromium.Browser(tmp_path_factory.mktemp("profile")) as browser:
        yield browser


@pytest.fixture(scope="module")
def example(trained, digits, tmp_path_factory):
    """Path of a report on 120 pictures of three types, with its scores."""
    images = np.concatenate([digits["test_normal"][:20], digits["test_novel"]])
    outputs = trained.predict(images, verbose=0)
    labels = np.repeat([0, 1], [20, 100])
    types = np.where(labels == 0, 0, 1 + np.arange(120) % 2)
    names = [TYPES[n] for n in types]
    path = write_report(
        tmp_path_factory.mktemp("report") / "größe 1.html",
        title="Digit 8",
        detector=trained,
        labels=labels,
        outputs=outputs,
        class_names=names,
        load_images=lambda indices: images[indices],
        metrics=evaluate_scores(labels, outputs["score"], outputs["is_novel"], names),
        card=describe_detector(trained),
        history={"loss": [1.0, 0.5], "reconstruction_error": [0.1, 0.05]},
        rejected=[("a/" + "very_long_name_" * 12 + ".png", "</script> is no picture")],
        advice=["Have a look at `a.png`."],
        names=[f"{n}<script>alert(1)</script>.png" for n in range(120)],
        max_gallery=40,
    )
    return {
        "path": path,
        "labels": labels,
        "scores": outputs["score"],
        "is_novel": outputs["is_novel"],
        "types": types,
    }


@pytest.fixture
def page(browser, example):
    browser.messages.clear()
    browser.open(example["path"].as_uri())
    return browser


def text(page, selector):
    return page.run(f"document.querySelector({selector!r})?.textContent.trim()")


def live(page, name):
    return text(page, f".bar [data-live={name}]")


def move_slider(page, step):
    """Moves the slider and returns the threshold that the page shows."""
    page.run(
        f"""(() => {{ const slider = document.getElementById('slider');
          slider.value = {step};
          for (const kind of ['input', 'change'])
            slider.dispatchEvent(new Event(kind, {{bubbles: true}})); }})()"""
    )
    return float(page.run("document.getElementById('threshold').value"))


def choose(page, name, value):
    page.run(
        f"""(() => {{ const field = document.getElementById({name!r});
          field.value = {value!r};
          for (const kind of ['input', 'change'])
            field.dispatchEvent(new Event(kind, {{bubbles: true}})); }})()"""
    )


def shown(page):
    """What stands on the cards that are shown."""
    return page.run(
        """[...document.querySelectorAll('#gallery > li:not([hidden])')].map((li) => ({
          score: Number(li.dataset.score), label: Number(li.dataset.label),
          type: li.dataset.type, name: li.querySelector('h3').textContent,
          verdict: li.querySelector('.verdict').textContent.slice(2),
          mistake: li.querySelector('.mistake').textContent}))"""
    )


def share(part, whole):
    return f"({part} of {whole})"


def test_page_runs_without_an_error_and_asks_no_other_host(page):
    assert page.messages == []
    assert page.run("!document.querySelector('.bar').hidden")
    asked = page.run("performance.getEntriesByType('resource').map((e) => e.name)")
    assert [url for url in asked if not url.startswith("data:")] == []
    # Nor could it: what the page forbids is refused, and said.
    page.run("fetch('https://example.com/').catch(() => 0)")
    page.run(
        """new Promise((end) => { const image = new Image();
          image.onerror = end; image.src = 'https://example.com/a.png'; })"""
    )
    refused = [m for m in page.messages if "Content Security Policy" in m]
    assert len(refused) >= 2 and refused == page.messages


def test_names_are_text(page):
    assert shown(page)[0]["name"].endswith("<script>alert(1)</script>.png")
    assert page.run("document.scripts.length") == 2
    assert "</script> is no picture" in text(page, "#set-aside ~ .scroll")
    rows = page.run("[...document.querySelectorAll('tr[data-type] th')].length")
    assert rows == 3


def test_calibrated_verdicts_are_the_models(page, example):
    labels, novel = example["labels"], example["is_novel"]
    assert share(novel[labels == 0].sum(), 20) in live(page, "false-positive-rate")
    assert share(novel[labels == 1].sum(), 100) in live(page, "detection-rate")
    assert live(page, "target") == "5%"
    assert "1 of 40 calibration pictures lie above" in text(page, "#permanent")
    assert text(page, "header [data-live=called-novel]") == str(novel.sum())
    for card in shown(page):
        number = int(card["name"].split("<")[0])
        assert card["verdict"] == ("novel" if novel[number] else "normal")


@pytest.mark.parametrize("step", [0, 130, 402, 777, 1000])
def test_slider_gives_the_rates_that_numpy_gives(page, example, step):
    threshold = move_slider(page, step)
    labels, types = example["labels"], example["types"]
    novel = example["scores"].astype("float64") > threshold
    false_alarms, found = novel[labels == 0].sum(), novel[labels == 1].sum()
    rate = live(page, "false-positive-rate")
    assert share(false_alarms, 20) in rate
    assert float(rate.split("%")[0]) == pytest.approx(5 * false_alarms, abs=0.06)
    rate = live(page, "detection-rate")
    assert share(found, 100) in rate
    assert float(rate.split("%")[0]) == pytest.approx(found, abs=0.06)
    assert text(page, "header [data-live=called-novel]") == str(novel.sum())
    assert text(page, "header [data-live=called-normal]") == str((~novel).sum())
    for number, name in enumerate(TYPES):
        column = 1 if number else 0
        cell = page.run(
            f"""[...document.querySelectorAll('tr[data-type]')].find(
              (row) => row.dataset.type === {name!r})
              .querySelector('[data-rate="{column}"]').textContent"""
        )
        members = novel[types == number]
        assert share(members.sum(), len(members)) in cell
    for card in shown(page):
        assert card["verdict"] == ("novel" if card["score"] > threshold else "normal")
        wrong = {(0, "novel"): "false alarm", (1, "normal"): "missed"}
        assert card["mistake"] == wrong.get((card["label"], card["verdict"]), "")
    places = page.run(
        """(() => { const at = (plot, name) => parseFloat(document.querySelector(
            `[data-plot="${plot}"] [data-marker]:not(.above)`).getAttribute(name));
          const {low, high} = document.querySelector(
            '[data-plot=histogram]').dataset;
          return {line: at('histogram', 'x1'), low: Number(low), high: Number(high),
            roc: [at('roc', 'cx'), at('roc', 'cy')],
            precision: [at('precision-recall', 'cx'), at('precision-recall', 'cy')]};
        })()"""
    )
    low, high = places["low"], places["high"]
    at = min(100, max(0, 100 * (threshold - low) / (high - low)))
    assert places["line"] == pytest.approx(at, abs=1e-6)
    assert places["roc"] == pytest.approx([5 * false_alarms, 100 - found])
    precision = found / novel.sum() if novel.any() else 1.0
    assert places["precision"] == pytest.approx([found, 100 - 100 * precision])


def test_target_rate_and_command_give_the_threshold_they_say(page, trained):
    kept = trained.calibration.kept_scores()
    for step in (250, 400, 550):
        threshold = move_slider(page, step)
        words = text(page, "#permanent")
        rate = re.search(r"novnorm calibrate MODEL --target-fpr ([\d.]+)", words)[1]
        above = int(np.sum(kept > threshold))
        assert f"{above} lie above" in words
        # What the command does, by its own law: the k-th largest.
        rank = int(np.floor(float(rate) * (len(kept) + 1) + 1e-9))
        assert rank == above + 1
        sets = float(re.search(r"which sets (-?[\d.]+)", words)[1])
        assert sets == pytest.approx(np.sort(kept)[-rank], rel=1e-3)
    # A calibration score itself is not above it, and is what the command sets.
    choose(page, "threshold", repr(float(kept[-5])))
    words = text(page, "#permanent")
    assert (
        f"4 lie above: a target false-positive rate of {np.ceil(5e4 / 41) / 1e4}"
        in words
    )
    assert "which sets" not in words
    move_slider(page, 1000)
    assert "needs more calibration pictures" in text(page, "#permanent")


def test_reset_brings_back_every_word(page):
    everything = "document.querySelector('main').innerText"
    before = page.run(everything)
    move_slider(page, 900)
    assert page.run(everything) != before
    assert page.run("document.body.classList.contains('moved')")
    page.run("document.getElementById('reset').click()")
    assert page.run(everything) == before
    assert page.run("document.getElementById('reset').disabled")
    assert page.run("document.activeElement.id") == "slider"


def test_a_typed_threshold_counts_as_it_is_typed(page, example):
    # A score itself: not above it.
    score = float(example["scores"][30])
    choose(page, "threshold", repr(score))
    found = int(np.sum(example["scores"][20:].astype("float64") > score))
    assert share(found, 100) in live(page, "detection-rate")
    choose(page, "threshold", "")
    assert share(found, 100) in live(page, "detection-rate")


def test_gallery_is_sorted_and_filtered(page, example):
    assert len(shown(page)) == 40
    scores = [card["score"] for card in shown(page)]
    assert scores == sorted(scores, reverse=True)
    choose(page, "order", "least")
    assert [card["score"] for card in shown(page)] == scores[::-1]
    choose(page, "order", "name")
    numbers = [int(card["name"].split("<")[0]) for card in shown(page)]
    assert numbers == sorted(numbers)
    choose(page, "order", "near")
    threshold = describe_threshold(page)
    distances = [abs(card["score"] - threshold) for card in shown(page)]
    assert distances == sorted(distances)
    choose(page, "type", TYPES[2])
    assert {card["type"] for card in shown(page)} == {TYPES[2]}
    choose(page, "type", "")
    for wanted in ("novel", "normal"):
        choose(page, "show", wanted)
        assert {card["verdict"] for card in shown(page)} == {wanted}
    choose(page, "show", "missed")
    missed = shown(page)
    assert missed and {card["mistake"] for card in missed} == {"missed"}
    assert text(page, "#shown") == f"{len(missed)} of 40 shown"
    # It follows the slider: nothing is above the highest score.
    choose(page, "threshold", "1e9")
    assert len(shown(page)) == sum(c["label"] for c in all_cards(page))
    choose(page, "show", "all")
    name = f"{int(missed[0]['name'].split('<')[0])}<SCRIPT>"
    choose(page, "search", name)
    assert missed[0]["name"] in [card["name"] for card in shown(page)]
    assert len(shown(page)) < 40


def describe_threshold(page):
    return page.run("JSON.parse(document.getElementById('data').textContent).threshold")


def all_cards(page):
    return page.run(
        """[...document.querySelectorAll('#gallery > li')].map(
          (li) => ({label: Number(li.dataset.label)}))"""
    )


def test_keyboard_moves_the_threshold(page):
    page.run("document.getElementById('slider').focus()")
    outline = "getComputedStyle(document.activeElement).outlineStyle"
    page.press("ArrowLeft")
    assert page.run(outline) != "none"
    assert page.run("document.body.classList.contains('moved')")
    assert page.run("document.getElementById('slider').ariaValueText").startswith(
        "score "
    )
    reached = []
    for _ in range(2):
        page.press("Tab")
        reached.append(page.run("document.activeElement.id"))
    assert reached == ["threshold", "reset"]
    page.press("Enter")
    assert not page.run("document.body.classList.contains('moved')")


def test_screen_readers_are_told_what_things_are(page):
    nodes = page.call("Accessibility.getFullAXTree")["nodes"]
    named = {
        (node["role"]["value"], node.get("name", {}).get("value", ""))
        for node in nodes
        if not node["ignored"]
    }
    assert {
        ("slider", "Threshold"),
        ("spinbutton", "Score above"),
        ("heading", "Pictures"),
        ("combobox", "Order"),
        ("searchbox", "Name"),
    } <= named
    described = [name for role, name in named if role in ("image", "img")]
    assert any(name.startswith("Histograms of scores") for name in described)
    assert any(name.startswith("ROC curve.") for name in described)


@pytest.mark.parametrize("dark", [False, True])
@pytest.mark.parametrize("width", [390, 1200])
def test_it_fits_and_can_be_read(page, example, width, dark):
    page.open(example["path"].as_uri(), width, 844, dark)
    assert page.run("document.documentElement.scrollWidth") <= width
    # Words that are drawn lie within the page too.
    right = page.run(
        """Math.max(...[...document.querySelectorAll('.plot text')].map(
          (t) => t.getBoundingClientRect().right))"""
    )
    assert right <= width
    for selector in (
        *("h1", "header p", ".verdicts .novel", ".verdicts .normal", ".advice h2"),
        *(".numbers dt", "thead th", ".verdict.novel", ".verdict.normal", ".mistake"),
        *(".legend", "#permanent", "#reset", "label", ".advice li", "td"),
    ):
        assert contrast(page, selector) >= 4.5, selector


def contrast(page, selector):
    colours = page.run(
        f"""(() => {{
          const pixel = document.createElement('canvas').getContext('2d');
          const rgb = (colour) => {{
            pixel.fillStyle = colour; pixel.fillRect(0, 0, 1, 1);
            return [...pixel.getImageData(0, 0, 1, 1).data].slice(0, 3); }};
          const found = document.querySelector({selector!r});
          let back = found;
          while (getComputedStyle(back).backgroundColor === 'rgba(0, 0, 0, 0)')
            back = back.parentElement;
          return [rgb(getComputedStyle(found).color),
                  rgb(getComputedStyle(back).backgroundColor)];
        }})()"""
    )

    def luminance(colour):
        parts = np.array(colour) / 255
        linear = np.where(
            parts <= 0.03928, parts / 12.92, ((parts + 0.055) / 1.055) ** 2.4
        )
        return float(linear @ [0.2126, 0.7152, 0.0722])

    low, high = sorted(map(luminance, colours))
    return (high + 0.05) / (low + 0.05)


def test_without_scripts_all_numbers_are_there(browser, example):
    browser.call("Emulation.setScriptExecutionDisabled", value=True)
    try:
        browser.open(example["path"].as_uri())
        body = browser.run("document.body.innerText")
        assert browser.run("document.querySelector('.bar').hidden")
    finally:
        browser.call("Emulation.setScriptExecutionDisabled", value=False)
    for words in ("called novel", "ROC", "threshold", "40 of 120", "AUROC"):
        assert words in body, words


def test_a_folder_that_was_just_scored_can_be_looked_through(
    browser, trained, digits, tmp_path
):
    path = report(tmp_path / "r.html", trained, digits, np.full(18, -1), metrics={})
    browser.messages.clear()
    browser.open(path.as_uri())
    flagged = int(live(browser, "flagged-rate").split("(")[1].split()[0])
    assert text(browser, "header [data-live=called-novel]") == str(flagged)
    move_slider(browser, 0)
    assert share(18, 18) in live(browser, "flagged-rate")
    choose(browser, "show", "normal")
    assert shown(browser) == []
    assert browser.messages == []
