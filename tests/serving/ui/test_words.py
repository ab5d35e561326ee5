"""The page's sentences, run by Node without a browser."""

import json
import pathlib
import shutil
import subprocess

import pytest

import serving.ui

NODE = shutil.which("node")
WORDS = pathlib.Path(serving.ui.__file__).parent / "words.js"
pytestmark = pytest.mark.skipif(not NODE, reason="needs node on the PATH")


def call(function, *values):
    arguments = ", ".join(
        "undefined" if value is None else json.dumps(value) for value in values
    )
    script = f"""import {{ readFileSync }} from "node:fs";
        const code = readFileSync({json.dumps(str(WORDS))}).toString("base64");
        const words = await import(`data:text/javascript;base64,${{code}}`);
        console.log(words.{function}({arguments}));"""
    ran = subprocess.run(
        [NODE, "--input-type=module", "-e", script],
        capture_output=True,
        text=True,
        check=True,
    )
    return ran.stdout.strip()


@pytest.mark.parametrize(
    ("p", "normals", "said"),
    [
        (1 / 25, 24, "None of the 24 normal pictures"),
        (2 / 25, 24, "1 of the 24 normal pictures"),
        (1.0, 24, "All of the 24 normal pictures"),
        (1 / 1001, 1000, "None of the 1,000 normal pictures"),
        (0.04, None, "No more than about 1 of 25 normal pictures scores this high."),
        (0.5, None, "50 of 100 normal pictures score at least this high."),
    ],
)
def test_a_p_value_says_no_more_than_the_calibration_does(p, normals, said):
    assert call("meaning", p, True, normals).startswith(said)


def test_the_page_says_what_pictures_a_model_expects():
    card = {"image_shape": [28, 32, 1], "resize": "pad"}
    said = call("expectation", card)
    assert "grey pictures" in said and "32 × 28 pixels" in said and "padded" in said
    assert "colour" in call("expectation", {"image_shape": [8, 8, 3]})
    assert call("expectation", None) == call("expectation", {}) == ""
