"""What the first bytes of a PNG file say, without opening it."""

import struct

_MODES = {0: "L", 2: "RGB", 3: "P", 4: "LA", 6: "RGBA"}


def read_png_header(image_bytes):
    """Reads the header of a PNG file.

    Args:
        image_bytes: bytes, a whole picture file.

    Returns:
        Tuple of the height, the width and the mode, as Pillow names it ("L", "I;16",
        "RGB", ...), or None: no PNG.
    """
    if not image_bytes.startswith(b"\x89PNG\r\n\x1a\n"):
        return None
    width, height, bits, colours = struct.unpack_from(">IIBB", image_bytes, 16)
    mode = _MODES[colours]
    if colours == 0 and bits in (1, 16):
        mode = "1" if bits == 1 else "I;16"
    return height, width, mode
