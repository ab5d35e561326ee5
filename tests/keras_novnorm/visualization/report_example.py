"""A report on the digits, for the tests of this room."""

import numpy as np

from keras_novnorm.export.model_card import describe_detector
from keras_novnorm.metrics import evaluate_scores
from keras_novnorm.visualization import write_report


def report(path, trained, digits, labels, metrics=None, **options):
    """Writes a report on up to 18 digits; returns its path and the outputs."""
    images = np.concatenate([digits["test_normal"][:9], digits["test_novel"][:9]])
    images = images[: len(labels)]
    outputs = trained.predict(images, verbose=0)
    names = ["<b>8</b>" if label == 0 else "other" for label in labels]
    if metrics is None:
        metrics = evaluate_scores(labels, outputs["score"], outputs["is_novel"], names)
    arguments = {
        "title": "Digit 8",
        "detector": trained,
        "labels": labels,
        "outputs": outputs,
        "class_names": names,
        "load_images": lambda indices: images[indices],
        "metrics": metrics,
        "card": describe_detector(trained),
        "rejected": [("größe 1.png", "the file is empty")],
        "facts": {"Requests per second": "812"},
    }
    return write_report(path, **{**arguments, **options})
