"""What a score is made of: one term per file, one contract (`base.py`)."""

from keras_novnorm.terms.base import Observation, Term
from keras_novnorm.terms.defect_evidence import DefectEvidence
from keras_novnorm.terms.feature_distance import FeatureDistance
from keras_novnorm.terms.feature_error import FeatureError
from keras_novnorm.terms.latent_distance import LatentDistance
from keras_novnorm.terms.novelty_score import NoveltyScore
from keras_novnorm.terms.reconstruction_error import ReconstructionError
from keras_novnorm.terms.reencoding_error import ReencodingError
from keras_novnorm.terms.registry import get
from keras_novnorm.terms.subspace_error import SubspaceError
from keras_novnorm.terms.transformation_error import TransformationError

__all__ = [
    "DefectEvidence",
    "FeatureDistance",
    "FeatureError",
    "LatentDistance",
    "NoveltyScore",
    "Observation",
    "ReconstructionError",
    "ReencodingError",
    "SubspaceError",
    "Term",
    "TransformationError",
    "get",
]
