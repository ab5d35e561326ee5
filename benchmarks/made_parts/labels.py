"""Printed labels in colour: what is printed may vary, how it is printed may not."""

import numpy as np
from PIL import Image, ImageDraw, ImageFont
from scipy import ndimage

from benchmarks.made_parts.canvas import light, line, place, smooth_noise, spot

SHAPE = (320, 480)
DEFECTS = ("missing", "smear", "colour", "scratch", "doubled")
_LINES = ("NET WT 250 g", "Store in a cool, dry place.", "Best before")
_INK = np.array([30.0, 32.0, 48.0])
_BLUE, _GREEN = np.array([28.0, 70.0, 150.0]), np.array([60.0, 120.0, 110.0])


def draw(random, defect=None, defects=None):
    """One picture.

    Args:
        random: `numpy.random.Generator` of all that is sound.
        defect: one of `DEFECTS`, or `None`.
        defects: `numpy.random.Generator` of the defect.

    Returns:
        Tuple of float array `[H, W, 3]` in [0, 255] and bool array `[H, W]`, the mask.
    """
    text, logo = _print(random)
    sound = text, logo
    logo_ink, mask = _BLUE, np.zeros(SHAPE, bool)
    if defect == "missing":
        place_ = _printed_place(defects, text)
        patch = spot(defects, SHAPE, place_, defects.uniform(3, 9))
        text = text * (1 - patch)
    if defect == "doubled":
        down, right = defects.uniform(-4, 4), defects.uniform(2, 5)
        top = defects.integers(0, 2) * 90 + 90
        band = np.zeros(SHAPE)
        band[top : top + 80, 150:] = 1
        twin = ndimage.shift(text * band, (down, right), order=1)
        text = np.maximum(text, defects.uniform(0.3, 0.7) * twin)
    if defect == "colour":
        logo_ink = _BLUE + defects.uniform(0.3, 1.0) * (_GREEN - _BLUE)
        mask = logo > 0.5
    if defect in ("missing", "doubled"):
        mask = np.abs(text - sound[0]) > 0.15
    density = random.uniform(0.85, 1.0)
    paper = np.array([238.0, 234.0, 222.0]) + random.normal(0, 2, 3)
    picture = np.broadcast_to(paper, (*SHAPE, 3)).copy()
    picture += 1.5 * smooth_noise(random, SHAPE, 1.5)[..., None]
    for ink, cover in ((_INK, text), (logo_ink, logo)):
        cover = density * cover[..., None]
        picture = picture * (1 - cover) + ink * cover
    if defect == "smear":
        start, length = _printed_place(defects, text), defects.uniform(15, 50)
        angle = defects.uniform(-0.4, 0.4)
        cover = line(SHAPE, start, angle, length, defects.uniform(6, 14))
        cover = defects.uniform(0.2, 0.6) * ndimage.gaussian_filter(cover, 2)
        picture = picture * (1 - cover[..., None]) + _INK * cover[..., None]
        mask = cover > 0.08
    if defect == "scratch":
        cover = line(
            SHAPE, place(defects, SHAPE, 60), defects.uniform(0, np.pi),
            defects.uniform(40, 120), defects.uniform(1, 2.5),
        )  # fmt: skip
        cover = defects.uniform(0.4, 1.0) * cover
        tone = defects.choice([255.0, 110.0])
        picture = picture * (1 - cover[..., None]) + tone * cover[..., None]
        mask = cover > 0.1
    picture, mask = _move(random, picture, mask)
    picture = picture * light(random, *SHAPE, 0.15)[..., None]
    return picture + random.normal(0, 2.5, (*SHAPE, 3)), mask


def _print(random):
    """Cover of the black print and of the logo, float arrays `[H, W]` in [0, 1]."""
    text, logo = (Image.new("L", (2 * SHAPE[1], 2 * SHAPE[0])) for _ in range(2))
    pen = ImageDraw.Draw(text)
    day = f"{random.integers(1, 29):02d}.{random.integers(1, 13):02d}.2027"
    for row, words in enumerate((*_LINES[:2], f"{_LINES[2]} {day}")):
        pen.text((330, 170 + 90 * row), words, 255, ImageFont.load_default(size=44))
    pen.text((60, 40), "NORDIC OATS", 255, ImageFont.load_default(size=84))
    for digit in range(40):
        if random.random() < 0.55:
            pen.rectangle((330 + 12 * digit, 470, 336 + 12 * digit, 580), 255)
    number = "".join(str(n) for n in random.integers(0, 10, 12))
    pen.text((360, 588), number, 255, ImageFont.load_default(size=34))
    pen = ImageDraw.Draw(logo)
    pen.ellipse((60, 190, 280, 410), 255)
    pen.polygon([(170, 230), (230, 370), (110, 370)], 0)
    half = SHAPE[1], SHAPE[0]
    return tuple(
        np.asarray(one.resize(half, Image.Resampling.BOX)) / 255.0
        for one in (text, logo)
    )


def _printed_place(random, cover):
    printed = np.argwhere(cover > 0.6)
    return printed[random.integers(len(printed))].astype(float)


def _move(random, picture, mask):
    """A label lies a little turned and shifted, as it is fed."""
    angle, shift = np.deg2rad(random.uniform(-1.5, 1.5)), random.uniform(-3, 3, 2)
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    middle = np.array(SHAPE) / 2
    offset = middle - turn @ (middle + shift)
    moved = [
        ndimage.affine_transform(picture[..., k], turn, offset, order=1, mode="nearest")
        for k in range(3)
    ]
    mask = ndimage.affine_transform(mask.astype(float), turn, offset, order=1)
    return np.stack(moved, axis=-1), mask > 0.5
