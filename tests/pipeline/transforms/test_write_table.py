"""Tables of any length, sorted, on the disk."""

import random

import apache_beam as beam
import pytest
from apache_beam.testing.util import assert_that, equal_to

from pipeline.read_table import read_table
from pipeline.transforms import write_table
from pipeline.transforms.readable import readable
from pipeline.transforms.write_table import WriteTable


@pytest.mark.parametrize("count", [0, 1, 99, 100, 101, 350])
def test_rows_are_sorted_whatever_their_number(monkeypatch, tmp_path, count):
    monkeypatch.setattr(write_table, "_SORTED_AT_ONCE", 100)
    monkeypatch.setattr(write_table, "_READ_AT_ONCE", 7)
    rows = [(f"größe, {number:03d}", number) for number in range(count)]
    shuffled = random.Random(0).sample(rows, count)
    with beam.Pipeline(runner="FnApiRunner") as pipeline:
        numbers = (
            pipeline
            | beam.Create(shuffled, reshuffle=False)
            | WriteTable(tmp_path / "new" / "table.csv", ["path", "n"])
        )
        assert_that(numbers, equal_to([count]))
    found = read_table(tmp_path / "new" / "table.csv")
    assert found == [{"path": path, "n": str(n)} for path, n in rows]
    assert [path.name for path in (tmp_path / "new").iterdir()] == ["table.csv"]


def test_rows_may_name_their_columns(tmp_path):
    with beam.Pipeline(runner="FnApiRunner") as pipeline:
        rows = pipeline | beam.Create([{"b": 2, "a": 1}, {"a": 3, "b": 0}])
        _ = rows | WriteTable(tmp_path / "table.csv")
    text = (tmp_path / "table.csv").read_text()
    assert text == "b,a\n0,3\n2,1\n"


def test_names_that_are_no_unicode_stay_visible():
    assert readable("größe.png") == "größe.png"
    assert readable("a\udcff.png") == "a\\udcff.png"
