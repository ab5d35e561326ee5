"""Another backend of Keras is refused in one sentence, at once."""

import os
import subprocess
import sys

import pytest

WORDS = "KERAS_BACKEND=tensorflow"
IMPORT = [sys.executable, "-c", "import keras_novnorm"]
COMMAND = [sys.executable, "-c", "import novnorm.command as n; exit(n.main())"]


def run(command, **environment):
    env = {k: v for k, v in os.environ.items() if k != "KERAS_BACKEND"}
    return subprocess.run(
        command, capture_output=True, text=True, env={**env, **environment}
    )


@pytest.mark.parametrize("backend", ["torch", "jax", "nonsense"])
def test_import_names_the_variable_and_imports_nothing(backend):
    code = """
import sys
try:
    import keras_novnorm
except ImportError as error:
    print(error)
print(sorted({"keras", "tensorflow", "numpy"} & set(sys.modules)))
"""
    found = run([sys.executable, "-c", code], KERAS_BACKEND=backend)
    said, imported = found.stdout.splitlines()
    assert f"KERAS_BACKEND is '{backend}'" in said and WORDS in said
    assert imported == "[]"


def test_the_file_of_settings_is_named(tmp_path):
    file = tmp_path / "keras.json"
    file.write_text('{"backend": "torch"}')
    found = run(IMPORT, KERAS_HOME=str(tmp_path))
    assert found.returncode == 1
    assert f"{file} says 'torch': set" in found.stderr and WORDS in found.stderr


@pytest.mark.parametrize("command", [("train", "parts"), ("score", "m", "x")])
def test_the_command_says_so_in_one_line(command):
    found = run([*COMMAND, *command], KERAS_BACKEND="torch")
    assert found.returncode == 1
    assert found.stderr.count("\n") == 1 and WORDS in found.stderr
    assert found.stderr.startswith("novnorm: ")


def test_what_needs_no_keras_works_all_the_same():
    found = run([*COMMAND, "--version"], KERAS_BACKEND="torch")
    assert (found.returncode, found.stderr) == (0, "")
