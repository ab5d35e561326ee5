"""What work depends on is what it imports, and nothing else."""

import importlib

import pytest

from pipeline import import_closure
from pipeline.import_closure import SOURCES
from pipeline.run_config import COMPONENTS


@pytest.fixture
def house(tmp_path, monkeypatch):
    """Sources of three rooms; returns what a file of them depends on, by name."""
    files = {
        "serving/__init__.py": "from serving.door import thing",
        "serving/door.py": "from serving.behind import deep\nthing = 1",
        "serving/behind.py": "deep = 1",
        "pipeline/__init__.py": "",
        "pipeline/work.py": "def f():\n    from pipeline import helper\n    import os",
        "pipeline/helper.py": "METHODS = ['serving.named']",
        "pipeline/asks.py": "from serving import thing",
        "serving/named.py": "import numpy",
        "pipeline/elsewhere.py": "import pipeline.work",
    }
    for name, text in files.items():
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)
    monkeypatch.setattr(import_closure, "SOURCES", tmp_path)

    def of(name):
        found = import_closure.import_closure(tmp_path / name)
        return [path.relative_to(tmp_path).as_posix() for path in found]

    return of


def test_imports_are_followed_within_functions_and_by_name(house):
    expected = ["pipeline/helper.py", "pipeline/work.py", "serving/named.py"]
    assert house("pipeline/work.py") == expected


def test_a_door_leads_to_what_is_asked_for_alone(house):
    assert house("pipeline/asks.py") == [
        "pipeline/asks.py",
        "serving/behind.py",
        "serving/door.py",
    ]


@pytest.mark.parametrize("name", COMPONENTS)
def test_each_component_depends_on_what_it_uses(name):
    contract = importlib.import_module(f"pipeline.components.{name}.component")
    executor = SOURCES / "pipeline" / "components" / name / "executor.py"
    found = {
        path.relative_to(SOURCES).as_posix()
        for path in import_closure.import_closure(executor)
    }
    assert f"pipeline/components/{name}/executor.py" in found
    trains = "keras_novnorm/detectors/novelty/training_step.py" in found
    assert trains == (name in ("train", "calibrate", "export", "check", "report"))
    assert ("keras_novnorm/detectors/pca.py" in found) == trains
    assert ("novnorm/main.py" in found) == (name == "none")
    assert contract.__doc__
