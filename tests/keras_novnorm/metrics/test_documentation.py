"""Examples in docstrings and on the page of metrics run and say what they did."""

import doctest
import importlib
import pathlib
import pkgutil
import re

from keras_novnorm import metrics

PAGE = pathlib.Path(__file__).parents[3] / "docs" / "metrics.md"


def test_examples_of_docstrings():
    results = [
        doctest.testmod(importlib.import_module(f"{metrics.__name__}.{module.name}"))
        for module in pkgutil.iter_modules(metrics.__path__)
    ]
    assert sum(result.failed for result in results) == 0
    assert sum(result.attempted for result in results) >= 6


def test_example_of_the_page(capsys):
    (code,) = re.findall(r"```python\n(.*?)```", PAGE.read_text("utf-8"), re.DOTALL)
    exec(code, {})
    pixels, regions, classes = capsys.readouterr().out.splitlines()
    assert 0.9 < float(pixels) < 1 and 0.15 < float(regions) < 1
    assert classes.startswith("{'per_class': {'plate': ")


def test_every_public_metric_is_on_the_page():
    page = PAGE.read_text("utf-8")
    assert [name for name in metrics.__all__ if name not in page] == []
