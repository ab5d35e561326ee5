"""Export of a detector as a numbered version of a SavedModel."""

import json
import pathlib
import shutil
import tempfile

import keras
import tensorflow as tf

from keras_novnorm.export.model_card import describe_detector
from keras_novnorm.export.picture_endpoints import locate_pictures, score_pictures
from keras_novnorm.export.warmup_records import write_warmup_records

INPUT_DTYPES = ("uint8", "float32")
MODEL_CARD = pathlib.PurePath("assets.extra", "detector.json")


class CollapsedError(ValueError):
    """The detector's training has collapsed, and nobody said that it may have.

    Args:
        option: how to say so.
    """

    def __init__(self, option="`allow_collapsed=True`"):
        super().__init__(
            "The detector's training has collapsed (its reconstructions do not "
            "vary), so its scores mean little. Train again, with another seed "
            f"perhaps, or export with {option}."
        )


class NotCalibratedError(ValueError):
    """The detector is not calibrated.

    Args:
        remedy: how to mend that.
    """

    def __init__(
        self,
        remedy="Call `detector.calibrate(held_out_normal_ds, target_fpr=0.01)` first.",
    ):
        super().__init__(
            "The detector is not calibrated: an export could not tell novel from "
            f"normal. {remedy}"
        )


def export_saved_model(
    detector, base_path, version=None, input_dtype="uint8", allow_collapsed=False
):
    """Write a detector for TF Serving; the last step makes the version appear.

    Signatures, all with free batch size and preprocessing inside the graph:

    - `serving_default`: `images` `[B, H, W, C]` to the outputs of `predict`;
    - `serving_bytes`: `image_bytes` `[B]`, whole picture files, to the same;
    - `anomaly_map`: `images` to `anomaly_map` float32 `[B, H, W]`;
    - `anomaly_map_bytes`: `image_bytes` to the same; neither of them where the
      detector has no map.

    `assets.extra/detector.json` tells what is in the model, and
    `assets.extra/tf_serving_warmup_requests` holds requests that a server plays
    before the version goes into service.

    Args:
        detector: a calibrated `NoveltyDetector`.
        base_path: directory of the model; versions are whole-number directories in
            it.
        version: whole number; the next after the highest there unless given.
        input_dtype: dtype of `images`: `"uint8"` in [0, 255] or `"float32"` in
            [0, 1].
        allow_collapsed: whether a detector whose training collapsed is exported
            all the same.

    Returns:
        `pathlib.Path` of the new version.

    Raises:
        NotCalibratedError: if the detector is not calibrated.
        CollapsedError: if its training has collapsed.
        ValueError: if `input_dtype` is neither of the two.
        FileExistsError: if the version is there already.
    """
    if not detector.is_calibrated:
        raise NotCalibratedError
    if detector.is_collapsed and not allow_collapsed:
        raise CollapsedError
    if input_dtype not in INPUT_DTYPES:
        raise ValueError(
            f"`input_dtype` must be one of {INPUT_DTYPES}. Received: {input_dtype!r}"
        )
    base_path = pathlib.Path(base_path)
    base_path.mkdir(parents=True, exist_ok=True)
    target = base_path / str(next_version(base_path) if version is None else version)
    if target.exists():
        raise FileExistsError(
            f"Version {target.name} is already in {base_path}; a published version "
            "is never rewritten. Leave `version` out to take the next number."
        )
    # A name that is no number: a watching server does not see it until renamed.
    staging = pathlib.Path(tempfile.mkdtemp(prefix=".export-", dir=base_path))
    try:
        _write(detector, staging, input_dtype)
        staging.chmod(0o755)
        staging.rename(target)
    except BaseException:
        shutil.rmtree(staging, ignore_errors=True)
        raise
    return target


def next_version(base_path):
    """The version after the highest in a base path.

    Args:
        base_path: directory of the model.

    Returns:
        A whole number, 1 where there is none yet.
    """
    numbers = [int(path.name) for path in base_path.iterdir() if path.name.isdecimal()]
    return max(numbers, default=0) + 1


def _write(detector, path, input_dtype):
    shape = detector.image_shape
    images_spec = tf.TensorSpec((None, *shape), input_dtype, name="images")
    bytes_spec = tf.TensorSpec((None,), tf.string, name="image_bytes")

    def check(images):
        # Without it a request of the wrong rank aborts the server in a convolution.
        return tf.ensure_shape(images, (None, *shape))

    def check_bytes(image_bytes):
        return tf.ensure_shape(image_bytes, (None,))

    def score(images):
        return detector(check(images), training=False)

    def score_bytes(image_bytes):
        return score_pictures(detector, check_bytes(image_bytes))

    def locate(images):
        return {"anomaly_map": detector.anomaly_map(check(images))}

    def locate_bytes(image_bytes):
        return {"anomaly_map": locate_pictures(detector, check_bytes(image_bytes))}

    archive = keras.export.ExportArchive()
    archive.track(detector)
    endpoints = [
        ("serving_default", score, images_spec),
        ("serving_bytes", score_bytes, bytes_spec),
    ]
    if detector.has_map:
        endpoints += [
            ("anomaly_map", locate, images_spec),
            ("anomaly_map_bytes", locate_bytes, bytes_spec),
        ]
    for name, function, spec in endpoints:
        archive.add_endpoint(name, function, input_signature=[spec])
    archive.write_out(path, verbose=False)
    card = path / MODEL_CARD
    card.parent.mkdir(exist_ok=True)
    card.write_text(
        json.dumps(
            {**describe_detector(detector), "input_dtype": input_dtype}, indent=2
        )
        + "\n",
        encoding="utf-8",
    )
    pairs = [(name, spec.name) for name, _, spec in endpoints]
    write_warmup_records(path, shape, input_dtype, pairs)
