"""Training without an autoencoder: `python -m benchmarks.without_autoencoder`.

Presets whose terms look at the pictures alone have none. Each is trained for some steps
as it is, and with one beside it as before, in turns in one process, on random pictures:
the ratio of times is what counts, machines differ.
"""

import argparse
import os
import time

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")

from pipeline.onednn import prefer_onednn

PRESETS = ("image64", "image128", "image256", "cifar10_plus")
_LATENTS = 64


def main(argv=None):
    """Prints a table in Markdown.

    Args:
        argv: list of words; those of the command line unless given.
    """
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.without_autoencoder",
        description=__doc__.splitlines()[0],
    )
    parser.add_argument("--presets", nargs="+", choices=PRESETS, default=PRESETS)
    parser.add_argument("--steps", type=int, default=12, help="in each turn")
    parser.add_argument("--turns", type=int, default=5)
    arguments = parser.parse_args(argv)
    prefer_onednn()
    print("| preset | pictures/s with an autoencoder | without | faster |")
    print("|---|---|---|---|")
    for preset in arguments.presets:
        row = _compare(preset, arguments.steps, arguments.turns)
        print(f"| `{preset}` | {row[0]:.0f} | {row[1]:.0f} | {row[2]:.2f} times |")


def _compare(preset, steps, turns):
    import numpy as np

    detectors = [_with_autoencoder(preset), _new(preset)]
    size = detectors[0].recipe["batch_size"]
    shape = detectors[0].image_shape
    random = np.random.default_rng(0)
    images = random.integers(0, 256, (steps * size, *shape), dtype="uint8")
    seconds = [[], []]
    for turn in range(turns + 1):
        for which, detector in enumerate(detectors):
            start = time.perf_counter()
            detector.fit(images, epochs=1, batch_size=size, verbose=0)
            if turn:  # the first traces
                seconds[which].append(time.perf_counter() - start)
    rates = [len(images) / np.median(one) for one in seconds]
    ratio = np.median(np.divide(seconds[0], seconds[1]))
    return *rates, ratio


def _new(preset, **overrides):
    import keras

    from keras_novnorm import NoveltyDetector

    keras.utils.set_random_seed(0)
    detector = NoveltyDetector.from_preset(preset, **overrides)
    assert (detector.encoder is None) != bool(overrides)
    detector.compile()
    return detector


def _with_autoencoder(preset):
    from keras_novnorm import LeNetDecoder, LeNetEncoder, NoveltyDetector

    known = NoveltyDetector.PRESETS[preset]
    arguments = known["image_shape"], known["filters"], _LATENTS
    return _new(
        preset, encoder=LeNetEncoder(*arguments), decoder=LeNetDecoder(*arguments)
    )


if __name__ == "__main__":
    main()
