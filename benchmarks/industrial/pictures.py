"""A folder of pictures as arrays, for detectors and baselines alike."""

import dataclasses

import numpy as np


@dataclasses.dataclass(frozen=True)
class IndustrialPictures:
    """What is trained, calibrated and tested on.

    Attributes:
        name: str, for the record.
        train: list of bytes, normal picture files.
        calibration: list of bytes, held-out normal ones.
        test: list of bytes.
        labels: int array [N] of the test pictures, 1 novel.
        types: list of str, the test pictures' classes.
        masks: list of bool array [h, w] of the test pictures, at their own size; None
            where a novel picture has no mask, or an empty one.
    """

    name: str
    train: list
    calibration: list
    test: list
    labels: np.ndarray
    types: list
    masks: list


def read_pictures(spec):
    """Reads a folder that has masks.

    Args:
        spec: str, as `open_source` takes.

    Returns:
        `IndustrialPictures`.
    """
    from keras_novnorm.datasets.one_class_data import read_one_class_data
    from keras_novnorm.datasets.one_class_split import resolve_classes
    from keras_novnorm.datasets.open_source import open_source

    source = open_source(spec)
    normal = resolve_classes([], source.class_names, source.default_normal)
    data = read_one_class_data(source, normal)
    test = data.examples["test"]
    return IndustrialPictures(
        name=spec.rstrip("/").rpartition("/")[2].rpartition(":")[2],
        train=[e.image_bytes for e in data.examples["train"]],
        calibration=[e.image_bytes for e in data.examples["calibration"]],
        test=[e.image_bytes for e in test],
        labels=np.array([e.label for e in test]),
        types=[e.class_name for e in test],
        masks=[_mask(e) for e in test],
    )


def as_array(pictures, shape):
    """Decodes picture files as a detector does, stretched to one size.

    Args:
        pictures: list of bytes.
        shape: tuple (height, width, channels).

    Returns:
        uint8 array [N, height, width, channels].
    """
    from keras_novnorm.datasets.decode_image import decode_image

    found = np.zeros((len(pictures), *shape), "uint8")
    for number, picture in enumerate(pictures):
        found[number] = np.rint(255.0 * decode_image(picture, shape).numpy())
    return found


def fitting_shape(pictures, preset):
    """The shape that the command takes for a preset.

    Args:
        pictures: list of bytes, the training pictures.
        preset: name of a preset.

    Returns:
        Tuple (height, width, channels).
    """
    from keras_novnorm.datasets.fitting_size import fitting_size
    from keras_novnorm.datasets.transcode import inspect_picture
    from keras_novnorm.detectors import registry

    infos = [inspect_picture(picture) for picture in pictures]
    channels = 1 if all(info.mode in ("1", "L", "I;16") for info in infos) else 3
    if "backbone" not in registry.detector_class(registry.method_of(preset)).NETWORKS:
        return (*registry.presets()[preset]["image_shape"][:2], channels)
    return (*fitting_size([(info.width, info.height) for info in infos]), channels)


def _mask(example):
    import io

    from PIL import Image

    if not example.label:
        size = Image.open(io.BytesIO(example.image_bytes)).size
        return np.zeros(size[::-1], bool)
    if not example.mask_bytes:
        return None
    mask = np.asarray(Image.open(io.BytesIO(example.mask_bytes))) > 0
    return mask if mask.any() else None
