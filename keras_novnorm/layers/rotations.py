"""The four quarter turns of each picture."""

from keras import ops


def four_rotations(images):
    """Each picture turned by 0, 90, 180 and 270 degrees, counter-clockwise.

    Pictures that are not square are first resized to the square of their shorter
    side: turned ones could otherwise be told by their shape.

    Args:
        images: float tensor `[B, H, W, C]`.

    Returns:
        Float tensor `[4 B, S, S, C]`, `S = min(H, W)`: all pictures as they are,
        then all turned once, twice, three times.
    """
    height, width = images.shape[1:3]
    if height != width:
        side = min(height, width)
        images = ops.image.resize(
            images, (side, side), antialias=True, data_format="channels_last"
        )
    turned = [images]
    for _ in range(3):
        turned.append(ops.flip(ops.transpose(turned[-1], (0, 2, 1, 3)), axis=1))
    return ops.concatenate(turned, axis=0)
