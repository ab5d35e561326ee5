"""Halves of one data set are alike, darkened pictures are not."""

from benchmarks.drift import main


def test_defaults_tell_darkened_pictures_from_a_resample(capsys):
    assert main(["--data", "sklearn:digits", "--count", "600"]) == 0
    assert "| 20% darker | contrast |" in capsys.readouterr().out
