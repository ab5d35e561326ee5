"""One training, and what is written down of it."""

import os
import platform
import subprocess
import time

import numpy as np

from benchmarks.variants import VARIANTS

TARGET_FPR = 0.05
RESTARTS = 2
BINS = 60


def limit_threads(threads):
    """Let TensorFlow use no more threads than that; before anything is computed.

    Args:
        threads: int, 0 for all.
    """
    import tensorflow as tf

    if threads:
        tf.config.threading.set_intra_op_parallelism_threads(threads)
        tf.config.threading.set_inter_op_parallelism_threads(threads)


def train_detector(
    preset, arrays, seed, overrides=None, restarts=RESTARTS, callbacks=None
):
    """Train and adapt a detector on the normals of a split.

    Args:
        preset: name of a preset.
        arrays: `OneClassArrays`.
        seed: int.
        overrides: constructor arguments in the place of the preset's.
        restarts: how often a collapsed training begins again.
        callbacks: list of Keras callbacks.

    Returns:
        Tuple of a `NoveltyDetector`, not calibrated, and its number of epochs.
    """
    import keras

    from keras_novnorm import NoveltyDetector

    keras.backend.clear_session()
    keras.utils.set_random_seed(seed)
    shape = arrays.train.shape[1:]
    detector = NoveltyDetector.from_preset(preset, shape, **(overrides or {}))
    detector.compile()
    history = detector.fit(
        arrays.train, verbose=0, restarts=restarts, callbacks=callbacks
    )
    detector.adapt(arrays.train, verbose=0)
    return detector, len(history.epoch)


def run_experiment(experiment, arrays, callbacks=None, threads=0):
    """Train, calibrate and measure on the test split.

    Args:
        experiment: an `Experiment`.
        arrays: its `OneClassArrays`.
        callbacks: list of Keras callbacks.
        threads: how many threads it has, for the record.

    Returns:
        Dictionary of JSON values; rates and areas are in [0, 1].
    """
    from keras_novnorm.metrics import evaluate_scores

    variant = VARIANTS[experiment.variant]
    start = time.monotonic()
    detector, epochs = train_detector(
        variant.preset(experiment.dataset),
        arrays,
        experiment.seed,
        variant.overrides,
        callbacks=callbacks,
    )
    trained = time.monotonic()
    detector.calibrate(arrays.calibration, TARGET_FPR, batch_size=256)
    outputs = detector.predict(arrays.test, batch_size=256, verbose=0)
    metrics = evaluate_scores(
        arrays.labels, outputs["score"], outputs["is_novel"], arrays.test_classes
    )
    return {
        "table": experiment.table,
        "dataset": experiment.dataset,
        "normal": list(experiment.normal),
        "method": detector.METHOD,
        "variant": experiment.variant,
        "preset": detector.preset,
        "overrides": _plain(variant.overrides),
        "seed": experiment.seed,
        "auroc": metrics["auroc"],
        "average_precision": metrics["average_precision"],
        "fpr_at_95_tpr": metrics["fpr_at_95_tpr"],
        "target_fpr": TARGET_FPR,
        "false_positive_rate": metrics["false_positive_rate"],
        "detection_rate": metrics["detection_rate"],
        "auroc_of_terms": term_aurocs(detector, arrays.labels, outputs),
        "auroc_of_classes": {
            name: group["auroc"]
            for name, group in metrics["groups"].items()
            if group["auroc"] is not None
        },
        "histogram": histogram(arrays.labels, outputs["score"], detector.threshold),
        "images": {
            "train": len(arrays.train),
            "calibration": len(arrays.calibration),
            "test": len(arrays.test),
        },
        "parameters": sum(int(np.prod(w.shape)) for w in detector.trainable_weights),
        "epochs": epochs,
        "train_s": round(trained - start, 1),
        "wall_s": round(time.monotonic() - start, 1),
        "collapsed": detector.is_collapsed,
        "collapse_signs": detector.collapse_signs,
        "restarts": detector.num_restarts,
        **environment(threads),
    }


def term_aurocs(detector, labels, outputs):
    """AUROC of each term alone.

    Args:
        detector: a `NoveltyDetector`.
        labels: int `[N]`.
        outputs: what its `predict` gave.

    Returns:
        Dictionary from the term's name to a float.
    """
    from keras_novnorm.metrics import auroc

    return {name: auroc(labels, outputs[name]) for name in detector.term_names}


def histogram(labels, scores, threshold):
    """Counts of normal and novel scores; the outer bins hold all beyond.

    Args:
        labels: int `[N]`.
        scores: float `[N]`.
        threshold: float.

    Returns:
        Dictionary of `edges`, `normal`, `novel` and `threshold`.
    """
    low, high = np.quantile(scores, [0.002, 0.998])
    edges = np.linspace(low, high, BINS + 1)
    inside = np.clip(scores, low, high)
    count = {
        name: np.histogram(inside[labels == label], edges)[0].tolist()
        for name, label in (("normal", 0), ("novel", 1))
    }
    return {
        "edges": [float(f"{e:.6g}") for e in edges],
        **count,
        "threshold": threshold,
    }


def environment(threads):
    """Where a result came from.

    Args:
        threads: how many threads were allowed, 0 for all.

    Returns:
        Dictionary of `commit`, `versions`, `machine` and `date`.
    """
    import keras
    import tensorflow as tf

    from keras_novnorm import __version__

    return {
        "commit": _commit(),
        "versions": {
            "keras_novnorm": __version__,
            "keras": keras.__version__,
            "tensorflow": tf.__version__,
            "numpy": np.__version__,
            "python": platform.python_version(),
        },
        "machine": {
            "processor": _processor(),
            "threads": threads,
            "onednn": os.environ.get("TF_ENABLE_ONEDNN_OPTS", "TensorFlow's choice"),
            "devices": [d.device_type for d in tf.config.list_physical_devices()],
        },
        "date": time.strftime("%Y-%m-%d", time.gmtime()),
    }


def _commit():
    def git(*words):
        return subprocess.run(
            ["git", *words], capture_output=True, text=True, check=True
        ).stdout.strip()

    try:
        changed = git("status", "--porcelain", "--", "keras_novnorm", "benchmarks/*.py")
        return git("rev-parse", "HEAD") + ("-changed" if changed else "")
    except (OSError, subprocess.CalledProcessError):
        return "unknown"


def _processor():
    try:
        with open("/proc/cpuinfo") as file:
            names = [
                line.split(":")[1].strip() for line in file if "model name" in line
            ]
        return f"{len(names)} x {names[0]}"
    except (OSError, IndexError):
        return platform.processor() or platform.machine()


def _plain(value):
    if isinstance(value, dict):
        return {key: _plain(part) for key, part in value.items()}
    return list(value) if isinstance(value, tuple) else value
