"""Metrics of scores; a higher score is more novel, label 1 is novel."""

from keras_novnorm.metrics.auroc import auroc
from keras_novnorm.metrics.auroc_difference import auroc_difference
from keras_novnorm.metrics.average_precision import average_precision
from keras_novnorm.metrics.class_summary import summarize_classes
from keras_novnorm.metrics.evaluation import evaluate_scores
from keras_novnorm.metrics.fpr_at_tpr import fpr_at_95_tpr
from keras_novnorm.metrics.histogram_evaluation import (
    evaluate_histograms,
    evaluate_slice,
)
from keras_novnorm.metrics.intervals import auroc_interval, wilson_interval
from keras_novnorm.metrics.labels import OneClassOnlyError
from keras_novnorm.metrics.per_region_overlap import per_region_overlap
from keras_novnorm.metrics.pixel_auroc import pixel_auroc
from keras_novnorm.metrics.pixel_curves import evaluate_pixel_histograms
from keras_novnorm.metrics.pixel_evaluation import evaluate_pixels
from keras_novnorm.metrics.pixel_histogram import PixelHistogram
from keras_novnorm.metrics.score_histogram import ScoreHistogram

__all__ = [
    "OneClassOnlyError",
    "PixelHistogram",
    "ScoreHistogram",
    "auroc",
    "auroc_difference",
    "auroc_interval",
    "average_precision",
    "evaluate_histograms",
    "evaluate_pixel_histograms",
    "evaluate_pixels",
    "evaluate_scores",
    "evaluate_slice",
    "fpr_at_95_tpr",
    "per_region_overlap",
    "pixel_auroc",
    "summarize_classes",
    "wilson_interval",
]
