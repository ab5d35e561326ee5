"""Arrays to PNG files, without loss."""

import numpy as np
import tensorflow as tf


def encode_png(image):
    """Writes one picture as PNG: 8 bit for uint8, 16 bit for uint16 and floats.

    Args:
        image: array [H, W], [H, W, 1] or [H, W, 3]; uint8, uint16, or float in
            [0, 1], which is rounded to the nearest of 65,536 levels.

    Returns:
        bytes of a PNG file.

    Raises:
        ValueError: another shape or type, or a float outside [0, 1].
    """
    image = np.asarray(image)
    if image.ndim == 2:
        image = image[:, :, None]
    if image.ndim != 3 or image.shape[2] not in (1, 3):
        raise ValueError(
            "A picture must have the shape [H, W], [H, W, 1] or [H, W, 3]; received "
            f"{list(image.shape)}."
        )
    if np.issubdtype(image.dtype, np.floating):
        low, high = image.min(), image.max()
        if not (low >= 0 and high <= 1):
            raise ValueError(
                f"Pictures of floats must lie in [0, 1]; received [{low:g}, {high:g}]. "
                "Divide by the largest value the camera gives, or pass uint8."
            )
        image = np.rint(image.astype(np.float64) * 65535).astype(np.uint16)
    elif image.dtype not in (np.uint8, np.uint16):
        raise ValueError(
            "A picture must be uint8, uint16 or float in [0, 1]; received "
            f"{image.dtype}."
        )
    return tf.io.encode_png(image, compression=1).numpy()
