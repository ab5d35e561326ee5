"""Exact metrics of scores; a higher score is more novel, label 1 is novel."""

from keras_novnorm.metrics.auroc import auroc
from keras_novnorm.metrics.average_precision import average_precision
from keras_novnorm.metrics.evaluation import evaluate_scores

__all__ = ["auroc", "average_precision", "evaluate_scores"]
