"""Pictures of a source, read and checked, with the bad ones set aside."""

import collections
import dataclasses

import apache_beam as beam

from keras_novnorm.datasets.source_image import SourceImage
from keras_novnorm.datasets.transcode import (
    RejectedPictureError,
    inspect_and_transcode,
)
from pipeline.transforms.readable import readable

_COLOURS = "colours"
_REJECTED = "rejected"
_REFUSED_MASKS = "refused_masks"
_BATCH = 64
_BATCH_BYTES = 2**20
_UNREAD_BYTES = 2**17  # What a picture that is read later is taken for.
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
        (from `expand`) dict of PCollections: "pictures", `CheckedPicture`s;
        "rejected", `(path, reason)`; "refused_masks", the same of pictures that are
        kept without their mask; "listed", `((class_name, split), count)` of pictures
        found, and "colours", `((colours,), count)` of those that decode, both to be
        summed.
    """

    def __init__(self, source, wanted, max_pixels):
        super().__init__()
        self._source = source
        self._wanted = wanted
        self._max_pixels = max_pixels

    def expand(self, pbegin):
        # In batches, as Beam takes longer for an element than for a small picture.
        batches = (
            pbegin
            | "Source" >> beam.Create([self._source])
            | "List" >> beam.FlatMap(_batches, self._wanted)
        )
        checked = (
            batches
            | "Spread" >> beam.Reshuffle()
            | "Check"
            >> beam.ParDo(_Check(self._source, self._max_pixels)).with_outputs(
                _COLOURS, _REJECTED, _REFUSED_MASKS, main="pictures"
            )
        )
        return {
            "listed": batches | "CountListed" >> beam.FlatMap(_count_listed),
            **{name: checked[name] for name in (_COLOURS, _REJECTED, _REFUSED_MASKS)},
            "pictures": checked["pictures"],
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
        colours = collections.Counter()
        for found in self._check(elements):
            if isinstance(found, CheckedPicture):
                colours[(found.colours,)] += 1
            yield found
        for count in colours.items():
            yield beam.pvalue.TaggedOutput(_COLOURS, count)

    def _check(self, elements):
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
                more_masks=(),
                mask_problem=problem,
            ),
            sha256=digest,
            colours=_colours(info.mode),
        )


def _set_aside(element, error):
    return beam.pvalue.TaggedOutput(_REJECTED, _row(element, str(error)))


def _batches(source, wanted):
    batch, size = [], 0
    for element in source.elements(wanted):
        batch.append(element)
        size += len(element.image_bytes) if element.image_bytes else _UNREAD_BYTES
        if len(batch) == _BATCH or size >= _BATCH_BYTES:
            yield batch
            batch, size = [], 0
    if batch:
        yield batch


def _count_listed(batch):
    return collections.Counter(
        (readable(element.class_name), element.split) for element in batch
    ).items()


def _row(element, reason):
    return readable(element.path), readable(reason)


def _colours(mode):
    if mode in ("1", "L", "F", "L;F") or mode.startswith("I"):
        return "grey"
    mode = mode.partition(";")[0]
    return {"LA": "grey with alpha", "P": "palette"}.get(mode, mode)
