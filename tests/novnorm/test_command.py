"""The command as a process of its own."""

import subprocess
import sys

import pytest

from novnorm.main import COMMANDS, make_parser

HELP = """
import sys
sys.argv = ["novnorm", *sys.argv[1:]]
import novnorm.command
try:
    novnorm.command.main()
finally:
    slow = {"tensorflow", "keras", "numpy", "PIL", "matplotlib", "tqdm"}
    print(sorted(slow & set(sys.modules)))
"""


def call(*arguments):
    command = [sys.executable, "-c", HELP, *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_help_waits_for_no_library_and_tells_the_exit_codes():
    found = call("--help")
    assert found.returncode == 0 and found.stdout.endswith("[]\n")
    assert "--fail-on-novel" in found.stdout and "130" in found.stdout


def test_no_command_is_usage_not_a_traceback():
    found = call()
    assert found.returncode == 2 and "usage: novnorm" in found.stderr


@pytest.mark.parametrize("command", COMMANDS, ids=lambda c: c.__name__.split(".")[-1])
def test_each_help_has_an_example_and_json(command):
    name = command.__name__.split(".")[-1]
    (actions,) = make_parser()._subparsers._group_actions
    text = actions.choices[name].format_help()
    assert f"  novnorm {name} " in text and "--json" in text and "--quiet" in text
