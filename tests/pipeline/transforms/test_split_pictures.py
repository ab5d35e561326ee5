"""Any number of workers split as one process does."""

import hashlib
import json

import apache_beam as beam
import pytest

from keras_novnorm.datasets.one_class_split import OneClassSplit
from keras_novnorm.datasets.source_image import SourceImage
from keras_novnorm.datasets.split_plan import Place, plan_splits
from pipeline.beam_options import make_pipeline
from pipeline.transforms.read_pictures import CheckedPicture
from pipeline.transforms.split_pictures import SplitPictures


def digest(text):
    return hashlib.sha256(str(text).encode()).hexdigest()


def single(count):
    return [Place(digest(n), "good") for n in range(count)]


def mixed():
    """Two normal classes, one of groups of many sizes, copies, and a novel class."""
    places = [Place(digest(n), "fine") for n in range(200)]
    for number in range(60):
        group = f"größe {number}"
        places += [
            Place(digest(f"{number} {n}"), "good", group=group)
            for n in range(1 + number % 13)
        ]
    places += places[:3]  # Copies within a class, ...
    places += [Place(one.sha256, "good", group="other") for one in places[300:310]]
    places += [Place(one.sha256, "bad") for one in places[10:12]]  # of another label.
    return [*places, *(Place(digest(f"bad {n}"), "bad") for n in range(9))]


def with_own_splits():
    train = [Place(digest(n), "good", "train") for n in range(100)]
    held_out = [Place(digest(n), "fine", "calibration") for n in range(90, 120)]
    test = [Place(digest(n), "good", "test") for n in range(20)]
    fine = [Place(digest(n), "fine", "train") for n in range(200, 230)]
    return [*train, *held_out, *test, *fine]


CASES = {
    "one": (single(1), OneClassSplit(("good",), False)),
    "thousands": (single(2000), OneClassSplit(("good",), False)),
    "mixed": (mixed(), OneClassSplit(("fine", "good"), False)),
    "own splits": (
        with_own_splits(),
        OneClassSplit(("fine", "good"), True, frozenset(["fine"])),
    ),
}

LONG = ("one", "thousands")


def split_by_beam(places, rule, known, folder):
    """Where each picture went, by its number; None where it was dropped."""
    pictures = [
        CheckedPicture(
            SourceImage(f"{n:05d}", p.class_name, p.split, p.group, b"x"), p.sha256, "L"
        )
        for n, p in enumerate(places)
    ]
    known = [(bytes.fromhex(sha256), split) for sha256, split in known.items()]
    with make_pipeline(()) as pipeline:
        parts = (
            pipeline | "Pictures" >> beam.Create(pictures, reshuffle=False),
            pipeline | "Known" >> beam.Create(known),
        )
        found = parts | SplitPictures(rule, 4)
        drawn = found["pictures"] | "1" >> beam.Map(
            lambda e: (e[1][0].decode(), e[1][1])
        )
        for name, rows in (
            ("drawn", drawn),
            (
                "changes",
                found["changes"] | beam.Map(lambda e: (e[1][0].decode(), e[1][1])),
            ),
            ("dropped", found["dropped"]),
            ("settled", found["settled"] | "2" >> beam.Map(lambda e: e[0])),
        ):
            path = str(folder / f"{name}.json")
            _ = (
                rows
                | f"List {name}" >> beam.combiners.ToList()
                | f"Write {name}" >> beam.Map(_write, path)
            )
    read = {path.stem: json.loads(path.read_text()) for path in folder.glob("*.json")}
    splits = {**dict(read["drawn"]), **dict(read["changes"])}
    assert len(read["settled"]) == sum(map(bool, splits.values()))
    dropped = {name: (split, why) for name, split, why in read["dropped"]}
    return [
        (splits[f"{n:05d}"] or None, *dropped.get(f"{n:05d}", ()))
        for n in range(len(places))
    ], len(read["changes"])


def _write(rows, path):
    with open(path, "w") as file:
        json.dump(rows, file)


@pytest.mark.parametrize(
    "case",
    [pytest.param(n, marks=pytest.mark.slow) if n in LONG else n for n in CASES],
)
def test_it_splits_as_one_process_does(case, tmp_path):
    places, rule = CASES[case]
    found, changes = split_by_beam(places, rule, {}, tmp_path)
    expected = [
        (split,) if split else (None, drawn, why)
        for split, drawn, why in plan_splits(places, rule)
    ]
    assert found == expected
    # Few have to move from where they were drawn, where there are many.
    assert changes < max(0.1 * len(places), 100)


def test_what_is_known_stays(tmp_path):
    places, rule = CASES["mixed"]
    known = {one.sha256: "train" for one in places[:190]}
    found, _ = split_by_beam(places, rule, known, tmp_path)
    assert [f[0] for f in found] == [s for s, _, _ in plan_splits(places, rule, known)]
    assert {split for split, *_ in found[20:190]} == {"train"}
