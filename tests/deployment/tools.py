"""Finds and runs the checkers; each comes with the extra `dev`, or with the system."""

import os
import pathlib
import shutil
import subprocess
import sys

import pytest

from serving.configuration import flags
from tests.waiting import PATIENCE

FOLDER = pathlib.Path(__file__).parents[2] / "deployment"
# What the server takes after its drain at the most, unless told.
END_SECONDS = flags.parse(["--model_base_path=m"])[0].end_seconds
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
        timeout=PATIENCE,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout + done.stderr
