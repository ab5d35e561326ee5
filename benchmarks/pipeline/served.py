"""All models of a finished run in one server, and all test pictures sent to each."""

import json
import pathlib
import time

import numpy as np

LIMIT = 1e-4


def measure(root):
    """Scores by gRPC what the run has scored, and compares.

    Args:
        root: path of a run that published its models.

    Returns:
        Pair of dict of facts and list of `(words, value, aim, is_met)`.
    """
    from serving.local_server import LocalServer

    root = pathlib.Path(root)
    summary = json.loads((root / "run.json").read_text())
    served = [one for one in summary["detectors"] if one["pushed"]]
    pictures = _test_pictures(root / summary["evaluation_set"])
    flags = ["--model_config_file", summary["models_config"]]
    first = served[0]["pushed"]
    base = pathlib.Path(first["path"]).parent
    facts, clock = {}, time.monotonic()
    with LocalServer(first["name"], base, flags, patience=600.0) as server:
        facts["seconds until all are served"] = round(time.monotonic() - clock, 1)
        for one in served:
            facts[one["name"]] = _compare(server, one, pictures)
    aurocs = [facts[one["name"]]["auroc"] for one in served]
    facts["mean auroc"] = round(float(np.mean(aurocs)), 6)
    difference = max(facts[one["name"]]["largest_difference"] for one in served)
    all_of_them = len(summary["detectors"])
    aims = [
        ("models served", len(served), all_of_them, len(served) == all_of_them),
        ("difference of scores", difference, f"<= {LIMIT}", difference <= LIMIT),
    ]
    return facts, aims


def _test_pictures(directory):
    """Reads prepared pictures: dict from names to bytes of files."""
    import tensorflow as tf

    from keras_novnorm.datasets.image_examples import ImageExample

    files = sorted(map(str, directory.glob("test/*.tfrecord")))
    records = tf.data.TFRecordDataset(files).as_numpy_iterator()
    examples = map(ImageExample.parse, records)
    return {example.path: example.image_bytes for example in examples}


def _compare(server, detector, pictures):
    from sklearn.metrics import roc_auc_score

    from pipeline.components.evaluate.score_table import read_scores
    from pipeline.storage import StoragePath
    from serving.client import ScoringClient

    table = read_scores([StoragePath(detector["scores"])])
    clock = time.monotonic()
    with ScoringClient(server.target, detector["name"]) as client:
        answers = client.score([pictures[path] for path in table.paths])
    seconds = time.monotonic() - clock
    scores = np.array([answer["score"] for answer in answers])
    return {
        "auroc": round(float(roc_auc_score(table.labels, scores)), 6),
        "auroc of the run": round(detector["results"]["auroc"], 6),
        "largest_difference": float(np.max(np.abs(scores - table.scores))),
        "pictures": len(scores),
        "pictures a second": round(len(scores) / seconds),
    }
