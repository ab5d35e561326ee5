"""Files scored one after the other; what cannot be read keeps its place."""

import collections
import dataclasses
import typing


@dataclasses.dataclass(frozen=True)
class ScoredFile:
    """What came of one file.

    Attributes:
        picture: `FoundPicture`.
        outputs: dict of the model's outputs; empty where the file was set aside.
        reason: str or None, why it was set aside.
        image_bytes: bytes, as `transcode` gives them; None where it was set aside.
        anomaly_map: float32 array [h, w], or None.
        unlike: dict from trait to words, in what it is unlike the pictures of the
            training (see `picture_traits.unlike`).
    """

    picture: object
    outputs: dict
    reason: str | None = None
    image_bytes: bytes | None = None
    anomaly_map: typing.Any = None
    unlike: dict = dataclasses.field(default_factory=dict)


def score_files(scorer, pictures, max_pixels, with_maps=False):
    """Reads and scores files; only a few are in memory at once.

    Args:
        scorer: as `open_scorer` gives it.
        pictures: iterable of `FoundPicture`.
        max_pixels: int, pictures with more are set aside.
        with_maps: bool, whether anomaly maps are wanted.

    Yields:
        `ScoredFile`, in the order of `pictures`.
    """
    waiting = collections.deque()
    known = scorer.card.get("picture_traits")

    def contents():
        for picture in pictures:
            content, reason, unlike = look_at_picture(picture.file, max_pixels, known)
            waiting.append((picture, content, reason, unlike))
            if content is not None:
                yield content

    def set_aside():
        while waiting and waiting[0][1] is None:
            picture, _, reason, _ = waiting.popleft()
            yield ScoredFile(picture, {}, reason)

    for scored in scorer.score(contents(), with_maps=with_maps):
        yield from set_aside()
        picture, content, _, unlike = waiting.popleft()
        found = scored.outputs, None, content, scored.anomaly_map, unlike
        yield ScoredFile(picture, *found)
    yield from set_aside()


def read_picture(file, max_pixels):
    """Reads a file and makes sure that it can be scored.

    Args:
        file: str, where it is.
        max_pixels: int, a picture with more is set aside.

    Returns:
        Tuple of bytes, as `transcode` gives them, or None; and the reason for which it
        is set aside, str or None.
    """
    return look_at_picture(file, max_pixels)[:2]


def look_at_picture(file, max_pixels, known=None):
    """Reads a file, makes sure that it can be scored, and sees what it is like.

    Args:
        file: str, where it is.
        max_pixels: int, a picture with more is set aside.
        known: dict, the traits of the pictures of the training, or None.

    Returns:
        Tuple of what `read_picture` gives, and dict from trait to words, in what it is
        unlike those.
    """
    from keras_novnorm.datasets import picture_traits
    from keras_novnorm.datasets.file_opener import FileOpener
    from keras_novnorm.datasets.picture_digest import decode_pixels
    from keras_novnorm.datasets.read_file import read_file
    from keras_novnorm.datasets.transcode import RejectedPictureError, transcode

    try:
        content = transcode(read_file(FileOpener(), "", file), max_pixels)
        colours = decode_pixels(content)  # The proof that it can be decoded.
    except RejectedPictureError as error:
        return None, str(error), {}
    if not known:
        return content, None, {}
    measured = picture_traits.measure(colours)
    return content, None, picture_traits.unlike(measured, known)
