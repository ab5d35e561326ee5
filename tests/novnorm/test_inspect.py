import json

import pytest

from keras_novnorm import NoveltyDetector
from novnorm.main import main


@pytest.fixture(scope="module")
def models(trained, trained_export, tmp_path_factory):
    folder = tmp_path_factory.mktemp("models")
    trained.save(folder / "detector.keras")
    return [str(folder / "detector.keras"), str(trained_export)]


def test_both_forms_tell_threshold_unit_target_and_count(models, trained, capsys):
    for model in models:
        assert main(["inspect", model]) == 0
        printed = capsys.readouterr().out
        assert f"{trained.threshold:.6g} in the unit of `score`" in printed
        assert "0.05 of normal images" in printed
        assert "40 held-out normal images" in printed


def test_json_is_the_same_from_both(models, capsys):
    cards = []
    for model in models:
        assert main(["inspect", model, "--json"]) == 0
        cards.append(json.loads(capsys.readouterr().out))
    cards[1].pop("input_dtype")
    assert cards[0] == cards[1]


def test_uncalibrated_is_said(tmp_path, capsys):
    NoveltyDetector.from_preset("digits").save(tmp_path / "raw.keras")
    assert main(["inspect", str(tmp_path / "raw.keras")]) == 0
    assert "not calibrated" in capsys.readouterr().out


def test_a_collapse_and_restarts_are_said(tmp_path, capsys):
    detector = NoveltyDetector.from_preset("digits")
    detector.mark_collapsed(["active_latents"])
    detector.restarts_made.assign(2.0)
    detector.save(tmp_path / "collapsed.keras")
    assert main(["inspect", str(tmp_path / "collapsed.keras")]) == 0
    printed = capsys.readouterr().out
    assert "collapsed (active_latents)" in printed
    assert "restarts      2" in printed


def test_what_is_no_model_is_named(models, tmp_path, capsys):
    assert main(["inspect", str(tmp_path / "none.keras")]) == 1
    assert "none.keras" in capsys.readouterr().err
    (tmp_path / "1").mkdir()
    assert main(["inspect", str(tmp_path)]) == 1
    assert "BASE_PATH/1" in capsys.readouterr().err


def test_no_command_is_usage_not_a_traceback(capsys):
    with pytest.raises(SystemExit) as stop:
        main([])
    assert stop.value.code == 2
    assert "usage: novnorm" in capsys.readouterr().err
