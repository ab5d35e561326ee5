"""What the pages show runs."""

import pathlib
import re

import numpy as np
import pytest

DOCS = pathlib.Path(__file__).parent.parent / "docs"


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


@pytest.mark.parametrize("page", sorted(DOCS.glob("*.md")), ids=lambda page: page.name)
def test_links_lead_somewhere(page):
    for target in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", page.read_text("utf-8")):
        assert (page.parent / target).exists(), f"{page.name} links to {target}"
