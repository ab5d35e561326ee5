"""Picture files of any kind, brought to what a detector's graph reads rightly.

The lowest floor: training and the client both stand on it, so that a picture is the
same picture in both places. It knows no Keras and no TensorFlow.
"""

from novnorm_pictures.picture_error import PictureError
from novnorm_pictures.picture_file import READ_KINDS, PictureFile, open_picture
from novnorm_pictures.readable_bytes import readable_bytes, why_changed

__all__ = [
    "READ_KINDS",
    "PictureError",
    "PictureFile",
    "open_picture",
    "readable_bytes",
    "why_changed",
]
