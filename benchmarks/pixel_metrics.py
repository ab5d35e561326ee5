"""Memory and exactness of the metrics of pixels.

    .venv/bin/python -m benchmarks.pixel_metrics --maps 500 --size 512

Maps are noise with brighter rectangles, made one after the other as a detector makes
them. With `--exact`, the exact metrics are computed of the same maps, all at once.
"""

import argparse
import json
import resource
import time

import numpy as np

from keras_novnorm.metrics import (
    PixelHistogram,
    evaluate_pixel_histograms,
    per_region_overlap,
    pixel_auroc,
)


def make(number, size):
    """Yields pairs of a mask and a map; every second mask has two rectangles."""
    random = np.random.default_rng(0)
    for index in range(number):
        mask = np.zeros((size, size), bool)
        for _ in range(2 * (index % 2)):
            top, left = random.integers(0, size * 3 // 4, 2)
            mask[top : top + size // 8, left : left + size // 6] = True
        noise = random.standard_normal((size, size), "float32")
        yield mask, np.exp(0.5 * noise + 0.7 * mask).astype("float32") * 0.02


def main():
    """Prints one JSON document."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--maps", type=int, default=500)
    parser.add_argument("--size", type=int, default=512)
    parser.add_argument("--exact", action="store_true")
    arguments = parser.parse_args()
    started = time.perf_counter()
    histogram = PixelHistogram()
    for mask, values in make(arguments.maps, arguments.size):
        histogram.add(mask, values)
    found = evaluate_pixel_histograms([histogram])
    result = {
        "maps": histogram.num_maps,
        "pixel_auroc": found["pixel_auroc"],
        "per_region_overlap": found["per_region_overlap"],
        "bins": len(histogram.bins()[0]),
        "seconds": round(time.perf_counter() - started, 1),
        "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
    }
    if arguments.exact:
        pairs = list(make(arguments.maps, arguments.size))
        masks, maps = (np.stack(part) for part in zip(*pairs, strict=True))
        del pairs
        result["exact"] = {
            "pixel_auroc": pixel_auroc(masks, maps),
            "per_region_overlap": per_region_overlap(masks, maps),
        }
    print(json.dumps(result, indent=2))


if __name__ == "__main__":
    main()
