"""The unit, against systemd itself."""

import re
import shlex

import pytest

from tests.deployment.tools import END_SECONDS, FOLDER, check

UNIT = FOLDER / "systemd" / "novnorm-serve.service"
WORST_EXPOSURE = 20  # systemd's own scale, from 0 to 100


@pytest.fixture
def installed(tmp_path):
    """The unit with a program that is there, as systemd looks whether it is."""
    path = tmp_path / UNIT.name
    words = UNIT.read_text()
    assert words.count("/opt/novnorm/bin/novnorm-serve") == 1
    path.write_text(words.replace("/opt/novnorm/bin/novnorm-serve", "/bin/true"))
    return path


def test_systemd_finds_no_fault(installed):
    assert check("systemd-analyze", "verify", "--man=no", installed) == ""


def test_the_service_can_do_little_harm(installed):
    threshold = f"--threshold={WORST_EXPOSURE}"
    printed = check(
        "systemd-analyze", "security", "--offline=yes", threshold, installed
    )
    assert "Overall exposure level" in printed


def test_settings_are_all_there_is_to_set():
    settings = dict(
        line.split("=", 1)
        for line in UNIT.with_suffix(".env").read_text().splitlines()
        if line and not line.startswith("#")
    )
    used = set(re.findall(r"\$\{?([A-Z_]+)", UNIT.read_text()))
    assert used == set(settings)


def test_it_is_not_killed_while_it_drains():
    words = UNIT.read_text().replace("\\\n", " ")
    (start,) = re.findall(r"^ExecStart=(.*)$", words, re.MULTILINE)
    flags = dict(word.split("=") for word in shlex.split(start) if "=" in word)
    (limit,) = re.findall(r"^TimeoutStopSec=(\d+)$", words, re.MULTILINE)
    assert float(flags["--drain_seconds"]) + END_SECONDS < float(limit)
