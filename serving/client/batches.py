"""Pictures in groups that one request carries."""

LARGEST_BATCH_BYTES = 32 << 20
"""Bytes of pictures in one request, and of maps in one answer."""


def batches(found, most):
    """Groups pictures by number, size and kind.

    Args:
        found: iterable of `Picture`.
        most: int, pictures in a group.

    Yields:
        list of `Picture`, files or pixels, not both.
    """
    batch, size, of_pixels = [], 0, False
    for picture in found:
        full = len(batch) >= most
        other = of_pixels != (picture.pixels is not None)
        if batch and (full or other or size + picture.size > LARGEST_BATCH_BYTES):
            yield batch
            batch, size = [], 0
        batch.append(picture)
        size += picture.size
        of_pixels = picture.pixels is not None
    if batch:
        yield batch
