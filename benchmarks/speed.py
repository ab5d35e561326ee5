"""Training speed and scoring latency: `python -m benchmarks.speed`.

Everything in one run on one machine, so that the ratios hold where the figures do
not. Speed does not depend on what the pictures show: they are made at random, of
MNIST's size and number of one digit.

`detector` is `NoveltyDetector`, preset `mnist`; `autoencoder` is the same encoder and
decoder under Keras' own `fit` with the mean squared error alone: the floor for the
first. Latencies are of one picture a request: the export called in process, and the
same through gRPC. Training has oneDNN's operations on, as the commands that train do;
scoring has what TensorFlow itself chooses, as the server does.
"""

import argparse
import concurrent.futures
import contextlib
import json
import multiprocessing
import tempfile
import time

import numpy as np

from pipeline.onednn import prefer_onednn

IMAGES = 4864
TARGET_FPR = 0.05


def main():
    """Measure and print a table, or JSON with `--json`."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--requests", type=int, default=1000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    images = np.random.default_rng(0).integers(0, 256, (IMAGES, 28, 28, 1), "uint8")
    # A process of its own: whether oneDNN is on is settled as TensorFlow is imported.
    context = multiprocessing.get_context("spawn")
    with concurrent.futures.ProcessPoolExecutor(1, context, prefer_onednn) as pool:
        figures = pool.submit(measure_training, images, arguments.rounds).result()
    figures |= measure_scoring(images, arguments.requests)
    if arguments.json:
        print(json.dumps(figures, indent=2))
        return
    width = max(map(len, figures))
    for name, value in figures.items():
        print(
            f"{name:<{width}}  {value:,.3g}"
            if value < 100
            else f"{name:<{width}}  {value:,.0f}"
        )


def measure_training(images, rounds):
    """Images per second of an epoch; the best of some rounds, in turn.

    Args:
        images: uint8 array `[N, 28, 28, 1]`.
        rounds: how often each is measured.

    Returns:
        Dictionary of figures.
    """
    import keras
    import tensorflow as tf

    from keras_novnorm import CollapseMonitor, NoveltyDetector

    detector = NoveltyDetector.from_preset("mnist")
    detector.compile()
    networks = NoveltyDetector.from_preset("mnist")
    autoencoder = keras.Sequential([networks.encoder, networks.decoder])
    autoencoder.compile("adam", "mse")
    data = tf.data.Dataset.from_tensor_slices(images).batch(128)
    floats = data.map(lambda x: tf.cast(x, tf.float32) / 255.0).cache()
    runs = {
        "detector": lambda: detector.fit(
            floats, epochs=1, verbose=0, callbacks=[CollapseMonitor(minimum=0.0)]
        ),
        "autoencoder": lambda: autoencoder.fit(
            floats.map(lambda x: (x, x)), epochs=1, verbose=0
        ),
    }
    best = dict.fromkeys(runs, 0.0)
    for _ in range(rounds + 1):  # the first round traces
        for name, run in runs.items():
            start = time.perf_counter()
            run()
            best[name] = max(best[name], len(images) / (time.perf_counter() - start))
    return {
        "training, images/s": best["detector"],
        "training, images/s, autoencoder alone": best["autoencoder"],
        "training, detector / autoencoder": best["detector"] / best["autoencoder"],
    }


def measure_scoring(images, requests):
    """Latency of one picture in process and through gRPC.

    Args:
        images: uint8 array `[N, 28, 28, 1]`.
        requests: how many requests each is measured with.

    Returns:
        Dictionary of figures; latencies in milliseconds.
    """
    import tensorflow as tf

    from keras_novnorm import CollapseMonitor, NoveltyDetector
    from keras_novnorm.export import export_saved_model
    from serving.client import ScoringClient
    from serving.local_server import LocalServer

    detector = NoveltyDetector.from_preset("mnist")
    detector.compile()
    monitor = CollapseMonitor(minimum=0.0)
    detector.fit(images[:1000], epochs=1, verbose=0, callbacks=[monitor])
    detector.calibrate(images[:200], target_fpr=TARGET_FPR)
    detector.mark_collapsed([])  # random pictures cannot be reconstructed
    pictures = [tf.io.encode_png(image).numpy() for image in images[:requests]]
    with contextlib.ExitStack() as stack:
        base_path = stack.enter_context(tempfile.TemporaryDirectory())
        path = export_saved_model(detector, base_path)
        model = tf.saved_model.load(str(path))
        score = model.signatures["serving_bytes"]
        in_process = latencies(
            lambda picture: score(image_bytes=tf.constant([picture])), pictures
        )
        server = stack.enter_context(LocalServer("mnist", base_path))
        one = stack.enter_context(ScoringClient(server.target, "mnist"))
        through_grpc = latencies(lambda picture: one.score_bytes([picture]), pictures)
        eight = stack.enter_context(
            ScoringClient(server.target, "mnist", batch_size=1, in_flight=8)
        )
        start = time.perf_counter()
        eight.score_bytes(pictures)
        rate = len(pictures) / (time.perf_counter() - start)
        batches = stack.enter_context(ScoringClient(server.target, "mnist"))
        start = time.perf_counter()
        batches.score_images(images)
        batch_rate = len(images) / (time.perf_counter() - start)
    return {
        "scoring in process, ms, median": in_process[50],
        "scoring through gRPC, ms, median": through_grpc[50],
        "scoring through gRPC, ms, 99th percentile": through_grpc[99],
        "scoring through gRPC, requests/s, 8 at a time": rate,
        "scoring through gRPC, images/s, batches of 32": batch_rate,
    }


def latencies(call, items):
    """Time of each call, the first tenth left out.

    Args:
        call: function of one item.
        items: list of items.

    Returns:
        Dictionary of percentile to milliseconds, for 50 and 99.
    """
    seconds = []
    for item in items:
        start = time.perf_counter()
        call(item)
        seconds.append(time.perf_counter() - start)
    measured = np.array(seconds[len(items) // 10 :]) * 1e3
    return {level: float(np.percentile(measured, level)) for level in (50, 99)}


if __name__ == "__main__":
    main()
