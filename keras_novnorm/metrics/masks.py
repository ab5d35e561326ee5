"""Checks of masks and anomaly maps that every pixel metric makes."""

import numpy as np

from keras_novnorm.metrics.labels import OneClassOnlyError


def check_masks_and_maps(masks, maps, metric):
    """Masks and maps as arrays, normal and anomalous pixels present.

    Args:
        masks: array-like `[N, H, W]` of bool or 0 and 1.
        maps: array-like `[N, H, W]` of finite numbers.
        metric: name of the metric, for the message.

    Returns:
        Tuple of bool array `[N, H, W]` and float32 or float64 array `[N, H, W]`.

    Raises:
        OneClassOnlyError: if no pixel is anomalous, or none is normal.
        ValueError: if shapes differ, masks are not 0 and 1, or maps are not finite.
    """
    masks, maps = _stack("Masks", masks), _stack("Maps", maps)
    if masks.shape != maps.shape or masks.ndim != 3:
        raise ValueError(
            f"{metric} needs one mask and one map per image, both of shape [N, H, W]. "
            f"Received masks {masks.shape} and maps {maps.shape}. Resize masks to the "
            "maps (nearest neighbour) and drop axes of channels."
        )
    if masks.dtype != bool:
        if not np.all((masks == 0) | (masks == 1)):
            raise ValueError(
                "Masks must be bool, or 0 (normal) and 1 (anomalous). Received values "
                f"from {masks.min()} to {masks.max()}. Try `masks > 0`."
            )
        masks = masks == 1
    if maps.dtype not in (np.float32, np.float64):
        maps = maps.astype("float64")
    if not np.all(np.isfinite(maps)):
        raise ValueError(
            f"Maps must be finite. Received {int(np.sum(~np.isfinite(maps)))} of "
            f"{maps.size} pixels that are NaN or infinite."
        )
    anomalous = int(np.count_nonzero(masks))
    if anomalous in (0, masks.size):
        have, lack = ("anomalous", "normal") if anomalous else ("normal", "anomalous")
        raise OneClassOnlyError(
            f"{metric} compares normal with anomalous pixels and is not defined here: "
            f"all {masks.size} pixels of {len(masks)} masks are {have}. Add images "
            f"with {lack} pixels, or check how the masks were read."
        )
    return masks, maps


def _stack(name, arrays):
    try:
        return np.asarray(arrays)
    except ValueError as error:
        shapes = sorted({np.shape(array) for array in arrays})
        raise ValueError(
            f"{name} of all images must have one size. Received: {shapes[:5]}. Resize "
            "maps and masks to one size."
        ) from error
