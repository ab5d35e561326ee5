"""What the pages show runs."""

import pathlib
import re

import numpy as np
import pytest

ROOT = pathlib.Path(__file__).parent.parent
DOCS = ROOT / "docs"


def code_of(name):
    text = (DOCS / name).read_text(encoding="utf-8")
    return re.findall(r"```python\n(.*?)```", text, re.DOTALL)


def test_own_term_and_own_networks_score(digits):
    names = {"__name__": "a_users_module"}
    term, networks = code_of("terms.md")
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


def test_example_of_the_method(digits):
    names = {}
    (code,) = code_of("method.md")
    exec(code, names)
    assert names["detector"].term_names[-1] == "latent_distance"


PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted(DOCS.glob("*.md"))]


def anchors(page):
    """The names that headings can be linked by, as GitHub makes them."""
    headings = re.findall(r"^#+ (.+)$", page.read_text("utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", h).lower().replace(" ", "-") for h in headings}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_somewhere(page):
    for target in re.findall(r"\]\(([^):]+)\)", page.read_text("utf-8")):
        name, _, anchor = target.partition("#")
        place = page.parent / name if name else page
        assert place.exists(), f"{page.name} links to {target}"
        assert not anchor or anchor in anchors(place), f"{page.name} links to {target}"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_code_is_where_the_page_says(page):
    said = re.findall(r"`(\w[\w/]*\.py)`(?:, `(\w+)`)?", page.read_text("utf-8"))
    for name, function in said:
        found = [p for p in (ROOT / name, ROOT / "keras_novnorm" / name) if p.exists()]
        assert found, f"{page.name} names {name}"
        text = found[0].read_text("utf-8")
        assert not function or f"def {function}(" in text, f"{function} in {name}"
