"""The page in a real browser, against the real server."""

import io
import re

import numpy as np
import pytest
from PIL import Image

from tests.serving.ui import browser as chromium

pytestmark = pytest.mark.skipif(not chromium.PATH, reason="needs chromium on the PATH")
READY = "!document.getElementById('model').disabled"
DONE = """document.querySelector('.card') &&
    !document.querySelector('[data-state=waiting]')"""
# A heat map, or the words that there is none, for each that was scored.
DRAWN = """[...document.querySelectorAll('.card')].every((card) =>
    card.dataset.state === 'failed' || !card.querySelector('canvas').hidden)"""


@pytest.fixture(scope="module")
def browser(tmp_path_factory):
    with chromium.Browser(tmp_path_factory.mktemp("profile")) as browser:
        yield browser


@pytest.fixture
def page(browser, detector):
    """The page of the toy detector, whose threshold is 100."""
    browser.messages.clear()
    browser.open(f"http://127.0.0.1:{detector.rest_port}/ui/")
    browser.until(READY)
    return browser


@pytest.fixture(scope="module")
def pictures(tmp_path_factory):
    """Files by name."""
    folder = tmp_path_factory.mktemp("pictures")

    def save(name, pixels, **options):
        Image.fromarray(np.asarray(pixels, np.uint8)).save(folder / name, **options)

    def plain(level):
        return np.full((20, 30, 3), level)

    save("dark.png", plain(20))
    save("bright.png", plain(220))
    save("photo.jpg", plain(240))
    save("web.webp", plain(200), lossless=True)
    save("scan.tif", plain(90))
    exif = Image.Exif()
    exif[0x0112] = 6
    half = plain(0)
    half[:, :15] = 255
    save("turned.jpg", half, exif=exif, quality=95)
    (folder / "broken.png").write_bytes(b"\x89PNG\r\n\x1a\n, and no more")
    (folder / "notes.txt").write_text("no picture")
    return folder


def card(page, name):
    """What stands on one card."""
    return page.run(
        f"""(() => {{
          const card = [...document.querySelectorAll('.card')].find(
            (c) => c.querySelector('.name').textContent === {name!r});
          const text = (s) => card.querySelector(s)?.textContent.trim();
          return {{state: card.dataset.state, word: text('.word'), sign: text('.sign'),
            meaning: text('.meaning'), score: text('.score'), p: text('.p'),
            threshold: text('.threshold'), origin: text('.origin'),
            unseen: text('.unseen'), more: text('.more tbody'),
            map: !card.querySelector('canvas').hidden}};
        }})()"""
    )


def test_pictures_get_score_verdict_map_and_origin(page, pictures):
    page.choose("#files", [pictures / n for n in ("dark.png", "bright.png")])
    page.until(DONE)
    page.until(DRAWN)
    dark, bright = card(page, "dark.png"), card(page, "bright.png")
    assert (dark["state"], dark["word"], dark["sign"]) == ("normal", "Normal", "✓")
    assert (bright["state"], bright["word"], bright["sign"]) == ("novel", "Novel", "▲")
    assert float(dark["score"]) < float(dark["threshold"]) == 100
    assert float(bright["score"]) > 100
    assert dark["map"] and bright["map"]
    assert re.fullmatch(r"detector, version 1 · \d+ ms", bright["origin"])
    assert re.search(r"\d+ of 100 normal pictures", dark["meaning"])
    summary = page.run("document.getElementById('summary').textContent")
    assert summary == "2 pictures: 1 novel, 1 normal"
    # Nothing inline, nothing from elsewhere, no script that failed.
    assert page.messages == []


def test_maps_share_one_scale_and_the_slider_fades_them(page, pictures):
    page.choose("#files", [pictures / "dark.png", pictures / "bright.png"])
    page.until(DONE)
    page.until(DRAWN)
    strongest = page.run(
        """[...document.querySelectorAll('.card canvas')].map((c) => Math.max(
            ...c.getContext('2d').getImageData(0, 0, c.width, c.height).data.filter(
              (_, i) => i % 4 === 3)))"""
    )
    assert strongest[0] < 80 and strongest[1] == 255
    assert float(page.run("document.getElementById('high').textContent")) > 200
    page.run("document.getElementById('opacity').focus()")
    for _ in range(30):
        page.press("ArrowLeft")
    assert page.run("document.getElementById('opacity-value').textContent") == "50%"
    opacity = "getComputedStyle(document.querySelector('.card canvas')).opacity"
    assert page.run(opacity) == "0.5"


def test_bad_files_are_explained_and_the_others_go_on(page, pictures):
    names = ["broken.png", "notes.txt", "scan.tif", "bright.png"]
    page.choose("#files", [pictures / name for name in names])
    page.until(DONE)
    for name in names[:3]:
        shown = card(page, name)
        assert shown["state"] == "failed" and shown["word"] == "Not scored"
        assert "Save it as PNG or JPEG" in shown["meaning"]
        if name == "scan.tif":
            assert shown["meaning"].startswith("TIFF is read neither")
        else:
            assert "could not read this file as a picture" in shown["meaning"]
            assert shown["more"], name  # the server's own words
        assert shown["unseen"] == "This browser cannot show the file."
    assert card(page, "bright.png")["state"] == "novel"
    summary = page.run("document.getElementById('summary').textContent")
    assert summary == "4 pictures: 1 novel, 3 not scored"


@pytest.mark.parametrize("kind", ["drop", "paste"])
def test_text_that_is_dropped_or_pasted_is_explained(page, kind):
    holder = {"drop": "dataTransfer", "paste": "clipboardData"}[kind]
    event = {"drop": "DragEvent", "paste": "ClipboardEvent"}[kind]
    page.run(
        f"""(() => {{ const data = new DataTransfer();
          data.setData('text/plain', 'a picture of words');
          dispatchEvent(new {event}('{kind}', {{{holder}: data, cancelable: true}}));
        }})()"""
    )
    notice = page.run("document.getElementById('notice').textContent")
    assert notice.startswith("That was no picture file.")
    assert page.run("document.getElementById('notice').hidden") is False


def test_only_what_is_read_is_offered(page):
    accepted = page.run("document.getElementById('files').accept")
    assert "tif" not in accepted and "image/*" not in accepted


def test_what_the_server_cannot_read_is_redrawn(page, pictures):
    page.choose("#files", [pictures / "web.webp"])
    page.until(DONE)
    shown = card(page, "web.webp")
    assert shown["state"] == "novel"
    assert shown["origin"].endswith("sent as PNG")


def test_a_turned_photo_is_sent_upright(page, pictures):
    page.choose("#files", [pictures / "turned.jpg"])
    page.until(DONE)
    page.until(DRAWN)
    assert card(page, "turned.jpg")["origin"].endswith("sent upright, as PNG")
    # Stored with its left half bright; held upright, its upper half is.
    rows = page.run(
        """(() => { const c = document.querySelector('.card canvas');
          const d = c.getContext('2d').getImageData(0, 0, c.width, c.height).data;
          return [1, 6].map((y) => d[4 * (y * c.width + 4) + 3]); })()"""
    )
    assert rows[0] > 200 > 50 > rows[1]


def test_pictures_are_dropped_and_pasted(page, pictures):
    content = list((pictures / "photo.jpg").read_bytes())
    for kind, field in (("drop", "dataTransfer"), ("paste", "clipboardData")):
        page.run(
            f"""(() => {{
              const data = new DataTransfer();
              data.items.add(new File([new Uint8Array({content})], '{kind}.jpg'));
              const type = {{drop: DragEvent, paste: ClipboardEvent}}['{kind}'];
              document.body.dispatchEvent(new type('{kind}',
                {{{field}: data, bubbles: true, cancelable: true}}));
            }})()"""
        )
        page.until(DONE)
        assert card(page, f"{kind}.jpg")["state"] == "novel"
    page.run("document.getElementById('clear').click()")
    assert page.run("document.getElementById('results').hidden")
    assert page.run("document.querySelectorAll('.card').length") == 0
    assert page.run("document.activeElement.id") == "choose"


def test_keyboard_reaches_everything_in_order(page, pictures):
    page.choose("#files", [pictures / "dark.png"])
    page.until(DONE)
    page.run("document.activeElement.blur()")
    reached = []
    for _ in range(5):
        page.press("Tab")
        reached.append(
            page.run("document.activeElement.id || document.activeElement.tagName")
        )
        outline = "getComputedStyle(document.activeElement).outlineStyle"
        assert page.run(outline) != "none", reached[-1]
    assert reached == ["model", "choose", "opacity", "clear", "SUMMARY"]
    page.press("Enter")
    assert page.run("document.querySelector('details').open")


def test_screen_readers_are_told_what_things_are(page, pictures):
    page.choose("#files", [pictures / "bright.png"])
    page.until(DONE)
    page.until(DRAWN)
    nodes = page.call("Accessibility.getFullAXTree")["nodes"]
    named = {
        (node["role"]["value"], node.get("name", {}).get("value", ""))
        for node in nodes
        if not node["ignored"]
    }
    assert {
        ("combobox", "Model"),
        ("button", "Choose pictures"),
        ("slider", "Heat map"),
        ("button", "Clear"),
        ("article", "bright.png"),
        ("image", "bright.png"),
    } <= named
    assert [node["role"]["value"] for node in nodes].count("status") >= 2


@pytest.mark.parametrize("dark", [False, True])
@pytest.mark.parametrize("width", [360, 1200])
def test_it_fits_and_can_be_read(page, detector, pictures, width, dark):
    page.open(f"http://127.0.0.1:{detector.rest_port}/ui/", width, 800, dark)
    page.until(READY)
    page.choose("#files", [pictures / n for n in ("dark.png", "broken.png")])
    page.until(DONE)
    assert page.run("document.documentElement.scrollWidth") <= width
    for selector in ("h1", ".soft", ".verdict", "[data-state=failed] .verdict", "dt"):
        assert contrast(page, selector) >= 4.5, selector


def contrast(page, selector):
    """WCAG's contrast of a text and what is behind it."""
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


def test_a_model_without_the_signature_is_named(browser, half_plus_two, pictures):
    browser.open(f"http://127.0.0.1:{half_plus_two.rest_port}/ui/")
    browser.until(READY)
    browser.choose("#files", [pictures / "dark.png"])
    browser.until(DONE)
    shown = card(browser, "dark.png")
    assert shown["state"] == "failed"
    assert "Model half_plus_two has no signature serving_bytes" in shown["meaning"]


def test_a_server_that_has_gone_is_said(page, pictures):
    page.run("window.fetch = () => Promise.reject(new TypeError('Failed to fetch'))")
    page.choose("#files", [pictures / "dark.png"])
    page.until(DONE)
    shown = card(page, "dark.png")
    assert shown["meaning"] == "The server cannot be reached. Is it still running?"


def test_page_scores_as_the_door_does(page, detector, pictures):
    page.choose("#files", [pictures / "dark.png"])
    page.until(DONE)
    content = (pictures / "dark.png").read_bytes()
    outputs = detector.predict({"image_bytes": [content]}, "serving_bytes").outputs
    expected = outputs["score"].float_val[0]
    assert float(card(page, "dark.png")["score"]) == pytest.approx(expected, rel=1e-3)
    assert Image.open(io.BytesIO(content)).size == (30, 20)
