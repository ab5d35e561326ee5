"""The report in a real browser, headless."""

import shutil
import subprocess

import numpy as np
import pytest
from PIL import Image

from tests.keras_novnorm.visualization.test_report import report

BROWSER = shutil.which("chromium") or shutil.which("google-chrome")


@pytest.mark.skipif(not BROWSER, reason="needs chromium on the PATH")
@pytest.mark.parametrize("width", [400, 1200])
def test_page_is_drawn_without_an_error_and_fits_its_width(
    trained, digits, tmp_path, width
):
    history = {"loss": [1.0, 0.5], "reconstruction_error": [0.1, 0.05]}
    page = report(
        tmp_path / "report.html", trained, digits, np.repeat([0, 1], 9), history
    )
    shot = tmp_path / "shot.png"
    common = [BROWSER, "--headless", "--no-sandbox", "--disable-gpu", "--v=0"]
    profile = f"--user-data-dir={tmp_path / 'profile'}"
    subprocess.run(
        [*common, profile, f"--window-size={width},900", f"--screenshot={shot}", page],
        check=True,
        capture_output=True,
        timeout=90,
    )
    pixels = np.asarray(Image.open(shot).convert("RGB"))
    assert pixels.shape[1] >= width
    # Text, cards and plots: a blank page has one colour.
    assert len(np.unique(pixels.reshape(-1, 3), axis=0)) > 100
    dom = subprocess.run(
        [*common, profile, "--dump-dom", page],
        check=True,
        capture_output=True,
        timeout=90,
        text=True,
    ).stdout
    assert dom.count("<img") >= 48 and "Most novel" in dom
