"""Floors: no import runs upward or sideways, and importing is cheap."""

import ast
import pathlib

import pytest

from tests.contracts import run_in_fresh_process

ROOT = pathlib.Path(__file__).parents[1]
FORBIDDEN = {
    "keras_novnorm": {
        "apache_beam",
        "grpc",
        "novnorm",
        "tensorflow_serving",
        "pipeline",
        "serving",
    },
    "novnorm": {
        "apache_beam",
        "benchmarks",
        "grpc",
        "pipeline",
        "serving",
        "tensorflow_serving",
    },
    "novnorm_pictures": {
        "apache_beam",
        "grpc",
        "keras",
        "keras_novnorm",
        "novnorm",
        "pipeline",
        "serving",
        "tensorflow",
    },
    "pipeline": {"novnorm", "benchmarks"},
    "serving": {
        "keras_novnorm",
        "novnorm",
        "pipeline",
        "benchmarks",
        "keras",
        "apache_beam",
    },
}


def imports(path):
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name.split(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.level == 0:
            yield node.module.split(".")[0]


@pytest.mark.parametrize("floor", sorted(FORBIDDEN))
def test_no_import_runs_upward_or_sideways(floor):
    files = sorted((ROOT / floor).rglob("*.py"))
    assert files
    found = {
        str(path.relative_to(ROOT)): sorted(set(imports(path)) & FORBIDDEN[floor])
        for path in files
        if set(imports(path)) & FORBIDDEN[floor]
    }
    assert found == {}


def test_importing_the_package_brings_nothing_beside_keras():
    code = """
import sys
import keras
before = set(sys.modules)
import keras_novnorm
new = {name.split(".")[0] for name in set(sys.modules) - before}
slow = {"sklearn", "matplotlib", "tensorflow_datasets", "apache_beam", "PIL", "jinja2"}
print(sorted(new & slow))
"""
    assert run_in_fresh_process(code).strip() == "[]"
