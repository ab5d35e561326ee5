"""How many bits a level has, read from the headers of a file.

Pillow says "RGB" of 8 and of 16 bits alike, and gives 8 of them.
"""


def bits_of(kind, content):
    """Bits of each level of a file.

    Args:
        kind: str, as `kind_of` gives it.
        content: bytes, the file.

    Returns:
        int; 8 where the kind knows no other, or the file does not say.
    """
    reader = _READERS.get(kind)
    return reader(content) if reader else 8


def _of_png(content):
    return content[24] if len(content) > 24 else 8


def _of_jpeg2000(content):
    at = content.find(b"\xff\x4f\xff\x51")
    if at < 0 or len(content) < at + 43:
        return 8
    count = int.from_bytes(content[at + 40 : at + 42], "big")
    sizes = content[at + 42 : at + 42 + 3 * count : 3]
    return max((size & 0x7F) + 1 for size in sizes) if sizes else 8


def _of_avif(content):
    at = content.find(b"av1C")
    if at < 0 or len(content) < at + 7:
        return 8
    flags = content[at + 6]
    return 8 if not flags & 0x40 else 12 if flags & 0x20 else 10


def _of_heic(content):
    at = content.find(b"hvcC")
    if at < 0 or len(content) < at + 22:
        return 8
    return 8 + (content[at + 4 + 17] & 0x07)


def _of_ppm(content):
    fields = netpbm_fields(content)
    return 16 if fields and fields[2] > 255 else 8


def netpbm_fields(content):
    """The numbers in the header of a PGM or PPM file.

    Args:
        content: bytes, the file.

    Returns:
        Tuple of int, width, height, largest level and where the levels begin; None
        where the header is not whole.
    """
    numbers, at = [], 2
    while len(numbers) < 3 and at < len(content):
        byte = content[at : at + 1]
        if byte == b"#":
            end = content.find(b"\n", at)
            at = len(content) if end < 0 else end + 1
        elif byte.isspace():
            at += 1
        elif byte.isdigit():
            start = at
            while content[at : at + 1].isdigit():
                at += 1
            numbers.append(int(content[start:at]))
        else:
            return None
    return (*numbers, at + 1) if len(numbers) == 3 else None


_READERS = {
    "PNG": _of_png,
    "JPEG2000": _of_jpeg2000,
    "AVIF": _of_avif,
    "HEIC": _of_heic,
    "PPM": _of_ppm,
}
