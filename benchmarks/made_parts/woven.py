"""Woven cloth, grey: yarns over and under, in a light of its own each time."""

import numpy as np
from scipy import ndimage

from benchmarks.made_parts.canvas import grid, light, place, smooth_noise, spot

SHAPE = (400, 600)
DEFECTS = ("broken", "slub", "stain", "hole", "pulled")


def draw(random, defect=None, defects=None):
    """One picture.

    Args:
        random: `numpy.random.Generator` of all that is sound.
        defect: one of `DEFECTS`, or `None`.
        defects: `numpy.random.Generator` of the defect.

    Returns:
        Tuple of float array `[H, W]` in [0, 255] and bool array `[H, W]`, the mask.
    """
    height, width = SHAPE
    rows, columns = grid(height, width)
    turn, period = random.normal(0, 0.01), random.normal(9.0, 0.1)
    bend = 1.5 * smooth_noise(random, SHAPE, 60)
    mask = np.zeros(SHAPE)
    if defect == "pulled":
        middle, size = place(defects, SHAPE, 60), defects.uniform(14, 30)
        bump = np.exp(
            -((rows - middle[0]) ** 2 + (columns - middle[1]) ** 2) / (2 * size**2)
        )
        bend = bend + defects.uniform(3, 8) * bump
        mask = bump > 0.15
    across = (columns + turn * rows + bend) / period + random.uniform(0, 1)
    down = (rows - turn * columns + 0.7 * bend) / period + random.uniform(0, 1)
    thickness = random.normal(0, 0.06, (2, 200))
    warp = _yarn(across, thickness[0])
    weft = _yarn(down, thickness[1])
    over = (np.floor(across) + np.floor(down)) % 2 < 1
    lost = None
    if defect in ("broken", "slub"):
        number = np.floor(across[height // 2, int(defects.uniform(60, width - 60))])
        start, length = defects.uniform(20, height - 120), defects.uniform(25, 100)
        along = np.clip((rows - start) / 3, 0, 1) * np.clip(
            (start + length - rows) / 3, 0, 1
        )
        lost = (np.floor(across) == number) * along
        mask = lost > 0.3
    if defect == "broken":
        warp = warp * (1 - lost)
        over = over & ~(lost > 0.5)
    if defect == "slub":
        wide = ndimage.gaussian_filter(lost, 2.5)
        warp = np.maximum(warp, defects.uniform(1.05, 1.3) * wide)
        over = over | (wide > 0.25)
        mask = wide > 0.2
    cloth = np.where(over, warp, 0.86 * weft)
    picture = 60 + 110 * cloth
    picture = picture * light(random, *SHAPE, 0.35) * random.normal(1, 0.04)
    if defect == "stain":
        patch = spot(defects, SHAPE, place(defects, SHAPE, 40), defects.uniform(8, 28))
        picture = picture * (1 - defects.uniform(0.1, 0.3) * patch)
        mask = patch > 0.5
    if defect == "hole":
        patch = spot(defects, SHAPE, place(defects, SHAPE, 30), defects.uniform(4, 9))
        picture = picture * (1 - patch) + 35 * patch
        mask = patch > 0.5
    return picture + random.normal(0, 4, SHAPE), np.asarray(mask, bool)


def _yarn(phase, thickness):
    """Brightness across yarns that are round, each of its own thickness."""
    number = np.floor(phase).astype(int) % len(thickness)
    inside = np.abs(phase - np.floor(phase) - 0.5) * 2
    return np.sqrt(np.clip(1 - (inside * (1 - thickness[number])) ** 2, 0, 1))
