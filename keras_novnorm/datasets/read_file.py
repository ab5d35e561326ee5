"""Files of pictures and masks, read; what cannot be read says why."""

import dataclasses

from keras_novnorm.datasets.transcode import RejectedPictureError


def read_file(opener, folder, path):
    """Reads a file of a source.

    Args:
        opener: `FileOpener`.
        folder: str, full name of the folder that paths are relative to.
        path: str.

    Returns:
        bytes.

    Raises:
        RejectedPictureError: it cannot be read.
    """
    try:
        with opener.open(opener.join(folder, path)) as file:
            return file.read()
    except OSError as error:
        raise RejectedPictureError(
            f"cannot be read: {error.strerror or error}"
        ) from error


def read_mask_file(opener, folder, element):
    """Reads the masks of a picture, where there are any to be read.

    Args:
        opener: `FileOpener`.
        folder: str, full name of the folder that paths are relative to.
        element: `SourceImage`.

    Returns:
        `SourceImage` with the mask's bytes, or with the problem there is.
    """
    if element.mask_path is None:
        return element
    found = []
    for path in (element.mask_path, *element.more_mask_paths):
        try:
            found.append(read_file(opener, folder, path))
        except RejectedPictureError as error:
            return dataclasses.replace(element, mask_problem=f"{path} {error}")
    first, *more = found
    return dataclasses.replace(element, mask_bytes=first, more_masks=tuple(more))
