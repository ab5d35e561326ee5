"""From the statistics of good data to what may be expected of more of it."""

VERSION = 1


def infer_schema(statistics):
    """Infers a schema: a start, to be edited by hand.

    Where all pictures have one height or width, that is expected; otherwise half of
    the smallest to twice the largest. Of each split at least half as many pictures
    are expected, and of all that are listed, at most twice the share that was set
    aside, and a hundredth more.

    Args:
        statistics: dict, as `StatisticsOutputs.read` gives it.

    Returns:
        dict of plain values, as `check_schema` takes it.
    """
    splits = statistics["splits"]
    found = [split for split in splits.values() if split["count"]]
    share = statistics["rejected"] / max(1, statistics["listed"])
    return {
        "version": VERSION,
        "modes": sorted({mode for split in found for mode in split["modes"]}),
        "height": _range([split["height"] for split in found]),
        "width": _range([split["width"] for split in found]),
        "classes": sorted({name for split in found for name in split["classes"]}),
        "min_count": {name: split["count"] // 2 for name, split in splits.items()},
        "max_rejected_share": round(min(1.0, 2 * share + 0.01), 4),
    }


def _range(found):
    low = min((one["min"] for one in found), default=1)
    high = max((one["max"] for one in found), default=1)
    return [low, high] if low == high else [max(1, low // 2), 2 * high]
