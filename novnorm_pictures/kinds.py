"""What kind of file something is, told from its content and never from its name."""

_MAGIC = (
    (b"\x89PNG\r\n\x1a\n", "PNG"),
    (b"\xff\xd8\xff", "JPEG"),
    (b"BM", "BMP"),
    (b"GIF87a", "GIF"),
    (b"GIF89a", "GIF"),
    (b"II*\x00", "TIFF"),
    (b"MM\x00*", "TIFF"),
    (b"II+\x00", "TIFF"),
    (b"MM\x00+", "TIFF"),
    (b"P5", "PPM"),
    (b"P6", "PPM"),
    (b"\x00\x00\x00\x0cjP  \r\n\x87\n", "JPEG2000"),
    (b"\xff\x4f\xff\x51", "JPEG2000"),
)

# Of the box format of films and photographs, the brand says what is inside.
_BRANDS = {
    b"avif": "AVIF",
    b"avis": "AVIF",
    b"heic": "HEIC",
    b"heix": "HEIC",
    b"heim": "HEIC",
    b"heis": "HEIC",
    b"hevc": "HEIC",
    b"mif1": "HEIC",
    b"msf1": "HEIC",
}

_OTHERS = (
    (0, b"8BPS", "a Photoshop document"),
    (0, b"%PDF", "a PDF document"),
    (0, b"%!PS", "a PostScript document"),
    (0, b"\xff\x0a", "a JPEG XL picture"),
    (0, b"\x00\x00\x00\x0cJXL \r\n\x87\n", "a JPEG XL picture"),
    (0, b"II\xbc", "a JPEG XR picture"),
    (0, b"\x76\x2f\x31\x01", "an OpenEXR picture"),
    (0, b"#?RADIANCE", "a Radiance picture"),
    (0, b"SIMPLE  =", "a FITS picture"),
    (0, b"DDS ", "a DirectDraw texture"),
    (0, b"\x00\x00\x01\x00", "an icon"),
    (0, b"\x93NUMPY", "a NumPy array"),
    (0, b"\x89HDF\r\n\x1a\n", "an HDF5 file"),
    (0, b"FUJIFILMCCD-RAW", "a raw photograph"),
    (0, b"IIRO", "a raw photograph"),
    (0, b"IIU\x00", "a raw photograph"),
    (0, b"P7\n", "a PAM picture"),
    (0, b"PF\n", "a picture of reals (PFM)"),
    (0, b"Pf\n", "a picture of reals (PFM)"),
    (0, b"<svg", "an SVG drawing"),
    (128, b"DICM", "a DICOM picture"),
    (4, b"ftyp", "a film"),
)
_NETPBM_TEXT = (b"P1", b"P2", b"P3", b"P4")
_SPACE = (b" ", b"\n", b"\r", b"\t", b"#")


def kind_of(content):
    """The kind of a picture file.

    Args:
        content: bytes, a whole file.

    Returns:
        str, "PNG", "JPEG", "BMP", "GIF", "TIFF", "WEBP", "PPM", "JPEG2000", "AVIF" or
        "HEIC"; None for anything else.
    """
    for magic, kind in _MAGIC:
        if content.startswith(magic):
            return kind
    if content.startswith(b"RIFF") and content[8:12] in (b"WEBP", b""):
        return "WEBP"
    if content[4:8] == b"ftyp":
        size = max(16, min(int.from_bytes(content[:4], "big"), 256))
        brands = [content[8:12]]
        brands += [content[at : at + 4] for at in range(16, size, 4)]
        found = [_BRANDS[brand] for brand in brands if brand in _BRANDS]
        # `mif1` is of both: the more particular one decides.
        return "AVIF" if "AVIF" in found else next(iter(found), None)
    return None


def name_of_other(content):
    """What a file is that is none of the kinds that are read.

    Args:
        content: bytes, a whole file.

    Returns:
        str, in words, or None: nobody knows.
    """
    if content[:2] in _NETPBM_TEXT and content[2:3] in _SPACE:
        return "a PBM, PGM or PPM picture in text or of single bits"
    for at, magic, name in _OTHERS:
        if content[at : at + len(magic)] == magic:
            return name
    if content.startswith(b"<?xml") and b"<svg" in content[:1024]:
        return "an SVG drawing"
    return None
