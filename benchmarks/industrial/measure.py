"""Figures of scores and maps, the same for detectors and baselines."""

import numpy as np

MAP_SIZE = 256
"""Maps and masks are compared at this size, stretched: pictures have all sizes."""


def measure(pictures, scores, maps):
    """AUROC of pictures and pixels, and per-region overlap, of all and of each type.

    Args:
        pictures: `IndustrialPictures`.
        scores: float [N] of the test pictures.
        maps: list of N float arrays, of any size; or None.

    Returns:
        Dictionary of JSON values in [0, 1].
    """
    from keras_novnorm.metrics import auroc

    labels, types = pictures.labels, np.asarray(pictures.types)
    novel = sorted(set(types[labels == 1]))
    result = {
        "auroc": auroc(labels, scores),
        "auroc_of_types": {
            name: auroc(labels[chosen], np.asarray(scores)[chosen])
            for name in novel
            for chosen in [(labels == 0) | (types == name)]
        },
    }
    return result if maps is None else {**result, **_measure_pixels(pictures, maps)}


def _measure_pixels(pictures, maps):
    from keras_novnorm.metrics import evaluate_pixels

    known = [n for n, mask in enumerate(pictures.masks) if mask is not None]
    masks = np.stack([_resize_mask(pictures.masks[n]) for n in known])
    values = np.stack([_resize_map(maps[n]) for n in known])
    types, labels = np.asarray(pictures.types)[known], pictures.labels[known]
    found = evaluate_pixels(masks, values)
    by_type = {}
    for name in sorted(set(types[labels == 1])):
        chosen = (labels == 0) | (types == name)
        by_type[name] = evaluate_pixels(masks[chosen], values[chosen])
    return {
        "pixel_auroc": found["pixel_auroc"],
        "per_region_overlap": found["per_region_overlap"],
        "pixel_auroc_of_types": {n: f["pixel_auroc"] for n, f in by_type.items()},
        "per_region_overlap_of_types": {
            n: f["per_region_overlap"] for n, f in by_type.items()
        },
        "num_masks": int(labels.sum()),
    }


def _resize_mask(mask):
    from PIL import Image

    image = Image.fromarray(mask.astype(np.uint8) * 255)
    # A pixel of the smaller mask is anomalous where any of its own is, by half.
    return np.asarray(image.resize((MAP_SIZE, MAP_SIZE), Image.Resampling.BOX)) >= 128


def _resize_map(values):
    from PIL import Image

    image = Image.fromarray(np.asarray(values, np.float32))
    return np.asarray(image.resize((MAP_SIZE, MAP_SIZE), Image.Resampling.BILINEAR))
