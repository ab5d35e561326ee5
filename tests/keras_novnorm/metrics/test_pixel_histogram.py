"""Pixels counted map by map: the curves of all, without the maps."""

import numpy as np
import pytest

from keras_novnorm.metrics import (
    PixelHistogram,
    evaluate_pixel_histograms,
    evaluate_pixels,
    per_region_overlap,
    pixel_auroc,
    pixel_evaluation,
    pixel_histogram,
)


def pictures(number=12, size=40, level=0.0, scale=1.0, seed=0):
    random = np.random.default_rng(seed)
    masks = np.zeros((number, size, size), bool)
    for mask in masks[::2]:
        top, left = random.integers(0, size - 12, 2)
        mask[top : top + 9, left : left + 12] = True
        mask[0, 0] = True  # A region of one pixel.
    maps = random.normal(size=masks.shape) + 1.5 * masks
    return masks, (level + scale * maps).astype("float32")


def counted(masks, maps):
    histogram = PixelHistogram()
    for mask, values in zip(masks, maps, strict=True):
        histogram.add(mask, values)
    return histogram


def test_with_few_values_nothing_is_lost():
    masks, maps = pictures()
    maps = np.round(maps, 1)
    found = evaluate_pixel_histograms([counted(masks, maps)])
    assert found["pixel_auroc"] == pixel_auroc(masks, maps)
    assert found["per_region_overlap"] == pytest.approx(per_region_overlap(masks, maps))


@pytest.mark.parametrize(
    ("level", "scale"),
    [(0.0, 1.0), (1.0, 1e-5), (-300.0, 1e-3), (0.0, 1e-30)],
    ids=["plain", "a narrow range", "below zero", "tiny"],
)
def test_many_values_are_counted_within_a_thousandth(level, scale, monkeypatch):
    monkeypatch.setattr(pixel_histogram, "MOST_BINS", 2000)
    monkeypatch.setattr(pixel_histogram, "_TOGETHER", 5000)
    masks, maps = pictures(level=level, scale=scale)
    histogram = counted(masks, maps)
    assert len(histogram.bins()[0]) <= 2000
    found = evaluate_pixel_histograms([histogram])
    assert found["pixel_auroc"] == pytest.approx(pixel_auroc(masks, maps), abs=1e-3)
    overlap = per_region_overlap(masks, maps)
    assert found["per_region_overlap"] == pytest.approx(overlap, abs=1e-3)


def test_several_are_judged_together():
    masks, maps = pictures()
    parts = [counted(masks[:5], maps[:5]), counted(masks[5:], maps[5:])]
    whole = evaluate_pixel_histograms([counted(masks, maps)])
    found = evaluate_pixel_histograms(parts)
    assert found["pixel_auroc"] == whole["pixel_auroc"]
    assert found["per_region_overlap"] == pytest.approx(whole["per_region_overlap"])


def test_arrays_that_are_large_are_counted_map_by_map(monkeypatch):
    masks, maps = pictures()
    exact = evaluate_pixels(masks, maps)
    monkeypatch.setattr(pixel_evaluation, "MOST_AT_ONCE", 1000)
    found = evaluate_pixels(masks, maps)
    assert found["pixel_auroc"] == exact["pixel_auroc"]
    assert found["per_region_overlap"] == pytest.approx(exact["per_region_overlap"])


def test_what_is_not_defined_says_why():
    masks, maps = pictures()
    found = evaluate_pixel_histograms([counted(masks & False, maps)])
    assert found["pixel_auroc"] is None and found["per_region_overlap"] is None
    assert "all 19200 pixels of 12 masks are normal" in found["messages"][0]
    maps[3, 2, 1] = np.nan
    found = evaluate_pixel_histograms([counted(masks, maps)])
    assert "Received 1 pixels" in found["messages"][1]
