import pytest

from serving.error_text import without_paths


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("/srv/m/1/saved_model.pb; No such file", ".../saved_model.pb; No such file"),
        ("'/srv/my models/m/1' has no graph", "'.../1' has no graph"),
        ("in (/home/me/m/2/variables/)", "in (.../)"),
        ('File "/usr/lib/python3/site.py", line 3', 'File ".../site.py", line 3'),
        ("opening:/a/b/c:12", "opening:.../c:12"),
        ("file:///a/b/c", "file://.../c"),
    ],
)
def test_folders_are_cut_off(text, told):
    assert without_paths(text) == told


@pytest.mark.parametrize(
    "text",
    [
        "Expected tensorflow/serving/predict",
        "[[{{node model/conv2d/Conv2D}}]]",
        "Malformed request: GET /v1/models/m/versions/x",
        "0.5 x 1/2, and/or",
        "/tmp",
    ],
)
def test_other_slashes_stay(text):
    assert without_paths(text) == text
