"""The commands as a user gives them, each in a process of its own."""

import os
import pathlib
import subprocess
import sys

from tests.waiting import PATIENCE

ROOT = pathlib.Path(__file__).parents[2]


def run(folder, *words):
    """What `python WORDS` says; it must end well."""
    found = subprocess.run(
        [sys.executable, *words],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=PATIENCE,
    )
    assert found.returncode == 0, found.stdout + found.stderr
    return found.stdout


def novnorm(folder, *words):
    """What `novnorm WORDS` says; it must end well."""
    start = "import novnorm.command, sys; sys.exit(novnorm.command.main())"
    return run(folder, "-c", start, *words)
