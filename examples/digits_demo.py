"""The whole way on data that needs no download: `make demo`.

One of scikit-learn's handwritten digits is normal. The pipeline prepares, trains,
calibrates, exports, evaluates, tries and publishes; the published model is served on a
free port; held-out pictures are scored through gRPC.
"""

import argparse
import json
import logging
import pathlib
import subprocess
import sys
import time

from pipeline.quiet import import_tensorflow_quietly

REQUESTS = 2000
CLIENTS = 8


def main():
    """Run the demo.

    Returns:
        Exit code: 0, or that of the pipeline if it failed.
    """
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--digit", default="8", choices=list("0123456789"))
    parser.add_argument("--root", default="runs/digits8", help="where results lie")
    arguments = parser.parse_args()
    start = time.monotonic()
    print(f"== Pipeline: the digit {arguments.digit} is normal, all others are novel")
    code = subprocess.call(
        [
            *(sys.executable, "-m", "pipeline", "run", "--data", "sklearn:digits"),
            *("--normal", arguments.digit, "--root", arguments.root),
            # About 24 normals are left to calibrate on: 1% would need 99.
            *("--target-fpr", "0.05"),
        ]
    )
    if code:
        return code
    summary = json.loads(pathlib.Path(arguments.root, "run.json").read_text("utf-8"))
    (run,) = summary["detectors"]
    table = serve_and_score(run, summary["prepared"])
    print("\n== Held-out pictures, scored through gRPC")
    width = max(map(len, table))
    for name, value in table.items():
        print(f"{name:<{width}}  {value}")
    print("\n== Where everything lies")
    for name in ("report", "scores", "metrics", "detector", "export"):
        print(f"{name:<9} {run[name]}")
    export = pathlib.Path(run["export"])
    print(f"\nOpen the report in a browser. Done in {time.monotonic() - start:.0f} s.")
    print(
        f"Serve it again: .venv/bin/novnorm-serve --model_name {run['name']} "
        f"--model_base_path {export.parent}"
    )
    return 0


def serve_and_score(run, prepared):
    """Serve a detector's published model and score its test pictures through gRPC.

    Args:
        run: dictionary of the detector in `run.json`.
        prepared: path of the prepared pictures.

    Returns:
        Dictionary of names to texts, for a table.
    """
    # Here, not above: the first line of the demo should not wait for TensorFlow.
    import_tensorflow_quietly()
    logging.getLogger().setLevel(logging.ERROR)  # Beam misses clouds that nobody uses
    from keras_novnorm.metrics import evaluate_scores
    from serving.client import ScoringClient
    from serving.local_server import LocalServer

    pictures, labels = read_test_pictures(prepared, run["normal"])
    base_path = pathlib.Path(run["export"]).parent
    print(f"\n== Serving {base_path} on a free port of this machine")
    with LocalServer(run["name"], base_path) as server:
        print(f"gRPC on {server.target}, REST on {server.rest}")
        with ScoringClient(server.target, run["name"]) as client:
            rows = client.score_bytes(pictures)
        many = (pictures * (REQUESTS // len(pictures) + 1))[:REQUESTS]
        with ScoringClient(
            server.target, run["name"], batch_size=1, in_flight=CLIENTS
        ) as client:
            client.score_bytes(many[:50])  # the first requests warm it up
            start = time.monotonic()
            client.score_bytes(many)
            rate = REQUESTS / (time.monotonic() - start)
    result = evaluate_scores(
        labels, [row["score"] for row in rows], [row["is_novel"] for row in rows]
    )
    return {
        "AUROC": f"{result['auroc']:.4f}",
        "average precision": f"{result['average_precision']:.4f}",
        "threshold (score)": f"{rows[0]['threshold']:.4f}",
        "false-positive rate": f"{result['false_positive_rate']:.1%} "
        f"of {result['num_normal']} held-out normals",
        "detection rate": f"{result['detection_rate']:.1%} "
        f"of {result['num_novel']} novel pictures",
        "requests per second": f"{rate:.0f} (one picture each, {CLIENTS} at a time)",
    }


def read_test_pictures(prepared, normal):
    """The test pictures that the pipeline prepared.

    Args:
        prepared: path of the prepared pictures.
        normal: list of the normal classes.

    Returns:
        Pictures, list of bytes, and their labels, list of whole numbers.
    """
    import tensorflow as tf

    from keras_novnorm.datasets.image_examples import ImageExample
    from pipeline.components.prepare.component import PrepareOutputs
    from pipeline.storage import StoragePath

    selection = PrepareOutputs(StoragePath(prepared)).select(normal)
    files = [str(file) for file in selection.files("test")]
    records = tf.data.TFRecordDataset(files).as_numpy_iterator()
    examples = [ImageExample.parse(record) for record in records]
    labels = [selection.label(example.class_name) for example in examples]
    return [example.image_bytes for example in examples], labels


if __name__ == "__main__":
    sys.exit(main())
