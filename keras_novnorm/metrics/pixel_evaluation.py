"""All metrics of the pixels of a test set."""

from keras_novnorm.metrics.per_region_overlap import per_region_overlap
from keras_novnorm.metrics.pixel_auroc import pixel_auroc


def evaluate_pixels(masks, maps):
    """Metrics of anomaly maps, for those who would rather read a reason than catch it.

    Args:
        masks: array-like `[N, H, W]` of bool or 0 and 1, 1 where the image is
            anomalous; all zero for a normal image.
        maps: array-like `[N, H, W]` of float, higher for more novel.

    Returns:
        Dictionary: `pixel_auroc`, `per_region_overlap` and `messages`. What is not
        defined, or not to be had from these maps, is `None`, and a message says why.
    """
    result, messages = {}, []
    for name, metric in (
        ("pixel_auroc", pixel_auroc),
        ("per_region_overlap", per_region_overlap),
    ):
        try:
            result[name] = metric(masks, maps)
        except ValueError as error:
            result[name] = None
            messages.append(str(error))
    return {**result, "messages": messages}
