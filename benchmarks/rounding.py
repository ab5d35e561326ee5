"""Whether a verdict hangs on rounding: near-identical parts through every door.

    python -m benchmarks.rounding
    python -m benchmarks.rounding --presets mnist --calibrations 6

Trains each preset on made parts that differ by a little noise, calibrates it in
several sizes, with the highest and with the third highest score as the threshold, and
scores every calibration picture by `predict` in one batch, alone, in batches of 7 and
of 33, from the `.keras` file in a fresh process, from the export, and over gRPC.
"""

import argparse
import itertools
import pathlib
import subprocess
import sys
import tempfile

import numpy as np
from tqdm import tqdm

PRESETS = ("mnist", "mnist_plus", "image64", "cifar10_plus")
EPOCHS = {"mnist": 20, "mnist_plus": 10, "image64": 5, "cifar10_plus": 5}
SIZES = (20, 62, 150)
RANKS = (1, 3)
TRAIN = 62
FRESH = """
import pathlib, sys
import keras, numpy as np
import keras_novnorm
for file in pathlib.Path(sys.argv[1]).glob("*.keras"):
    detector = keras.saving.load_model(file)
    images = np.load(file.with_suffix(".npy"))
    np.savez(file.with_suffix(".npz"), **detector.predict(images, verbose=0))
"""


def parts(shape, count, seed):
    """Pictures of one part with a little noise.

    Args:
        shape: `(height, width, channels)`.
        count: int.
        seed: int; it draws the kind of the part and its noise.

    Returns:
        uint8 array `[count, height, width, channels]`.
    """
    rng = np.random.default_rng(seed)
    height, width, channels = shape
    row, column = np.mgrid[-1 : 1 : height * 1j, -1 : 1 : width * 1j]
    kind = (
        np.where(row**2 + column**2 < 0.6, 170.0, 60.0),  # a disc
        120.0 + 50.0 * np.sin(9.0 * column),  # stripes
        130.0 + 60.0 * row * column,  # a shading
    )[seed % 3]
    noise = rng.normal(0.0, rng.choice([0.5, 1.0, 2.0, 4.0]), (count, *shape))
    return np.clip(np.rint(kind[None, ..., None] + noise), 0, 255).astype("uint8")


def scored(detector, images, size):
    """Outputs of `predict_on_batch` in batches of a size."""
    found = [
        detector.predict_on_batch(images[start : start + size])
        for start in range(0, len(images), size)
    ]
    return {name: np.concatenate([one[name] for one in found]) for name in found[0]}


def doors(detector, images, folder):
    """Outputs of every other way to score the images.

    Args:
        detector: a calibrated `NoveltyDetector`.
        images: uint8 array `[N, H, W, C]`.
        folder: `pathlib.Path`, empty.

    Yields:
        Pairs of a name and a dictionary of arrays `[N]`.
    """
    import tensorflow as tf

    from keras_novnorm.export import export_saved_model
    from serving.client import ScoringClient
    from serving.local_server import LocalServer

    for size in (1, 7, 33):
        yield f"batches of {size}", scored(detector, images, size)
    path = export_saved_model(detector, folder / "parts")
    score = tf.saved_model.load(str(path)).signatures["serving_default"]
    alone = [score(images=tf.constant(image[None])) for image in images]
    yield "the export", {n: np.concatenate([one[n] for one in alone]) for n in alone[0]}
    with (
        LocalServer("parts", folder / "parts") as server,
        ScoringClient(server.target, "parts") as client,
    ):
        rows = client.score_images(images)
    names = ("score", "p_value", "is_novel")
    yield "gRPC", {name: np.array([row[name] for row in rows]) for name in names}


def in_fresh_process(folder):
    """Outputs of all saved detectors, of a process of their own, by file name."""
    subprocess.run([sys.executable, "-c", FRESH, str(folder)], check=True)
    return {file.stem: dict(np.load(file)) for file in folder.glob("*.npz")}


def compare(expected, found):
    """How many verdicts and p-values differ, and the largest difference of a score."""
    return (
        int(np.sum(expected["is_novel"] != found["is_novel"])),
        int(np.sum(np.abs(expected["p_value"] - found["p_value"]) > 1e-6)),
        float(np.max(np.abs(expected["score"] - found["score"]))),
    )


def train(preset, seed):
    """A detector of near-identical parts, with exact statistics."""
    import keras

    from keras_novnorm import NoveltyDetector

    keras.utils.set_random_seed(seed)
    detector = NoveltyDetector.from_preset(preset)
    normals = parts(detector.image_shape, TRAIN + max(SIZES), seed)
    detector.compile()
    detector.fit(normals[:TRAIN], epochs=EPOCHS[preset], batch_size=8, verbose=0)
    detector.adapt(normals[:TRAIN], verbose=0)
    return detector, normals[TRAIN:]


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--presets", nargs="+", default=PRESETS, choices=PRESETS)
    parser.add_argument("--calibrations", type=int, default=52, help="in all (52)")
    arguments = parser.parse_args()
    settings = list(itertools.product(SIZES, RANKS))
    detectors = -(-arguments.calibrations // len(arguments.presets) // len(settings))
    each = detectors * len(settings)
    print(
        "| preset | calibrations | scores | verdicts that differ | p-values | score |"
    )
    print("|---|---|---|---|---|---|")
    progress = tqdm(total=each * len(arguments.presets), file=sys.stderr)
    for preset in arguments.presets:
        compared, pictures = [], 0
        for seed in range(detectors):
            detector, held_out = train(preset, seed)
            expected = {}
            with tempfile.TemporaryDirectory() as root:
                for size, rank in settings:
                    name = f"{size}-{rank}"
                    folder = pathlib.Path(root, name)
                    folder.mkdir()
                    images = held_out[:size]
                    detector.calibrate(images, target_fpr=(rank + 0.5) / (size + 1))
                    detector.save(folder.with_suffix(".keras"))
                    np.save(folder.with_suffix(".npy"), images)
                    wanted = detector.predict(images, batch_size=size, verbose=0)
                    expected[name] = wanted
                    for _, found in doors(detector, images, folder):
                        compared.append(compare(wanted, found))
                        pictures += size
                    progress.update()
                for name, found in in_fresh_process(pathlib.Path(root)).items():
                    compared.append(compare(expected[name], found))
                    pictures += len(found["score"])
        verdicts, p_values, scores = zip(*compared, strict=True)
        print(
            f"| `{preset}` | {each} | {pictures:,} | {sum(verdicts)} | "
            f"{sum(p_values)} | {max(scores):.1e} |",
            flush=True,
        )


if __name__ == "__main__":
    main()
