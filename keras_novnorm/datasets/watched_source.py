"""A source that tells what is read of it."""

import collections
import dataclasses

from keras_novnorm.datasets.source_image import ImageSource
from keras_novnorm.datasets.transcode import (
    RejectedPictureError,
    inspect_picture,
    is_animated,
)

_ONE_FRAME = ("JPEG", "BMP", "PPM")


@dataclasses.dataclass
class WhatWasRead:
    """What the headers of the files of a source said.

    Attributes:
        listed: int, pictures that were listed.
        infos: dict from path to `PictureInfo`, of those whose header is readable.
        animated: list of str, paths of files with more than one frame.
    """

    listed: int = 0
    infos: dict = dataclasses.field(default_factory=dict)
    animated: list = dataclasses.field(default_factory=list)

    def modes_of(self, paths):
        """Returns `collections.Counter` of the colours of pictures, in words."""
        return collections.Counter(
            colour_of(self.infos[path].mode) for path in paths if path in self.infos
        )


class WatchedSource(ImageSource):
    """Passes everything on, and looks at what passes.

    Args:
        source: `ImageSource`.
        max_pixels: int, pictures with more are not looked at.
        on_read: callable without arguments, called after each picture; or None.

    Attributes:
        seen: `WhatWasRead`.
    """

    def __init__(self, source, max_pixels, on_read=None):
        self._source = source
        self._max_pixels = max_pixels
        self._on_read = on_read
        self.name = source.name
        self.class_names = source.class_names
        self.default_normal = source.default_normal
        self.has_test_split = source.has_test_split
        self.has_calibration_split = source.has_calibration_split
        self.seen = WhatWasRead()

    def elements(self, wanted=None):
        for element in self._source.elements(wanted):
            self.seen.listed += 1
            yield element
            if self._on_read:
                self._on_read()

    def read(self, element):
        element = self._source.read(element)
        try:
            info = inspect_picture(element.image_bytes, self._max_pixels)
        except RejectedPictureError:
            return element  # Whoever reads it will say why it is set aside.
        self.seen.infos[element.path] = info
        if info.kind not in _ONE_FRAME and is_animated(
            element.image_bytes, self._max_pixels
        ):
            self.seen.animated.append(element.path)
        return element

    def fingerprint(self):
        return self._source.fingerprint()


_GREY_MODES = ("1", "L", "LA", "La", "I", "F", "LA;16", "L;F", "LA;F")
_WORDS = {"1": "black and white", "L": "grey", "LA": "grey with alpha", "P": "palette"}


def is_grey(mode):
    """Returns bool, whether Pillow's name of a mode is one without colours."""
    return mode in _GREY_MODES or mode.startswith("I;")


def colour_of(mode):
    """The colours of a picture in words.

    Args:
        mode: str, Pillow's name of them.

    Returns:
        str: "grey", "16-bit grey", "RGB", "RGBA", ...
    """
    if mode.startswith("I"):
        return "16-bit grey" if "16" in mode else "32-bit grey"
    colours, _, depth = mode.partition(";")
    if depth:
        deep = "reals, " if depth == "F" else f"{depth}-bit "
        return deep + ("grey" if colours == "L" else _WORDS.get(colours, colours))
    return _WORDS.get(mode, mode)
