"""Whether pictures use so little of their range that a detector sees nothing."""

from keras_novnorm.advice.finding import Finding

SHARE = 0.25
"""Of the range, what is less deserves a word."""

_DEPTHS = (8, 10, 12, 14)


def find_little_range(low, high, bits):
    """Says when pictures use little of the range of their files.

    Args:
        low: float in [0, 1], the least value of all pixels.
        high: float in [0, 1], the greatest.
        bits: int, 8 or 16, of the files.

    Returns:
        `Finding` whose numbers are `low`, `high`, `bits` and `value_range`, the pair of
        levels to give; or None: they use enough.
    """
    if high - low >= SHARE or high <= low:
        return None
    top = 2**bits - 1
    least, greatest = round(low * top), round(high * top)
    # Levels of a camera with fewer bits than the file: its own whole range.
    depths = [2**n - 1 for n in _DEPTHS if greatest < 2**n <= 4 * greatest]
    upper = depths[0] if bits == 16 and depths else greatest
    lower = least if least > greatest / 2 else 0
    return Finding(
        "little_range",
        f"The pictures use little of the range of their files: levels {least} to "
        f"{greatest} of {top} ({high - low:.0%}), which is nearly one grey to a "
        f"detector. Spread them: --value-range {lower} {upper}",
        {
            "low": low,
            "high": high,
            "bits": bits,
            "value_range": [lower, upper],
        },
    )
