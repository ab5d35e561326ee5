"""What the first page of a TIFF file holds, and whether it can be read whole."""

import dataclasses
import io
import typing

from novnorm_pictures.picture_error import not_read

_GREY, _RGB, _PALETTE, _CMYK = (0, 1), 2, 3, 5
_ALPHA = (1, 2)
_AS_PILLOW_READS = (_PALETTE, 6, 8)  # 6: YCbCr, 8: CIELAB
_MEANINGS = {
    4: "a transparency mask",
    32803: "the raw values of a camera",
    34892: "the raw values of a camera",
}
_ALSO = (
    "read are grey and RGB, with or without alpha; save the bands that matter as one "
    "of these"
)


@dataclasses.dataclass(frozen=True)
class TiffLayout:
    """The first page of a TIFF file.

    Attributes:
        width: int, pixels across, as stored.
        height: int, pixels down, as stored.
        bands: int.
        dtype: numpy dtype of the levels, or None where there is none such.
        bits: int, of a level.
        photometric: int, the tag's number.
        extra: tuple of int, what the file says of bands beyond the colours.
        compression: str, its name.
        frames: int, pages of the file.
        is_readable_by_pillow: bool; of BigTIFF, Pillow reads one byte order only.
    """

    width: int
    height: int
    bands: int
    dtype: typing.Any
    bits: int
    photometric: int
    extra: tuple
    compression: str
    frames: int
    is_readable_by_pillow: bool

    @property
    def is_as_pillow_reads(self):
        """bool, whether Pillow reads it without loss."""
        kind = self._kind
        if not self.is_readable_by_pillow:
            return False
        if self.bands > 1 or self.photometric in _AS_PILLOW_READS:
            # Grey with an alpha that is multiplied in, Pillow does not know.
            return self.bits <= 8 and kind == "u" and not self._is_grey_multiplied
        if self.bits <= 8:
            return kind == "u"
        if kind == "f":
            return self.bits == 32
        return (self.bits, kind) in ((12, "u"), (16, "u"), (16, "i"), (32, "i")) and (
            self.photometric == 1
        )

    @property
    def _kind(self):
        """str, "u" of whole numbers, single bits among them, "i", "f" or "c"."""
        kind = self.dtype.kind if self.dtype is not None else "u"
        return "u" if kind == "b" else kind

    @property
    def _is_grey_multiplied(self):
        return self.bands == 2 and self.extra == (1,)

    @property
    def mode(self):
        """str, in the way of Pillow's names: "RGB;16", "RGBA;F", "LA;16", ..."""
        name = {1: "L", 2: "LA", 3: "RGB", 4: "RGBA"}.get(self.bands, "L")
        kind = self._kind
        if self.bands == 1 and kind != "f":
            return "I;16" if self.bits <= 16 else "I"
        return name if self.bits <= 8 else f"{name};{'F' if kind == 'f' else self.bits}"

    def words(self):
        """Returns str, what it is: "TIFF of 5 bands of uint16, LZW"."""
        level = self.dtype if self.dtype is not None else f"{self.bits} bits"
        bands = f"{self.bands} band{'s' * (self.bands != 1)}"
        return f"TIFF of {bands} of {level}, {self.compression}"

    def check(self):
        """Refuses what would be read otherwise than it is.

        Raises:
            PictureError: the file is sound, but of a kind that is not read.
        """
        if self.photometric in _MEANINGS:
            raise not_read(f"{self.words()}, {_MEANINGS[self.photometric]}", _ALSO)
        colours = {_RGB: 3, _CMYK: 4, 6: 3, 8: 3}.get(self.photometric, 1)
        beyond = self.bands - colours
        if beyond and (beyond > 1 or self.extra[:1] not in ((1,), (2,))):
            names = {3: "RGB", 4: "CMYK"}.get(colours, "grey")
            what = "one more" if beyond == 1 else f"{beyond} more"
            raise not_read(
                f"{self.words()}: {names} and {what}, of which the file does not say "
                "that it is alpha (near infrared, perhaps)",
                _ALSO,
            )
        whole = self.bits in (16, 32, 64) and self.dtype is not None
        if not self.is_as_pillow_reads and (
            self.photometric in (_CMYK, *_AS_PILLOW_READS)
            or not (whole or self.bits == 8)
            or self._kind not in "uif"
        ):
            raise not_read(self.words(), _ALSO)


def read_layout(content):
    """Reads what the first page of a TIFF file holds.

    Args:
        content: bytes, the file.

    Returns:
        `TiffLayout`.

    Raises:
        Exception: whatever `tifffile` says of a damaged file.
    """
    import tifffile

    with tifffile.TiffFile(io.BytesIO(content)) as file:
        page = file.pages[0]
        bits = page.bitspersample
        return TiffLayout(
            width=int(page.imagewidth),
            height=int(page.imagelength),
            bands=int(page.samplesperpixel),
            dtype=page.dtype,
            bits=int(max(bits) if isinstance(bits, tuple) else bits),
            photometric=int(page.photometric),
            extra=tuple(int(one) for one in page.extrasamples),
            compression=_compression(page.compression),
            frames=len(file.pages),
            is_readable_by_pillow=not content.startswith(b"MM\x00+"),
        )


def _compression(code):
    name = getattr(code, "name", f"compression {code}")
    return "uncompressed" if name == "NONE" else name.replace("_", " ")
