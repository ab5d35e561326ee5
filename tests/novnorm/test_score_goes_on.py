"""`novnorm score`: rows as pictures are scored, and on after a stop."""

import csv
import json

import numpy as np
import pytest

from novnorm import score_outputs
from novnorm.growing_table import GrowingTable
from tests.novnorm.conftest import write


@pytest.fixture(scope="module")
def many(digits, tmp_path_factory):
    folder = tmp_path_factory.mktemp("many")
    images = [*digits["test_normal"][:20, ..., 0], *digits["test_novel"][..., 0]]
    return write(folder, **{f"{n:03d}.png": image for n, image in enumerate(images)})


@pytest.fixture
def stopped_after(monkeypatch):
    """Ctrl-C before so many rows and one: function of the number."""

    def stop(number):
        take = score_outputs.ScoreOutputs.take

        def take_or_stop(self, scored):
            if len(self.rows) == number:
                raise KeyboardInterrupt
            take(self, scored)

        monkeypatch.setattr(score_outputs.ScoreOutputs, "take", take_or_stop)

    return stop


def rows_of(file):
    return list(csv.DictReader(file.read_text(encoding="utf-8").splitlines()))


def assert_same_rows(rows, expected):
    """But for rounding: a row that was scored in another batch."""
    assert [row.keys() for row in rows] == [row.keys() for row in expected]
    for row, wanted in zip(rows, expected, strict=True):
        for name, value in row.items():
            try:
                assert float(value) == pytest.approx(float(wanted[name]), rel=1e-4)
            except ValueError:
                assert value == wanted[name]


def test_ctrl_c_leaves_the_rows_and_the_same_command_goes_on(
    finished, many, novnorm, tmp_path, stopped_after, monkeypatch
):
    table, regions = tmp_path / "scores.csv", tmp_path / "regions.json"
    command = ["score", finished.folder, many, "--csv", table, "--regions", regions]
    whole = tmp_path / "whole.csv"
    assert novnorm(*command[:3], "--csv", whole)[0] == 0
    with monkeypatch.context():
        stopped_after(70)
        code, _, error = novnorm(*command)
        assert code == 130 and f"What was scored is in {table}" in error
        monkeypatch.undo()
    assert [row["path"] for row in rows_of(table)] == [
        f"{n:03d}.png" for n in range(70)
    ]
    assert not regions.exists()
    code, out, error = novnorm(*command, "--json")
    assert code == 0 and "goes on after 70 of 120" in error
    assert_same_rows(rows_of(table), rows_of(whole))
    document = json.loads(out)
    assert document["counts"]["scored"] == 120 and len(document["pictures"]) == 120
    kept = json.loads(regions.read_text())["pictures"]
    assert [one["path"] for one in kept] == [f"{n:03d}.png" for n in range(120)]
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "regions.json",
        "scores.csv",
        "whole.csv",
    ]


@pytest.mark.slow
def test_rows_of_other_pictures_are_not_gone_on_from(
    finished, many, digits, novnorm, tmp_path, stopped_after, monkeypatch
):
    table = tmp_path / "scores.csv"
    stopped_after(40)
    assert novnorm("score", finished.folder, many, "--csv", table)[0] == 130
    monkeypatch.undo()
    other = write(tmp_path / "other", **{"z.png": digits["test_normal"][0, ..., 0]})
    code, _, error = novnorm("score", finished.folder, other, "--csv", table)
    assert code == 0 and "it begins anew" in error
    assert [row["path"] for row in rows_of(table)] == ["z.png"]
    # What is finished is not gone on from: it is scored anew.
    code, _, error = novnorm("score", finished.folder, other, "--csv", table)
    assert code == 0 and "goes on" not in error


@pytest.mark.parametrize("torn", [b"", b'b.png,"0.', b"c"])
def test_a_row_cut_by_a_power_cut_is_none(tmp_path, torn):
    columns = ["path", "score", "is_novel", "reason", "note"]
    file = tmp_path / "t.csv"
    table = GrowingTable(file, columns, "a command")
    for name in ("a\nb.png", "b.png"):
        table.add({"path": name, "score": np.float32(0.1), "is_novel": True})
    table.close()
    file.write_bytes(file.read_bytes() + torn)
    again = GrowingTable(file, columns, "a command")
    assert [row["path"] for row in again.rows] == ["a\nb.png", "b.png"]
    assert (
        again.rows[1]["score"] == float(np.float32(0.1)) and again.rows[1]["is_novel"]
    )
    again.finish()
    assert [path.name for path in tmp_path.iterdir()] == ["t.csv"]


def test_a_map_that_cannot_be_written_is_named_and_the_rest_goes_on(
    finished, digits, novnorm, tmp_path
):
    images = digits["test_normal"][:3, ..., 0]
    names = ["a.png", "n" * 251 + ".png", "z.png"]
    folder = write(tmp_path / "new", **dict(zip(names, images, strict=True)))
    table, maps = tmp_path / "scores.csv", tmp_path / "maps"
    command = ["score", finished.folder, folder, "--maps-npy", maps, "--csv", table]
    code, out, _ = novnorm(*command)
    assert code == 0 and f"not written: map (File name too long) of {names[1]}" in out
    rows = {row["path"]: row for row in rows_of(table)}
    assert "File name too long" in rows[names[1]]["note"] and rows[names[1]]["score"]
    assert sorted(path.name for path in maps.iterdir()) == ["a.png.npy", "z.png.npy"]
    # Where none can be written, the command has failed, and still there are rows.
    maps.joinpath("a.png.npy").unlink(), maps.joinpath("z.png.npy").unlink()
    maps.rmdir()
    maps.write_text("in the way")
    assert novnorm(*command)[0] == 1 and len(rows_of(table)) == 3
