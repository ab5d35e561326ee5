"""Pictures that look the same, though not pixel for pixel."""

import collections
import dataclasses
import io
import warnings

import numpy as np

HASH_SIDE = 16
"""A hash has `HASH_SIDE * HASH_SIDE` bits."""

LIMIT = 10
"""Hashes that differ in at most so many bits are of near duplicates.

Of 1,344 pictures of magnetic tiles, two of which differ in 107 bits in the median,
0.09% of all pairs are within it: tiles that were photographed again, under another
light. From 20 on, pairs of different tiles are among them.
"""

LEAST_SIDE = 32
"""Smaller pictures show too little: two fives may be as alike as two shots of one."""

_LEAST_SPREAD = 2.0
_LARGEST_BUCKET = 2000


@dataclasses.dataclass(frozen=True)
class NearDuplicate:
    """Two pictures that look the same.

    Attributes:
        first: what the caller calls the one.
        second: what the caller calls the other.
        distance: int, bits in which their hashes differ.
    """

    first: object
    second: object
    distance: int


def difference_hash(image_bytes, side=HASH_SIDE):
    """A perceptual hash: where the picture gets brighter from left to right.

    The picture is brought to grey and to `side` rows of `side + 1` pixels; each bit
    says whether a pixel is darker than the one to its right. Brightness, contrast,
    size and compression change few bits.

    Args:
        image_bytes: bytes, a PNG or JPEG file (see `transcode`).
        side: int.

    Returns:
        bool array `[side * side]`, or None: the picture is even, and every even picture
        would look like it; or it is too small, or too large for Pillow.
    """
    from PIL import Image

    with warnings.catch_warnings():
        # Its size was checked before; Pillow has a limit of its own.
        warnings.simplefilter("ignore", Image.DecompressionBombWarning)
        try:
            picture = Image.open(io.BytesIO(image_bytes))
        except Image.DecompressionBombError:
            return None
    if min(picture.size) < LEAST_SIDE:
        return None
    picture.draft("L", (8 * side, 8 * side))  # Of a JPEG, no more than is needed.
    if picture.mode.startswith("I"):
        grey = Image.fromarray(np.asarray(picture, np.float32) / 257)
    else:
        grey = picture.convert("L").convert("F")
    small = np.asarray(grey.resize((side + 1, side), Image.Resampling.BOX))
    if small.max() - small.min() < _LEAST_SPREAD:
        return None
    return (small[:, 1:] > small[:, :-1]).reshape(-1)


def find_near_duplicates(hashes, limit=LIMIT, of_interest=None):
    """Finds all pairs of hashes that differ in few bits.

    A hash is split into `limit + 1` bands. Two hashes that differ in at most `limit`
    bits agree in one band at least, so only hashes that share a band are compared: far
    from all with all.

    Args:
        hashes: list of `(name, hash)`, as `difference_hash` gives them; those of None
            are left out.
        limit: int, the most bits.
        of_interest: callable of two names, or None; pairs that it refuses are left out.

    Returns:
        List of `NearDuplicate`, the most alike first.
    """
    hashes = [(name, bits) for name, bits in hashes if bits is not None]
    if len(hashes) < 2:
        return []
    bits = np.stack([bits for _, bits in hashes])
    packed = np.packbits(bits, axis=1)
    found = {}
    for columns in np.array_split(np.arange(bits.shape[1]), limit + 1):
        band = np.packbits(bits[:, columns], axis=1)
        buckets = collections.defaultdict(list)
        for place, value in enumerate(band):
            buckets[value.tobytes()].append(place)
        for places in buckets.values():
            # Part of a picture that half of all share, such as an even background,
            # tells nothing; another band does.
            if 1 < len(places) <= _LARGEST_BUCKET:
                found.update(_close_pairs(np.array(places), packed, limit))
    pairs = [
        NearDuplicate(hashes[one][0], hashes[other][0], distance)
        for (one, other), distance in sorted(found.items(), key=lambda e: (e[1], e[0]))
    ]
    if of_interest is None:
        return pairs
    return [pair for pair in pairs if of_interest(pair.first, pair.second)]


def _close_pairs(places, packed, limit):
    chosen = packed[places]
    for row in range(len(places) - 1):
        distances = np.bitwise_count(chosen[row + 1 :] ^ chosen[row]).sum(axis=1)
        for other in np.flatnonzero(distances <= limit):
            pair = int(places[row]), int(places[row + 1 + other])
            yield pair, int(distances[other])


def near_duplicates_across(examples, limit=LIMIT, progress=None):
    """Finds near duplicates that lie in different splits.

    Nothing is dropped for it: whether two pictures are of one thing, a person knows.

    Args:
        examples: dict from a split's name to a list of `ImageExample`.
        limit: int, as for `find_near_duplicates`.
        progress: callable that wraps an iterable of examples, or None.

    Returns:
        List of `NearDuplicate` whose names are `(split, path)`.
    """
    listed = [(split, one) for split, found in examples.items() for one in found]
    wrap = progress or (lambda items: items)
    hashes = [
        ((split, one.path), difference_hash(one.image_bytes))
        for split, one in wrap(listed)
    ]
    return find_near_duplicates(hashes, limit, lambda one, other: one[0] != other[0])
