"""Rows of scores to one CSV file, or to several that are nowhere brought together."""

import csv
import hashlib

import apache_beam as beam

from pipeline.storage import StoragePath
from pipeline.storage.whole_file import whole_file
from pipeline.transforms.write_table import WriteTable


class WriteScores(beam.PTransform):
    """Writes rows, sorted by path, to CSV files with the same header.

    Args:
        folder: `StoragePath`.
        shards: int; 1: one file, `scores.csv`; else `scores-00000-of-00002.csv` and so
            on. A hash of the path says which of them a row is in; a worker holds one.

    Returns:
        (from `expand`) PCollection of int, rows of each file.
    """

    def __init__(self, folder, shards=1):
        super().__init__()
        self._folder = StoragePath(folder)
        self._shards = shards

    def expand(self, rows):
        if self._shards == 1:
            return rows | WriteTable(self._folder / "scores.csv")
        return (
            rows
            | "Shard" >> beam.Map(lambda row: (_hash(row["path"]) % self._shards, row))
            | beam.GroupByKey()
            | "Write" >> beam.MapTuple(self._write)
        )

    def _write(self, shard, rows):
        rows = sorted(rows, key=lambda row: row["path"])
        name = f"scores-{shard:05d}-of-{self._shards:05d}.csv"
        with (
            whole_file(self._folder / name) as work,
            open(work, "w", encoding="utf-8", newline="") as file,
        ):
            writer = csv.DictWriter(file, list(rows[0]), lineterminator="\n")
            writer.writeheader()
            writer.writerows(rows)
        return len(rows)


def _hash(text):
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:8])
