"""Area under the ROC curve of pixels, exact."""

import numpy as np

from keras_novnorm.metrics.masks import check_masks_and_maps
from keras_novnorm.metrics.normals_above import count_normals_above


def pixel_auroc(masks, maps):
    """Chance that an anomalous pixel scores above a normal one, ties counting half.

    All pixels of all images are pooled. Exact, by ranks in whole numbers; equal to
    scikit-learn's `roc_auc_score` of the flattened arrays, without its sorting of
    labels along with scores.

    Source: Bergmann et al., "MVTec AD", CVPR 2019.

    Args:
        masks: array-like `[N, H, W]` of bool or 0 and 1, 1 where the image is
            anomalous; all zero for a normal image.
        maps: array-like `[N, H, W]` of float, higher for more novel.

    Returns:
        Float in [0, 1].

    Raises:
        OneClassOnlyError: if no pixel is anomalous, or none is normal.
        ValueError: if the input is malformed.

    Example:

    >>> pixel_auroc([[[0, 0, 1, 1]]], [[[0.1, 0.3, 0.2, 0.3]]])
    0.625
    """
    masks, maps = check_masks_and_maps(masks, maps, "Pixel AUROC")
    above, at_or_above = count_normals_above(masks, maps)
    pairs = above.size * (masks.size - above.size)
    # Of each pair, twice the loss: 2 below, 1 tied. Python's integers: no overflow.
    lost = int(np.sum(above)) + int(np.sum(at_or_above))
    return (2 * pairs - lost) / (2 * pairs)
