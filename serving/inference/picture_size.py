"""How many pixels a picture file has, told from its first bytes."""

import re
import struct

_PNG = b"\x89PNG\r\n\x1a\n"
_JPEG = b"\xff\xd8"
# Of JPEG: markers without a length, and those of a frame, which holds the size.
_BARE = {0x01, *range(0xD0, 0xD8)}
_FRAMES = set(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
_MARK = re.compile(rb"\xff++")
# No camera writes so many; who does hides the size, which may be any.
_MOST_SEGMENTS = 100_000
_HIDDEN = 100_000, 100_000


def pixels(content):
    """Reads the size from the header alone.

    Args:
        content: bytes, a whole file of any kind.

    Returns:
        int, width times height; 0 for what is no PNG, JPEG, BMP or GIF, or has no
        whole header.
    """
    try:
        if content.startswith(_PNG):
            width, height = struct.unpack_from(">II", content, 16)
        elif content.startswith(_JPEG):
            width, height = _jpeg(content)
        elif content.startswith(b"BM"):
            width, height = struct.unpack_from("<ii", content, 18)
        elif content.startswith((b"GIF87a", b"GIF89a")):
            width, height = struct.unpack_from("<HH", content, 6)
        else:
            return 0
    except struct.error:
        return 0
    return abs(width * height)


def _jpeg(content):
    at = 2
    for _ in range(_MOST_SEGMENTS):
        # Bytes between segments are filling; so are repeated 0xFF.
        mark = _MARK.search(content, at)
        if mark is None or mark.end() == len(content):
            return 0, 0
        at, marker = mark.end(), content[mark.end()]
        if marker in _FRAMES:
            height, width = struct.unpack_from(">HH", content, at + 4)
            return width, height
        at += 1
        if marker and marker not in _BARE:
            at += struct.unpack_from(">H", content, at)[0]
    return _HIDDEN
