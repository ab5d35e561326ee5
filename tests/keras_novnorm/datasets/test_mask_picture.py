"""Masks of any kind become one kind; what is no mask is refused with a reason."""

import numpy as np
import pytest
from PIL import Image

from keras_novnorm.datasets.mask_picture import decode_mask, mask_of, read_mask
from keras_novnorm.datasets.source_image import SourceImage
from keras_novnorm.datasets.transcode import RejectedPictureError, inspect_picture


@pytest.fixture
def mask():
    """A defect of 4 x 8 pixels in a mask of 20 x 30."""
    mask = np.zeros((20, 30), bool)
    mask[4:8, 16:24] = True
    return mask


def test_whatever_is_not_zero_is_anomalous(encode, grey, mask):
    picture = encode(grey, "PNG")
    palette = Image.fromarray(mask.astype("uint8")).convert("P")
    palette.putpalette([0, 0, 0, 0, 0, 128])
    for written in (
        encode(mask.astype("uint8"), "PNG"),
        encode(mask.astype("uint8") * 255, "BMP"),
        encode(mask.astype("uint16") * 7, "PNG"),
        encode(np.stack([mask * 0, mask * 0, mask * 9], -1).astype("uint8"), "PNG"),
        encode(Image.fromarray(mask), "TIFF"),
        encode(palette, "PNG"),
        encode(mask.astype("uint8") * 255, "JPEG", quality=70),
    ):
        read = read_mask(written, picture)
        assert inspect_picture(read).kind == "PNG" and inspect_picture(read).mode == "L"
        np.testing.assert_array_equal(decode_mask(read, 20, 30), mask)


def test_an_empty_mask_is_a_mask(encode, grey):
    read = read_mask(encode(grey * 0, "PNG"), encode(grey, "PNG"))
    assert read and not decode_mask(read, 20, 30).any()


def test_the_nearest_neighbour_of_each_pixels_middle(encode, mask):
    read = read_mask(encode(mask, "PNG"), encode(mask, "PNG"))
    np.testing.assert_array_equal(
        decode_mask(read, 40, 90), mask.repeat(2, 0).repeat(3, 1)
    )
    np.testing.assert_array_equal(decode_mask(read, 4, 6), mask[2::5, 2::5])
    np.testing.assert_array_equal(decode_mask(read, 10, 15), mask[1::2, 1::2])


def test_what_is_no_mask_of_the_picture_is_refused(encode, grey):
    picture = encode(grey, "PNG")
    with pytest.raises(RejectedPictureError, match="is 20 x 30, its picture 30 x 20"):
        read_mask(encode(grey.T, "PNG"), picture)
    with pytest.raises(RejectedPictureError, match="do not decode"):
        read_mask(picture[:-40], picture)


def test_a_reason_says_that_the_picture_is_kept(encode, grey):
    picture = encode(grey, "PNG")

    def of(**known):
        return mask_of(SourceImage("a.png", "bad", "test", **known), picture)

    assert of() == (b"", None)
    kept = "mask refused, picture kept: "
    assert of(mask_problem="gone") == (b"", f"{kept}gone")
    mask_bytes, reason = of(mask_bytes=b"no")
    assert mask_bytes == b"" and reason.startswith(f"{kept}not a picture: 2 bytes")
    mask_bytes, reason = of(mask_bytes=picture)
    assert mask_bytes and reason is None


def test_several_masks_are_united(encode, grey, mask):
    picture = encode(grey, "PNG")
    other = np.zeros((20, 30), np.uint8)
    other[15:, :3] = 236
    files = encode(mask, "PNG"), encode(other, "PNG"), encode(other * 0, "PNG")
    element = SourceImage("x", "dent", mask_bytes=files[0], more_masks=files[1:])
    united, problem = mask_of(element, picture)
    assert problem is None
    np.testing.assert_array_equal(decode_mask(united, 20, 30), mask | (other > 0))
    element = SourceImage("x", "dent", mask_bytes=files[0], more_masks=(b"no mask",))
    nothing, problem = mask_of(element, picture)
    assert nothing == b"" and "not a picture" in problem
