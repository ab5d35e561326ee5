"""The pixels of TIFF files that Pillow does not read, or not whole."""

import io

import numpy as np

from novnorm_pictures.levels import to_uint16
from novnorm_pictures.picture_error import damaged, needs_extra
from novnorm_pictures.turned import ORIENTATION, upright

_MULTIPLIED = (1,)


def read_tiff(content, layout):
    """Reads the first page.

    Args:
        content: bytes, the file.
        layout: its `TiffLayout`.

    Returns:
        uint16 array [H, W, C], upright: grey, grey and alpha, RGB or RGBA.

    Raises:
        PictureError: damaged, values out of range, or compressed in a way that only
            an extra reads.
    """
    import tifffile

    try:
        with tifffile.TiffFile(io.BytesIO(content)) as file:
            page = file.pages[0]
            values = page.asarray()
            tag = page.tags.get(ORIENTATION)
            orientation = int(tag.value) if tag else 1
            separate = page.planarconfig == 2
    except Exception as error:
        if "imagecodecs" in str(error):
            raise needs_extra(layout.words()) from error
        raise damaged(content, error) from error
    if separate and layout.bands > 1:
        values = np.moveaxis(values, 0, -1)
    values = values.reshape(layout.height, layout.width, layout.bands)
    pixels = to_uint16(values)
    if layout.photometric == 0:  # White is 0.
        pixels = pixels.copy()
        pixels[:, :, 0] = 65535 - pixels[:, :, 0]
    if layout.extra[:1] == _MULTIPLIED:
        # Colours that were multiplied by their alpha lie on black already.
        pixels = pixels[:, :, :-1]
    return upright(pixels, orientation)
