"""What a person should know about a detector, in words, with the numbers beside."""

from keras_novnorm.advice.few_normals import (
    advise_on_cross_validation,
    advise_on_normals_learned,
    advise_on_number_of_normals,
)
from keras_novnorm.advice.finding import Finding
from keras_novnorm.advice.little_range import find_little_range
from keras_novnorm.advice.threshold_drift import find_threshold_drift
from keras_novnorm.advice.trained_normals import find_trained_normals
from keras_novnorm.advice.training_outliers import find_training_outliers, most_novel

__all__ = [
    "Finding",
    "advise_on_cross_validation",
    "advise_on_normals_learned",
    "advise_on_number_of_normals",
    "find_little_range",
    "find_threshold_drift",
    "find_trained_normals",
    "find_training_outliers",
    "most_novel",
]
