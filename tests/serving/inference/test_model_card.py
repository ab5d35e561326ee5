import json

import pytest

from serving.inference import model_card


def write(folder, text):
    (folder / "assets.extra").mkdir()
    (folder / model_card.PATH).write_text(text, encoding="utf-8")
    return str(folder)


def test_what_is_known_is_given(tmp_path):
    card = {"image_shape": [8, 8, 1], "num_calibration_images": 24, "target_fpr": None}
    path = write(tmp_path, json.dumps(card | {"threshold": 3.0}))
    expected = {"image_shape": [8, 8, 1], "num_calibration_images": 24}
    assert model_card.read(path) == expected


@pytest.mark.parametrize("text", ["", "{", "[1]", '{"image_shape": "8 x 8"}'])
def test_other_cards_are_none(tmp_path, text):
    assert model_card.read(write(tmp_path, text)) == {}


def test_no_card(tmp_path):
    assert model_card.read(str(tmp_path)) == {}
