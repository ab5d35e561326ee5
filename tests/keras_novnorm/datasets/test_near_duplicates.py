import itertools

import numpy as np
import pytest
from PIL import Image

from keras_novnorm.datasets.near_duplicates import (
    difference_hash,
    find_near_duplicates,
)


@pytest.fixture
def picture():
    coarse = np.random.default_rng(0).integers(20, 200, (12, 12), np.uint8)
    return Image.fromarray(coarse).resize((120, 90), Image.Resampling.BICUBIC)


def distance(one, other):
    return int(np.sum(difference_hash(one) != difference_hash(other)))


def test_light_size_kind_and_depth_change_few_bits(picture, encode):
    plain = encode(picture, "PNG")
    levels = np.asarray(picture)
    twins = [
        encode(picture, "JPEG", quality=60),
        encode(picture.resize((240, 180)), "PNG"),
        encode(levels + np.uint8(40), "PNG"),
        encode(levels // 2, "PNG"),
        encode(levels.astype(np.uint16) * 257, "PNG"),
        encode(np.stack([levels] * 3, axis=2), "PNG"),
    ]
    for twin in twins:
        assert distance(plain, twin) <= 10
    assert distance(plain, encode(picture.rotate(180), "PNG")) > 60


def test_even_and_tiny_pictures_have_no_hash(encode):
    assert difference_hash(encode(np.full((50, 50), 9, np.uint8), "PNG")) is None
    tiny = np.arange(64, dtype=np.uint8).reshape(8, 8)
    assert difference_hash(encode(tiny, "PNG")) is None


@pytest.mark.parametrize("limit", [0, 3, 10])
def test_bands_find_exactly_the_pairs_that_comparing_all_finds(limit):
    generator = np.random.default_rng(limit)
    base = generator.random((40, 256)) < 0.5
    near = base.copy()
    for row, bits in enumerate(near):
        bits[generator.choice(256, row % 14, replace=False)] ^= True
    bits = np.concatenate([base, near])
    expected = {
        (one, other): int(np.sum(bits[one] != bits[other]))
        for one, other in itertools.combinations(range(80), 2)
        if np.sum(bits[one] != bits[other]) <= limit
    }
    pairs = find_near_duplicates(list(enumerate(bits)), limit)
    assert {(pair.first, pair.second): pair.distance for pair in pairs} == expected
    assert [p.distance for p in pairs] == sorted(p.distance for p in pairs)


def test_pairs_that_do_not_matter_are_left_out():
    bits = np.ones(256, bool)
    hashes = [("a", bits), ("b", bits), ("c", None)]
    assert len(find_near_duplicates(hashes)) == 1
    assert find_near_duplicates(hashes, of_interest=lambda one, other: False) == []
    assert find_near_duplicates([]) == []


def test_a_picture_beyond_what_pillow_takes_stops_nothing(encode, monkeypatch):
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 100)
    noise = np.random.default_rng(0).integers(0, 255, (64, 64), np.uint8)
    assert difference_hash(encode(noise, "PNG")) is None
