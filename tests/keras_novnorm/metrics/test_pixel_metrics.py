"""Pixel metrics against slow definitions, and by hand."""

import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

from keras_novnorm.metrics import (
    OneClassOnlyError,
    evaluate_pixels,
    per_region_overlap,
    pixel_auroc,
)

METRICS = pytest.mark.parametrize("metric", [pixel_auroc, per_region_overlap])


def scene(seed, levels=None, shape=(4, 7, 8)):
    """Random blobs and maps that know something of them; few levels make ties."""
    rng = np.random.default_rng(seed)
    masks = rng.random(shape) < 0.15
    masks[0] = False
    maps = rng.normal(size=shape) + masks
    return masks, maps if levels is None else np.round(maps * levels) / levels


def regions_of(mask):
    """Sets of pixels that touch, by a flood that looks at all eight neighbours."""
    left = set(zip(*np.nonzero(mask), strict=True))
    while left:
        region, front = set(), [left.pop()]
        while front:
            row, column = front.pop()
            region.add((row, column))
            for i in (row - 1, row, row + 1):
                for j in (column - 1, column, column + 1):
                    if (i, j) in left:
                        left.remove((i, j))
                        front.append((i, j))
        yield region


def slow_overlap(masks, maps, max_fpr):
    """The definition, one threshold after the other."""
    regions = [
        np.array([(image, *pixel) for pixel in region]).T
        for image, mask in enumerate(masks)
        for region in regions_of(mask)
    ]
    curve = [(0.0, 0.0)]
    for threshold in np.unique(maps)[::-1]:
        flagged = maps >= threshold
        overlap = np.mean([np.mean(flagged[tuple(region)]) for region in regions])
        curve.append((np.mean(flagged[~masks]), overlap))
    area = 0.0
    for (x0, y0), (x1, y1) in zip(curve, curve[1:], strict=False):
        if x0 < x1 and x0 < max_fpr:
            end = min(x1, max_fpr)
            y_end = y0 + (y1 - y0) * (end - x0) / (x1 - x0)
            area += (end - x0) * (y0 + y_end) / 2
    return area / max_fpr


@pytest.mark.parametrize("levels", [None, 4, 1])
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_both_agree_with_their_definitions(levels, dtype):
    for seed in range(3):
        masks, maps = scene(seed, levels)
        maps = maps.astype(dtype)
        expected = roc_auc_score(masks.ravel(), maps.ravel())
        assert pixel_auroc(masks, maps) == pytest.approx(expected, abs=1e-12)
        for max_fpr in (0.05, 0.3, 1.0):
            assert per_region_overlap(masks, maps, max_fpr) == pytest.approx(
                slow_overlap(masks, maps, max_fpr), abs=1e-12
            )


@METRICS
def test_a_perfect_map_has_one_and_its_reverse_none(metric):
    masks, _ = scene(0)
    assert metric(masks, masks.astype(float)) == 1.0
    assert metric(masks.astype("uint8"), masks.astype("float32")) == 1.0
    assert metric(masks, -1.0 * masks) == 0.0


def test_a_constant_map_knows_nothing():
    masks, maps = scene(0)
    assert pixel_auroc(masks, 0 * maps) == 0.5
    assert per_region_overlap(masks, 0 * maps) == pytest.approx(0.15)
    assert per_region_overlap(masks, 0 * maps, max_fpr=1.0) == pytest.approx(0.5)


def test_each_region_weighs_the_same():
    masks = np.zeros((2, 4, 10), bool)
    masks[0, :, :5] = True
    masks[1, 0, 0] = True
    only_small, only_large = np.zeros(masks.shape), np.zeros(masks.shape)
    only_small[1], only_large[0] = masks[1], masks[0]
    # The other region climbs from 0 to 1 with all normals: half of 0.3 on average.
    assert per_region_overlap(masks, only_small) == pytest.approx((1 + 0.15) / 2)
    assert per_region_overlap(masks, only_large) == pytest.approx((1 + 0.15) / 2)
    assert pixel_auroc(masks, only_small) == pytest.approx((1 + 20 * 0.5) / 21)


def test_overlap_by_hand_up_to_the_limit():
    # Ten normals, above the region's pixels: none, and two of them.
    masks = np.array([[[1, 1] + [0] * 10]])
    maps = np.array([[[9.0, 5.0, 7.0, 6.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0]]])
    # Half the region up to a rate of 0.2, all of it from there.
    assert per_region_overlap(masks, maps, 0.2) == pytest.approx(0.5)
    assert per_region_overlap(masks, maps, 0.25) == pytest.approx(
        (0.2 * 0.5 + 0.05) / 0.25
    )
    # A tie with one normal: a line from (0.2, 0.5) to (0.3, 1), cut in the middle.
    maps[0, 0, 4] = 5.0
    assert per_region_overlap(masks, maps, 0.25) == pytest.approx(
        (0.2 * 0.5 + 0.05 * (0.5 + 0.75) / 2) / 0.25
    )


def test_corners_join_and_images_do_not():
    corner = np.array([[[1, 0, 0], [0, 1, 0], [0, 0, 0]]])
    found_one = np.array([[[1.0, 0, 0], [0, 0, 0], [0, 0, 0]]])
    # One region, half found; two images' regions at one place, one found.
    half = pytest.approx((1 + 0.15) / 2)
    assert per_region_overlap(corner, found_one) == half
    stacked = np.array([[[1, 1, 0]], [[1, 0, 0]]])
    found_first = np.array([[[1.0, 1.0, 0]], [[0.0, 0, 0]]])
    assert per_region_overlap(stacked, found_first) == half


@METRICS
def test_order_and_scale_do_not_matter(metric):
    masks, maps = scene(1, levels=2)
    expected = metric(masks, maps)
    order = np.random.default_rng(0).permutation(len(masks))
    assert metric(masks[order], maps[order]) == pytest.approx(expected, abs=1e-14)
    assert metric(masks[:, ::-1], maps[:, ::-1]) == pytest.approx(expected, abs=1e-14)
    assert metric(masks, np.exp(maps)) == pytest.approx(expected, abs=1e-14)
    # An image with an empty mask adds normal pixels, and no region.
    more = np.concatenate([masks, 0 * masks[:1]]), np.concatenate([maps, maps[:1] - 99])
    assert metric(*more) > expected


@METRICS
@pytest.mark.parametrize(("mask", "lack"), [(0, "anomalous"), (1, "normal")])
def test_one_kind_of_pixel_only_is_said(metric, mask, lack):
    masks = np.full((2, 3, 4), mask)
    with pytest.raises(OneClassOnlyError, match=f"all 24 pixels .* with {lack} pixels"):
        metric(masks, np.zeros((2, 3, 4)))


@METRICS
@pytest.mark.parametrize(
    ("masks", "maps", "message"),
    [
        (np.eye(3)[None], np.zeros((1, 3, 4)), r"masks \(1, 3, 3\) and maps \(1, 3, 4"),
        (np.eye(3), np.eye(3), r"\[N, H, W\]. Received masks \(3, 3\)"),
        (255 * np.eye(3)[None], np.zeros((1, 3, 3)), "from 0.0 to 255.0. Try"),
        (np.eye(3)[None], np.full((1, 3, 3), np.nan), "9 of 9 pixels"),
        ([np.eye(3), np.eye(2)], np.zeros((2, 3, 3)), r"\(2, 2\), \(3, 3\)"),
    ],
)
def test_malformed_pixels_are_named(metric, masks, maps, message):
    with pytest.raises(ValueError, match=message):
        metric(masks, maps)


@pytest.mark.parametrize("max_fpr", [0.0, 30])
def test_a_limit_that_is_no_rate_is_refused(max_fpr):
    with pytest.raises(ValueError, match=f"`max_fpr`.* Received: {max_fpr}"):
        per_region_overlap(np.eye(3)[None], np.eye(3)[None], max_fpr)


def test_all_in_one_dictionary_with_reasons_for_what_is_not_defined():
    masks, maps = scene(3)
    assert evaluate_pixels(masks, maps) == {
        "pixel_auroc": pixel_auroc(masks, maps),
        "per_region_overlap": per_region_overlap(masks, maps),
        "messages": [],
    }
    for bad_masks, bad_maps, words in (
        (masks & False, maps, "not defined here"),
        (masks, maps * np.nan, "must be finite"),
    ):
        result = evaluate_pixels(bad_masks, bad_maps)
        assert result["pixel_auroc"] is None and result["per_region_overlap"] is None
        assert len(result["messages"]) == 2
        assert all(words in message for message in result["messages"])
