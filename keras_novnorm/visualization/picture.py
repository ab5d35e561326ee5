"""Arrays as pictures that an HTML page can hold."""

import base64
import io

import numpy as np

# Below it PNG is small, and exact.
_SMALL = 128 * 128


def data_uri(picture):
    """A picture as the text of a data URI: small ones PNG, larger ones JPEG.

    Args:
        picture: uint8 `[H, W, 3]`.

    Returns:
        A string that an `img` element takes as `src`.
    """
    from PIL import Image

    picture = np.asarray(picture)
    image = Image.fromarray(picture)
    buffer = io.BytesIO()
    if picture.shape[0] * picture.shape[1] <= _SMALL:
        kind = "png"
        image.save(buffer, format="PNG", optimize=True)
    else:
        kind = "jpeg"
        # Colours at full resolution: a contour is one pixel wide.
        image.save(buffer, format="JPEG", quality=82, subsampling=0)
    content = base64.b64encode(buffer.getvalue()).decode()
    return f"data:image/{kind};base64,{content}"
