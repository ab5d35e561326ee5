"""Each way of damage is found, and said in the right words."""

from benchmarks.damaged_pictures import DAMAGES, main


def test_each_damage_is_set_aside_for_its_reason(capsys):
    assert main(["--count", "80", "--damaged", "22"]) == 0
    said = capsys.readouterr().out
    assert all(f"| {way} | 2 | 2 |" in said for way in DAMAGES)
    assert "58 sound pictures used, 22 set aside" in said
