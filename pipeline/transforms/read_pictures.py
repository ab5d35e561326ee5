"""Pictures of a source, read and checked, with the bad ones set aside."""

import dataclasses

import apache_beam as beam

from keras_novnorm.datasets.source_image import SourceImage
from keras_novnorm.datasets.transcode import (
    RejectedPictureError,
    inspect_and_transcode,
)
from pipeline.transforms.readable import readable

_REJECTED = "rejected"
_REFUSED_MASKS = "refused_masks"
_BATCH = 64
_SMALL = 2**16  # Pixels of pictures that are decoded many at a time.


@dataclasses.dataclass(frozen=True)
class CheckedPicture:
    """A picture that is known to decode.

    Attributes:
        source: the `SourceImage`, its bytes such that `decode_image` reads them, its
            mask such that `decode_mask` does.
        sha256: str, digest of its pixels.
        colours: str, "grey", "RGB", "RGBA", ...
    """

    source: SourceImage
    sha256: str
    colours: str


class ReadPictures(beam.PTransform):
    """Lists, reads, transcodes and decodes the pictures of a source.

    Args:
        source: an `ImageSource`.
        wanted: callable `(class_name, split) -> bool`: which are read.
        max_pixels: int, pictures with more are set aside.

    Returns:
        (from `expand`) dict of PCollections: "listed", `(class_name, split)` of each
        picture found; "pictures", `CheckedPicture`s; "rejected", `(path, reason)`;
        "refused_masks", the same of pictures that are kept without their mask.
    """

    def __init__(self, source, wanted, max_pixels):
        super().__init__()
        self._source = source
        self._wanted = wanted
        self._max_pixels = max_pixels

    def expand(self, pbegin):
        elements = (
            pbegin
            | "Source" >> beam.Create([self._source])
            | "List"
            >> beam.FlatMap(
                lambda source, wanted: source.elements(wanted), self._wanted
            )
        )
        checked = (
            elements
            | "Spread" >> beam.Reshuffle()
            | "Batch" >> beam.BatchElements(_BATCH, _BATCH)
            | "Check"
            >> beam.ParDo(_Check(self._source, self._max_pixels)).with_outputs(
                _REJECTED, _REFUSED_MASKS, main="pictures"
            )
        )
        return {
            "listed": elements | beam.Map(_class_and_split),
            "pictures": checked.pictures,
            "rejected": checked[_REJECTED],
            "refused_masks": checked[_REFUSED_MASKS],
        }


class _Check(beam.DoFn):
    def __init__(self, source, max_pixels):
        self._source = source
        self._max_pixels = max_pixels

    def setup(self):
        from keras_novnorm.datasets.mask_picture import mask_of
        from keras_novnorm.datasets.picture_digest import (
            picture_digest,
            picture_digests,
        )

        self._mask_of = mask_of
        self._digest = picture_digest
        self._digests = picture_digests

    def process(self, elements):
        small = []
        for element in elements:
            try:
                element = self._source.read(element)
                info, image_bytes = inspect_and_transcode(
                    element.image_bytes, self._max_pixels
                )
                if info.width * info.height <= _SMALL:
                    small.append((element, info, image_bytes))
                    continue
                digest = self._digest(image_bytes)
            except RejectedPictureError as error:
                yield _set_aside(element, error)
                continue
            yield from self._checked(element, info, image_bytes, digest)
        digests = self._digests([image_bytes for _, _, image_bytes in small])
        for (element, info, image_bytes), digest in zip(small, digests, strict=True):
            if isinstance(digest, RejectedPictureError):
                yield _set_aside(element, digest)
            else:
                yield from self._checked(element, info, image_bytes, digest)

    def _checked(self, element, info, image_bytes, digest):
        mask_bytes, problem = self._mask_of(element, image_bytes, self._max_pixels)
        if problem:
            row = _row(element, problem)
            yield beam.pvalue.TaggedOutput(_REFUSED_MASKS, row)
        yield CheckedPicture(
            source=dataclasses.replace(
                element,
                image_bytes=image_bytes,
                mask_bytes=mask_bytes,
                mask_problem=problem,
            ),
            sha256=digest,
            colours=_colours(info.mode),
        )


def _set_aside(element, error):
    return beam.pvalue.TaggedOutput(_REJECTED, _row(element, str(error)))


def _class_and_split(element):
    return readable(element.class_name), element.split


def _row(element, reason):
    return readable(element.path), readable(reason)


def _colours(mode):
    if mode in ("1", "L", "F") or mode.startswith("I"):
        return "grey"
    return {"LA": "grey with alpha", "P": "palette"}.get(mode, mode)
