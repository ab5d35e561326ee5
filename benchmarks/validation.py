"""What a choice reaches on validation images: `python -m benchmarks.validation`.

The test split is not read. A detector is trained on five sixths of the normal class
and measured on the last sixth and on training images of the other classes, alone and
for every set of its terms, so that terms and combination are chosen from one training.
One line of JSON for each class is appended to `--output`.
"""

import argparse
import itertools
import json
import pathlib
import time

import numpy as np

from pipeline.onednn import prefer_onednn

SHORT = {
    "reconstruction_error": "R",
    "novelty_score": "N",
    "latent_distance": "M",
    "reencoding_error": "W",
    "transformation_error": "Q",
}


def main():
    """Train on each class and print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--dataset", default="mnist")
    parser.add_argument("--data-dir")
    parser.add_argument("--preset", help="the data set's own unless given")
    parser.add_argument("--classes", type=int, nargs="+", default=[0, 5, 6, 8])
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument(
        "--set",
        nargs="*",
        default=[],
        metavar="NAME=JSON",
        help="detector arguments, or `recipe.NAME`, `network.NAME`",
    )
    parser.add_argument("--threads", type=int, default=0, help="0: all")
    parser.add_argument("--output", type=pathlib.Path)
    arguments = parser.parse_args()
    prefer_onednn()

    from benchmarks.experiment import limit_threads, train_detector
    from benchmarks.one_class_arrays import read_arrays, split_arrays
    from keras_novnorm.metrics import auroc

    limit_threads(arguments.threads)
    data = read_arrays(arguments.dataset, arguments.data_dir)
    overrides = parse_settings(arguments.set)
    for normal in arguments.classes:
        arrays = split_arrays(data, [normal], on="validation")
        start = time.monotonic()
        preset = arguments.preset or arguments.dataset
        detector, _ = train_detector(preset, arrays, arguments.seed, overrides)
        seconds = time.monotonic() - start
        outputs = detector.predict(arrays.test, batch_size=256, verbose=0)
        row = {
            "dataset": arguments.dataset,
            "preset": preset,
            "settings": arguments.set,
            "normal": normal,
            "seed": arguments.seed,
            "seconds": round(seconds),
            "collapsed": detector.is_collapsed,
            "restarts": detector.num_restarts,
            "auroc": {
                name: round(100 * auroc(arrays.labels, scores), 2)
                for name, scores in subset_scores(detector, outputs).items()
            },
        }
        text = json.dumps(row)
        print(text, flush=True)
        if arguments.output:
            arguments.output.parent.mkdir(parents=True, exist_ok=True)
            with arguments.output.open("a") as file:
                file.write(text + "\n")


def parse_settings(settings):
    """`NAME=JSON` words to detector arguments.

    Args:
        settings: list of str.

    Returns:
        Dictionary; `recipe.NAME` and `network.NAME` make dictionaries within.

    Raises:
        ValueError: if a word has no value, or one that is no JSON.
    """
    result = {}
    for word in settings:
        name, _, value = word.partition("=")
        group, _, key = name.rpartition(".")
        target = result.setdefault(group, {}) if group else result
        try:
            target[key] = json.loads(value)
        except json.JSONDecodeError as error:
            raise ValueError(
                "A setting must be NAME=JSON, such as latent_noise=0.1. "
                f"Received: {word}"
            ) from error
    return result


def subset_scores(detector, outputs):
    """Scores of every set of terms under each combination.

    Args:
        detector: a `NoveltyDetector`.
        outputs: what its `predict` gave.

    Returns:
        Dictionary from `"lse:a+b"`, `"mean:a+b"` or `"a"` to float `[N]`; terms go
        by their letters in `SHORT`.
    """
    import keras

    values = [outputs[name] for name in detector.term_names]
    t = keras.ops.convert_to_numpy(
        detector.normalization.standardize(detector.normalizable_values(values))
    ).astype("float64")
    names = [SHORT.get(name, name) for name in detector.term_names]
    scores = {"score": outputs["score"]}
    for size in range(1, len(names) + 1):
        for subset in itertools.combinations(range(len(names)), size):
            label = "+".join(names[k] for k in subset)
            part = t[:, subset]
            if size == 1:
                scores[label] = part[:, 0]
            else:
                scores[f"lse:{label}"] = np.logaddexp.reduce(part, axis=1)
                scores[f"mean:{label}"] = part.mean(axis=1)
    return scores


if __name__ == "__main__":
    main()
