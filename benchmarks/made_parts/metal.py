"""A turned metal ring with holes, under a light that moves."""

import numpy as np
from scipy import ndimage

from benchmarks.made_parts.canvas import grid, light, line, smooth_noise, spot

SHAPE = (384, 384)
DEFECTS = ("scratch", "dent", "burr", "hole", "rust")
_INNER, _OUTER, _HOLES, _RING, _HOLE = 60.0, 165.0, 6, 112.0, 14.0


def draw(random, defect=None, defects=None):
    """One picture.

    Args:
        random: `numpy.random.Generator` of all that is sound.
        defect: one of `DEFECTS`, or `None`.
        defects: `numpy.random.Generator` of the defect.

    Returns:
        Tuple of float array `[H, W, 3]` in [0, 255] and bool array `[H, W]`, the mask.
    """
    rows, columns = grid(*SHAPE)
    middle = np.array(SHAPE) / 2 + random.uniform(-4, 4, 2)
    down, right = rows - middle[0], columns - middle[1]
    radius, angle = np.hypot(down, right), np.arctan2(down, right)
    outer, mask = np.full(SHAPE, _OUTER), np.zeros(SHAPE, bool)
    if defect == "burr":
        where, width = defects.uniform(-np.pi, np.pi), defects.uniform(0.02, 0.06)
        away = np.angle(np.exp(1j * (angle - where)))
        outer = outer + defects.uniform(3, 10) * np.exp(-((away / width) ** 2))
        mask = (radius > _OUTER - 2) & (radius < outer + 1) & (np.abs(away) < 2 * width)
    part = np.clip(outer - radius + 0.5, 0, 1) * np.clip(radius - _INNER + 0.5, 0, 1)
    turn, lost = random.uniform(-0.05, 0.05), -1
    if defect == "hole":
        lost = defects.integers(_HOLES)
    for number in range(_HOLES):
        where = turn + 2 * np.pi * number / _HOLES
        away = np.hypot(down - _RING * np.sin(where), right - _RING * np.cos(where))
        if number == lost:
            mask = away < _HOLE
        else:
            part = part * np.clip(away - _HOLE + 0.5, 0, 1)
    lamp = random.uniform(-0.7, 0.7)
    rings = smooth_noise(random, 400, 0.8)[np.clip(radius, 0, 399).astype(int)]
    shine = 0.5 + 0.5 * np.cos(2 * (angle - lamp))
    metal = 115 + 70 * shine**3 + 7 * rings + 3 * smooth_noise(random, SHAPE, 1.0)
    if defect == "dent":
        patch, mask = _dent(defects, middle, rows, columns)
        metal = metal + patch
    ground = 38 + 4 * smooth_noise(random, SHAPE, 3.0)
    picture = (ground * (1 - part) + metal * part)[..., None] * np.ones(3)
    picture = picture * np.array([1.0, 0.985, 0.96])
    if defect == "scratch":
        start = _on_part(defects, middle)
        cover = part * line(
            SHAPE, start, defects.uniform(0, np.pi), defects.uniform(15, 70),
            defects.uniform(1, 2.2),
        )  # fmt: skip
        picture = (
            picture
            + (defects.choice([-1, 1]) * defects.uniform(25, 70)) * (cover[..., None])
        )
        mask = cover > 0.2
    if defect == "rust":
        cover = part * spot(
            defects, SHAPE, _on_part(defects, middle), defects.uniform(4, 14)
        )
        cover = defects.uniform(0.3, 0.8) * ndimage.gaussian_filter(cover, 1.0)
        rust = np.array([120.0, 72.0, 40.0])
        picture = picture * (1 - cover[..., None]) + rust * cover[..., None]
        mask = cover > 0.1
    picture = (
        picture * random.uniform(0.8, 1.15) * light(random, *SHAPE, 0.3)[..., None]
    )
    return picture + random.normal(0, 2.5, (*SHAPE, 3)), mask


def _on_part(random, middle):
    angle, radius = random.uniform(-np.pi, np.pi), random.uniform(_INNER + 12, 90)
    return middle + radius * np.array([np.sin(angle), np.cos(angle)])


def _dent(random, middle, rows, columns):
    """Shading of a hollow: bright on one side, dark on the other."""
    where, size = _on_part(random, middle), random.uniform(5, 12)
    down, right = (rows - where[0]) / size, (columns - where[1]) / size
    bump = np.exp(-(down**2 + right**2) / 2)
    return random.uniform(30, 80) * down * bump, bump > 0.3
