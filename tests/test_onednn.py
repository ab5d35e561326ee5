"""Commands that train have oneDNN's operations on before TensorFlow is imported."""

import os
import subprocess
import sys

import pytest

from tests.waiting import PATIENCE

# Says what TensorFlow would find in its environment, and ends there.
CODE = """
import os, runpy, sys

class Finder:
    def find_spec(self, name, path=None, target=None):
        if name == "tensorflow":
            print(os.environ.get("TF_ENABLE_ONEDNN_OPTS"), flush=True)
            os._exit(0)

sys.meta_path.insert(0, Finder())
sys.argv = sys.argv[1:]
if sys.argv[0] == "novnorm":
    import novnorm.command
    novnorm.command.main()
else:
    runpy.run_module(sys.argv[0], run_name="__main__")
"""
COMMANDS = {
    "novnorm": "train nowhere --out run",
    "pipeline": "run --data sklearn:digits --preset digits --root run",
    "pipeline --debug": "run --data sklearn:digits --preset digits --root run --debug",
    "pipeline.engines.worker": "",
    "benchmarks.tables": "--table 1 --classes 8 --seeds 1 --results run",
    "benchmarks.validation": "--dataset digits --classes 8",
    "benchmarks.industrial": "--data folder:nowhere",
}


@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize("told", [None, "0"])
def test_onednn_is_on_unless_the_environment_says_otherwise(command, told, tmp_path):
    environment = {k: v for k, v in os.environ.items() if k != "TF_ENABLE_ONEDNN_OPTS"}
    if told is not None:
        environment["TF_ENABLE_ONEDNN_OPTS"] = told
    environment["PYTHONPATH"] = os.getcwd()
    module = command.split()[0]
    found = subprocess.run(
        [sys.executable, "-c", CODE, module, *COMMANDS[command].split()],
        capture_output=True,
        text=True,
        check=False,
        cwd=tmp_path,
        env=environment,
        timeout=PATIENCE,
    )
    assert found.stdout.splitlines()[-1:] == [told or "1"], found.stderr[-2000:]
