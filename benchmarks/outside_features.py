"""One class normal, by features from outside: `python -m benchmarks.outside_features`.

    python -m benchmarks.outside_features --data-dir DIR

The method `pooled_neighbours` on CIFAR-10 and Fashion-MNIST: EfficientNet-Lite0 with
ImageNet weights looks at each picture once, enlarged to 128 x 128; then each class is
normal in turn. Nothing is trained and nothing chosen on the test split. A table of its
own, for the network has seen a million other pictures: what is learned from the normal
class alone stands in the paper's tables.
"""

import argparse
import dataclasses
import pathlib
import time

import numpy as np
from tqdm import tqdm

from benchmarks.one_class_arrays import read_arrays, split_arrays
from benchmarks.results import RESULTS, write_json
from benchmarks.table_definitions import CLASS_NAMES

DATASETS = ("cifar10", "fashion_mnist")
SIZE = (128, 128)
BATCH = 100
_FOLDS = 1


def look(detector, images):
    """What a detector's only gauge looks at, of many pictures.

    Args:
        detector: a `FeatureDetector`.
        images: uint8 array `[N, H, W, C]`.

    Returns:
        Float32 array `[N, D]`.
    """
    import tensorflow as tf

    @tf.function(reduce_retracing=True)
    def step(images):
        return detector.gauge_inputs(detector.finite_images(images)[0])[0]

    starts = tqdm(range(0, len(images), BATCH), desc="features")
    return np.concatenate([step(images[i : i + BATCH]).numpy() for i in starts])


def run(dataset, data_dir, download):
    """AUROC of each class.

    Args:
        dataset: one of `DATASETS`.
        data_dir: where tensorflow-datasets' files lie, or `None`.
        download: whether they may be fetched.

    Returns:
        Dictionary of JSON values.
    """
    from keras_novnorm.detectors.pooled_neighbours import PooledNeighboursDetector
    from keras_novnorm.metrics import auroc

    start = time.monotonic()
    data = read_arrays(dataset, data_dir, download)
    detector = PooledNeighboursDetector(data.images.shape[1:], network_size=SIZE)
    # In the place of the pictures: each is looked at once, whichever class is normal.
    seen = dataclasses.replace(data, images=look(detector, data.images))
    (gauge,) = detector.gauges
    found = []
    for number in range(len(data.class_names)):
        split = split_arrays(seen, (number,))
        sample = gauge.collector(_FOLDS)
        gauge.update(sample, split.train, np.zeros(len(split.train), int))
        gauge.fit(sample)
        # The score is this measure's logarithm, standardised: the order is the same.
        scores = np.concatenate(
            [
                gauge(split.test[i : i + BATCH])[gauge.measures[0]].numpy()
                for i in range(0, len(split.test), BATCH)
            ]
        )
        found.append(auroc(split.labels, scores))
    return {
        "dataset": dataset,
        "method": detector.METHOD,
        "backbone": detector.describe()["facts"]["backbone"],
        "size": list(SIZE),
        "auroc": found,
        "wall_s": round(time.monotonic() - start, 1),
    }


def section(root=RESULTS):
    """The results as Markdown; empty where there are none.

    Args:
        root: folder of all results.

    Returns:
        Text.
    """
    import json

    files = sorted(pathlib.Path(root, "outside_features").glob("*.json"))
    if not files:
        return ""
    lines = [
        "## With features from outside",
        "",
        "One class normal, `pooled_neighbours` on EfficientNet-Lite0 with ImageNet "
        "weights, pictures enlarged to 128 x 128; nothing is trained. Not to be "
        "compared with the tables above, which learn from the normal class alone.",
        "",
        "```",
        "python -m benchmarks.outside_features --data-dir DIR",
        "```",
    ]
    for result in (json.loads(file.read_text()) for file in files):
        percent = 100 * np.asarray(result["auroc"])
        names = CLASS_NAMES[result["dataset"]]
        cells = [*(f"{value:.1f}" for value in percent), f"**{percent.mean():.2f}**"]
        minutes = f"{result['wall_s'] / 60:.0f} minutes for all classes"
        lines += [
            "",
            f"{result['dataset']}, {minutes}:",
            "",
            f"| {' | '.join([*names, 'mean'])} |",
            "|---" * len(cells) + "|",
            f"| {' | '.join(cells)} |",
        ]
    return "\n".join(lines)


def main(argv=None):
    """Run what is missing."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--datasets", nargs="+", choices=DATASETS, default=DATASETS)
    parser.add_argument("--data-dir", help="where tensorflow-datasets' files lie")
    parser.add_argument("--download", action="store_true")
    parser.add_argument("--results", type=pathlib.Path, default=RESULTS)
    arguments = parser.parse_args(argv)
    for dataset in arguments.datasets:
        path = arguments.results / "outside_features" / f"{dataset}.json"
        if path.exists():
            continue
        result = run(dataset, arguments.data_dir, arguments.download)
        write_json(path, result)
        print(f"{dataset}: mean AUROC {100 * np.mean(result['auroc']):.2f}", flush=True)


if __name__ == "__main__":
    main()
