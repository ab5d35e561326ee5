"""Finds and runs the checkers; each comes with the extra `dev`, or with the system."""

import os
import pathlib
import shutil
import subprocess
import sys

import pytest

FOLDER = pathlib.Path(__file__).parents[2] / "deployment"
_PLACES = os.pathsep.join([os.path.dirname(sys.executable), os.environ.get("PATH", "")])


def find(name):
    """Path of a program; skips the test where there is none."""
    found = shutil.which(name, path=_PLACES)
    if found is None:
        pytest.skip(f"needs {name}: pip install --editable '.[dev]'")
    return found


def check(name, *arguments):
    """Runs a checker, which must find nothing, and returns what it printed."""
    done = subprocess.run(
        [find(name), *map(str, arguments)],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout + done.stderr
