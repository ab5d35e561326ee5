"""Exact statistics of the normal class, from all of its images."""

import keras
import numpy as np
import tensorflow as tf
from keras import ops

from keras_novnorm.detectors.novelty import scoring
from keras_novnorm.training.image_batches import (
    as_batches,
    count_batches,
    is_read_once,
    iterate_batches,
)
from keras_novnorm.training.non_finite import NonFiniteError, name_pictures
from keras_novnorm.training.step_guard import weights_put_back


def adapt_statistics(detector, data, batch_size, verbose="auto"):
    """Replace a detector's normal statistics by those of `data`.

    Args:
        detector: a `NoveltyDetector`.
        data: normal images, as `NoveltyDetector.fit` takes.
        batch_size: images per step, where `data` is not batched yet.
        verbose: 0 for silence, 1 or "auto" for a progress bar.

    Raises:
        NonFiniteError: if images, or what comes of them, are NaN or infinite.
        ValueError: if there are no images.
    """
    data = as_batches(data, detector.image_shape, batch_size)
    with weights_put_back(*detector.terms, detector.training_sketch):
        data = _fit_terms(detector, data, batch_size)
        _take_moments(detector, data, batch_size, verbose)


def _take_moments(detector, data, batch_size, verbose):
    @tf.function(reduce_retracing=True, autograph=False)
    def step(images):
        observation = detector.observe(images, training=False)
        detector.training_sketch.update(detector.hash_pictures(images))
        values = detector.term_values(observation)
        found = (
            observation.finite,
            scoring.normalizable_values(detector.terms, values),
            *scoring.value_limits(detector.terms, observation, values),
        )
        if detector.encoder is None:
            return found
        return *found, scoring.paper_scores(detector, observation, values)

    progress = keras.utils.Progbar(count_batches(data, batch_size)) if verbose else None
    values, scores, finite = [], [], []
    for images in iterate_batches(data, batch_size):
        found = step(tf.convert_to_tensor(images))
        batch_finite, *of_terms = map(ops.convert_to_numpy, found[:4])
        finite.append(batch_finite)
        values.append([array.astype("float64") for array in of_terms])
        scores += [ops.convert_to_numpy(paper) for paper in found[4:]]
        if progress:
            progress.update(len(values))
    if not values:
        raise ValueError("`adapt` received no images.")
    sizes = [len(batch_finite) for batch_finite in finite]
    values, rounding, smallest = map(np.concatenate, zip(*values, strict=True))
    _check(np.concatenate(finite), values)
    rounding, smallest = rounding.mean(axis=0), smallest.mean(axis=0)
    values = np.maximum(values, smallest)
    mean, variance = values.mean(axis=0), values.var(axis=0)
    for index, term in enumerate(detector.terms):
        own = term.normal_moments()
        if own is not None:
            mean[index], variance[index] = own

    def keep(low, high, number):
        detector.normalization.set_statistics(
            low, high, number, mean, variance, rounding, smallest
        )

    if not scores:  # without an autoencoder: of the score, which the moments make
        keep(0.0, 1.0, len(sizes))
        standardized = detector.normalization.standardize(values)
        combined = ops.convert_to_numpy(detector.combine(standardized, None))
        scores = np.split(combined, np.cumsum(sizes)[:-1])
    keep(*_mean_extremes(scores))


def _mean_extremes(scores):
    # A ragged last batch has narrower extremes and would pull the averages.
    full = [batch for batch in scores if len(batch) == max(map(len, scores))]
    low, high = (np.mean([end(batch) for batch in full]) for end in (np.min, np.max))
    return low, high, len(full)


def _check(finite, values):
    if not finite.all():
        raise NonFiniteError(
            f"`adapt` received pictures with NaN or infinite values: "
            f"{name_pictures(finite)}. Mend them or leave them out. "
            "Nothing was changed."
        )
    sound = np.isfinite(values).reshape(len(values), -1).all(axis=1)
    if not sound.all():
        raise NonFiniteError(
            f"`adapt` received {np.sum(~sound)} of {len(values)} images whose terms "
            "are NaN or infinite; was the detector trained? Nothing was changed."
        )


def _fit_terms(detector, data, batch_size):
    """Fit the state of terms that keep some; returns the data to read again."""
    probe = detector.observe(ops.zeros((1, *detector.image_shape)))
    terms = [t for t in detector.terms if t.statistics(probe) is not None]
    if not terms:
        return data
    if is_read_once(data):
        data = list(data)  # a generator gives its batches once, and two are needed

    @tf.function(reduce_retracing=True, autograph=False)
    def step(images):
        observation = detector.observe(images, training=False)
        return [
            observation.finite,
            *(term.statistics(observation) for term in terms),
        ]

    batches = [
        [ops.convert_to_numpy(value) for value in step(tf.convert_to_tensor(images))]
        for images in iterate_batches(data, batch_size)
    ]
    if batches:
        finite, *statistics = map(np.concatenate, zip(*batches, strict=True))
        for values in statistics:
            _check(finite, values)
        for term, values in zip(terms, statistics, strict=True):
            term.fit_state(values)
    return data
