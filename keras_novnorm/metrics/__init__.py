"""Exact metrics of scores; a higher score is more novel, label 1 is novel."""

from keras_novnorm.metrics.auroc import auroc
from keras_novnorm.metrics.average_precision import average_precision
from keras_novnorm.metrics.class_summary import summarize_classes
from keras_novnorm.metrics.evaluation import evaluate_scores
from keras_novnorm.metrics.fpr_at_tpr import fpr_at_95_tpr
from keras_novnorm.metrics.labels import OneClassOnlyError
from keras_novnorm.metrics.per_region_overlap import per_region_overlap
from keras_novnorm.metrics.pixel_auroc import pixel_auroc
from keras_novnorm.metrics.pixel_evaluation import evaluate_pixels

__all__ = [
    "OneClassOnlyError",
    "auroc",
    "average_precision",
    "evaluate_pixels",
    "evaluate_scores",
    "fpr_at_95_tpr",
    "per_region_overlap",
    "pixel_auroc",
    "summarize_classes",
]
