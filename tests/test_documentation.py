"""What the pages show runs."""

import html.parser
import os
import pathlib
import re
import subprocess
import sys

import numpy as np
import pytest
import yaml

ROOT = pathlib.Path(__file__).parent.parent
DOCS = ROOT / "docs"


def code_of(name):
    text = (DOCS / name).read_text(encoding="utf-8")
    return re.findall(r"```python\n(.*?)```", text, re.DOTALL)


def test_own_term_and_own_networks_score(digits):
    names = {"__name__": "a_users_module"}
    term, networks, *_ = code_of("terms.md")
    assert len(term.splitlines()) <= 30
    exec(term, names)
    images = digits["train"][:4]
    outputs = names["detector"].predict(images, verbose=0)
    given = images.astype("float32") / 255
    rebuilt = np.asarray(names["detector"].reconstruct(images))
    expected = np.square(np.diff(given - rebuilt, axis=2)).mean(axis=(1, 2, 3))
    np.testing.assert_allclose(outputs["edge_error"], expected, rtol=1e-3)
    exec(networks, names)
    assert names["detector"].predict(images, verbose=0)["score"].shape == (4,)


PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted(DOCS.rglob("*.md"))]


def name_of(page):
    return page.relative_to(ROOT).as_posix()


def anchors(page):
    """The names that headings can be linked by, as GitHub makes them."""
    headings = re.findall(r"^#+ (.+)$", page.read_text("utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", h).lower().replace(" ", "-") for h in headings}


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_links_lead_somewhere(page):
    for target in re.findall(r"\]\(([^):]+)\)", page.read_text("utf-8")):
        name, _, anchor = target.partition("#")
        place = page.parent / name if name else page
        assert place.exists(), f"{page.name} links to {target}"
        assert not anchor or anchor in anchors(place), f"{page.name} links to {target}"


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_code_is_where_the_page_says(page):
    said = re.findall(r"`(\w[\w/]*\.py)`(?:, `(\w+)`)?", page.read_text("utf-8"))
    for name, function in said:
        found = [p for p in (ROOT / name, ROOT / "keras_novnorm" / name) if p.exists()]
        assert found, f"{page.name} names {name}"
        text = found[0].read_text("utf-8")
        assert not function or f"def {function}(" in text, f"{function} in {name}"


def test_every_named_test_exists():
    named = re.findall(
        r"`(tests/[\w/]+\.py)::(\w+)`", (DOCS / "cases.md").read_text("utf-8")
    )
    assert len(named) > 80
    for path, name in named:
        assert f"def {name}(" in (ROOT / path).read_text("utf-8"), f"{path}::{name}"


def entries_of(nav):
    for entry in nav:
        for value in entry.values():
            yield from entries_of(value) if isinstance(value, list) else [value]


class Configuration(yaml.SafeLoader):
    """Reads `mkdocs.yml`, which names a function, without calling it."""


Configuration.add_multi_constructor("tag:yaml.org,2002:python/", lambda *_: None)


def test_every_page_is_in_the_navigation_once():
    text = (ROOT / "mkdocs.yml").read_text("utf-8")
    entries = list(entries_of(yaml.load(text, Configuration)["nav"]))
    pages = [page.relative_to(DOCS).as_posix() for page in DOCS.rglob("*.md")]
    assert sorted(entries) == sorted(pages)


class Fetched(html.parser.HTMLParser):
    """Collects what a browser would fetch by itself to show a page."""

    def __init__(self):
        super().__init__()
        self.addresses = []

    def handle_starttag(self, tag, attrs):
        attrs = dict(attrs)
        is_link = tag == "link" and attrs.get("rel") not in (
            "canonical",
            "next",
            "prev",
        )
        if is_link:
            self.addresses.append(attrs.get("href"))
        if tag in ("script", "img", "source", "iframe", "video", "audio", "embed"):
            self.addresses.append(attrs.get("src"))


def from_elsewhere(address):
    return bool(address) and re.match(r"(\w+:)?//", address) is not None


@pytest.mark.slow
def test_the_site_is_built_without_a_warning_and_fetches_nothing(tmp_path):
    result = subprocess.run(
        [sys.executable, "-m", "mkdocs", "build", "--strict", "--site-dir", tmp_path],
        cwd=ROOT,
        env={**os.environ, "NO_MKDOCS_2_WARNING": "1"},
        capture_output=True,
        text=True,
    )
    assert result.returncode == 0, result.stderr
    built = list(tmp_path.rglob("*.html"))
    assert len(built) >= len(list(DOCS.rglob("*.md")))
    for page in built:
        fetched = Fetched()
        fetched.feed(page.read_text("utf-8"))
        assert fetched.addresses
        outside = [a for a in fetched.addresses if from_elsewhere(a)]
        assert not outside, f"{page.name} fetches {outside}"
    for style in tmp_path.rglob("*.css"):
        found = re.findall(
            r"(?:url\(|@import )[\"']?([^)\"']+)", style.read_text("utf-8")
        )
        assert not [a for a in found if from_elsewhere(a)], style.name
    reference = (tmp_path / "reference" / "detector.html").read_text("utf-8")
    assert "rate of false alarms to allow" in reference
