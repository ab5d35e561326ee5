"""Numbers that describe a set of pictures; those of two sets add up."""

import collections
import math

import numpy as np

from pipeline.statistics.picture_measures import MEASURES

_MOST_SIZES = 256


class PictureStatistics:
    """What a set of pictures looks like.

    Its size does not grow with the set. All is counted in whole numbers, so that the
    result does not depend on how the set was divided among workers.

    Args:
        bins: int, of each histogram.
    """

    def __init__(self, bins):
        self.bins = bins
        self.count = self.num_bytes = self.num_masks = self.num_pixels = 0
        self.modes = collections.Counter()
        self.sizes = collections.Counter()
        self.height, self.width = _Range(), _Range()
        self.sums, self.squares = [0, 0, 0], [0, 0, 0]
        self.intensity = np.zeros((3, bins), np.int64)
        self.histograms = {name: np.zeros(bins, np.int64) for name in MEASURES}

    def add(self, height, width, found):
        """Takes measured pictures of one size in.

        Args:
            height: int, of each.
            width: int.
            found: `PictureMeasures`.
        """
        count = len(found.measures["brightness"])
        self.count += count
        self.height.add(height, count)
        self.width.add(width, count)
        self._add_sizes({f"{height}x{width}": count})
        self.num_pixels += found.num_pixels * count
        self.sums = [a + b for a, b in zip(self.sums, found.sums, strict=True)]
        self.squares = [a + b for a, b in zip(self.squares, found.squares, strict=True)]
        self.intensity += found.intensity
        for name, (low, high) in MEASURES.items():
            place = (found.measures[name] - low) / (high - low) * self.bins
            place = np.clip(place.astype(int), 0, self.bins - 1)
            self.histograms[name] += np.bincount(place, minlength=self.bins)

    def add_file(self, mode, num_bytes, has_mask):
        """Takes in what is known of a picture without decoding it.

        Args:
            mode: str, its kind and colours, "PNG L".
            num_bytes: int, of its file.
            has_mask: bool.
        """
        self.modes[mode] += 1
        self.num_bytes += num_bytes
        self.num_masks += has_mask

    def merge(self, other):
        """Takes another set in.

        Args:
            other: `PictureStatistics` with as many bins.

        Returns:
            `PictureStatistics`, this one.
        """
        for name in ("count", "num_bytes", "num_masks", "num_pixels"):
            setattr(self, name, getattr(self, name) + getattr(other, name))
        self.modes += other.modes
        self._add_sizes(other.sizes)
        self.height.merge(other.height)
        self.width.merge(other.width)
        self.sums = [a + b for a, b in zip(self.sums, other.sums, strict=True)]
        self.squares = [a + b for a, b in zip(self.squares, other.squares, strict=True)]
        self.intensity = self.intensity + other.intensity
        for name in MEASURES:
            self.histograms[name] = self.histograms[name] + other.histograms[name]
        return self

    def to_dict(self):
        """Returns dict of plain values, as `docs/data.md` describes it."""
        means = [total / max(1, self.num_pixels) / 65535 for total in self.sums]
        squares = [n / max(1, self.num_pixels) / 65535**2 for n in self.squares]
        return {
            "count": self.count,
            "bytes": self.num_bytes,
            "masks": self.num_masks,
            "modes": dict(sorted(self.modes.items())),
            "height": self.height.to_dict(self.count),
            "width": self.width.to_dict(self.count),
            "sizes": self._common_sizes(),
            "channel_means": means,
            "channel_deviations": [
                math.sqrt(max(0.0, square - mean * mean))
                for mean, square in zip(means, squares, strict=True)
            ],
            "intensity": self.intensity.tolist(),
            **{name: found.tolist() for name, found in self.histograms.items()},
        }

    def _add_sizes(self, sizes):
        # Of very many sizes, none is common; they are no longer told apart.
        if self.sizes is None or sizes is None:
            self.sizes = None
            return
        self.sizes = self.sizes + collections.Counter(sizes)
        if len(self.sizes) > _MOST_SIZES:
            self.sizes = None

    def _common_sizes(self):
        if self.sizes is None:
            return None
        ranked = sorted(self.sizes.items(), key=lambda item: (-item[1], item[0]))
        return dict(ranked)


class _Range:
    def __init__(self):
        self.low = self.high = None
        self.total = 0

    def add(self, value, count):
        self.total += value * count
        self.low = value if self.low is None else min(self.low, value)
        self.high = value if self.high is None else max(self.high, value)

    def merge(self, other):
        if other.low is not None:
            self.add(other.low, 0)
            self.add(other.high, 0)
            self.total += other.total

    def to_dict(self, count):
        return {"min": self.low, "max": self.high, "mean": self.total / max(1, count)}
