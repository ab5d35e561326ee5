"""How a request is cut into parts, and whether that changes its answer."""

import numpy as np

PART_SECONDS = 0.25
"""What one part should take: so long a deadline may be passed."""
_MOST_ROWS = 1024
_ROWS_AT_FIRST = 32
_MOST_BYTES = 64 << 20
_MOST_PIXELS = 4_000_000
_LOOKED_AT = 1000
_CLOSE = 1e-2


def next_part(cost, pixels, row_bytes, start):
    """Says where the part that begins at a row ends.

    Args:
        cost: `RunCost`.
        pixels: int array, of each row's picture file.
        row_bytes: int, of a row.
        start: int.

    Returns:
        int, one after the last row; at least one row is in it.
    """
    most = min(_MOST_ROWS, _MOST_BYTES // max(row_bytes, 1))
    if not cost.is_known:
        most = min(most, _ROWS_AT_FIRST)
    rows = pixels[start : start + max(most, 1)].cumsum()
    counts = np.arange(1, len(rows) + 1)
    fits = (rows <= _MOST_PIXELS) & (cost.seconds(counts, rows) <= PART_SECONDS)
    return start + max(1, int(fits.sum()))


def independent_rows(run, feeds, pixels):
    """Tries out whether an example's answer depends on the others beside it.

    Args:
        run: function of (start, end, indices) that runs the rows of some indices.
        feeds: dict of str to array, with two rows or more.
        pixels: int array, of each row's picture file: small ones are taken.

    Returns:
        bool.
    """
    first, other = _two(feeds, pixels)
    together = run(0, 2, [first, other])
    alone = run(0, 1, [first])
    if any(value.shape[:1] != (2,) for value in together.values()):
        return False
    return all(
        value.shape[:1] == (1,) and _same(value[0], together[name][0])
        for name, value in alone.items()
    )


def _two(feeds, pixels):
    """Two of the lightest rows, which differ if any do."""
    first = int(pixels[:_LOOKED_AT].argmin())
    order = np.argsort(pixels[:_LOOKED_AT], kind="stable")
    for other in order:
        if other != first and any(
            not np.array_equal(array[first], array[other]) for array in feeds.values()
        ):
            return first, int(other)
    return first, int(next(n for n in order if n != first))


def _same(alone, beside):
    if alone.shape != beside.shape:
        return False
    if alone.dtype.kind not in "fc":
        # A verdict may hang on the last digit of a score, which is compared itself.
        return alone.dtype.kind == "b" or np.array_equal(alone, beside)
    scale = max(float(np.nanmax(np.abs(beside), initial=0.0)), 1e-6)
    if not np.isfinite(scale):
        return np.array_equal(alone, beside, equal_nan=True)
    return np.allclose(alone, beside, _CLOSE, _CLOSE * scale, equal_nan=True)
