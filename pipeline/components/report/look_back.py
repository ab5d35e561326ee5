"""The training pictures that a person should look at, by their own scores."""

import itertools

import tensorflow as tf

from keras_novnorm.advice import find_training_outliers, most_novel
from keras_novnorm.datasets.image_examples import ImageExample
from keras_novnorm.scoring.picture_scoring import score_pictures
from pipeline.storage.local_copy import local_copy
from pipeline.transforms.readable import readable


def look_back(detector, files, most):
    """Scores what a detector was trained on, each picture as if it were new.

    Args:
        detector: `OneClassDetector`.
        files: list of `StoragePath`, the training pictures' TFRecord files.
        most: int, of how many pictures at most, the first ones in the files.

    Returns:
        Tuple of a list of dict of `path` and `score`, the most novel first, as the page
        shows them, and a list of `Finding`: some stand far out, or none.
    """
    paths, scores = [], []
    for file in files:
        with local_copy(file, is_file=True) as path:
            records = tf.data.TFRecordDataset(path).as_numpy_iterator()
            examples = [
                ImageExample.parse(record)
                for record in itertools.islice(records, most - len(paths))
            ]
        paths += [readable(example.path) for example in examples]
        pictures = (example.image_bytes for example in examples)
        scored = score_pictures(detector, pictures, were_learned=True)
        scores += [one.outputs["score"] for one in scored]
    shown = most_novel(paths, scores)
    found = find_training_outliers(paths, scores)
    if found is None:
        return shown, []
    outliers = found.numbers["pictures"]
    return outliers + shown[len(outliers) :], [found]
