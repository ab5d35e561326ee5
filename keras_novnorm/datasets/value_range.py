"""The range of values that pictures use, as a person says it.

A detector takes shares of the whole range; people know the levels of their files.
"""

EIGHT, SIXTEEN = 255, 65535


def to_shares(low, high):
    """Brings a range of values to shares of the whole.

    Up to 1 the numbers are shares already; up to 255, levels of 8 bits; above, levels
    of 16 bits.

    Args:
        low: float.
        high: float.

    Returns:
        Tuple of two floats in [0, 1].

    Raises:
        ValueError: it is no range.
    """
    if not 0 <= low < high <= SIXTEEN:
        raise ValueError(
            "a range of values is LOW HIGH with 0 <= LOW < HIGH, in levels of the "
            "files (0 4095 for 12 bits in files of 16) or in shares of 1; received "
            f"{low:g} {high:g}"
        )
    top = 1 if high <= 1 else EIGHT if high <= EIGHT else SIXTEEN
    return low / top, high / top


def in_words(shares):
    """A range of values for people.

    Args:
        shares: pair of floats in [0, 1], or None.

    Returns:
        str.
    """
    if shares is None:
        return "the whole range of the files"
    low, high = shares
    deep, plain = (f"{top * low:.5g} to {top * high:.5g}" for top in (SIXTEEN, EIGHT))
    return (
        f"{low:.4g} to {high:.4g} of the whole range (levels {deep} of 16 bits, "
        f"{plain} of 8)"
    )
