import io
import json

import numpy as np
import pytest
import tensorflow as tf
from PIL import Image
from tensorflow.core.protobuf import config_pb2

from keras_novnorm import NoveltyDetector
from keras_novnorm.datasets.transcode import transcode
from keras_novnorm.export import export_saved_model, saved_model
from tests.contracts import run_in_fresh_process

SCORES = {
    "score": tf.float32,
    "normalized_score": tf.float32,
    "reconstruction_error": tf.float32,
    "novelty_score": tf.float32,
    "reencoding_error": tf.float32,
    "p_value": tf.float32,
    "threshold": tf.float32,
    "is_novel": tf.bool,
}


@pytest.fixture(scope="module")
def export(trained_export):
    return trained_export


@pytest.fixture(scope="module")
def signatures(export):
    model = tf.saved_model.load(str(export))
    # The functions live as long as the model.
    signatures = dict(model.signatures)
    yield signatures
    del model


@pytest.mark.parametrize(
    ("name", "input_name", "dtype", "outputs"),
    [
        ("serving_default", "images", tf.uint8, SCORES),
        ("serving_bytes", "image_bytes", tf.string, SCORES),
        ("anomaly_map", "images", tf.uint8, {"anomaly_map": tf.float32}),
        ("anomaly_map_bytes", "image_bytes", tf.string, {"anomaly_map": tf.float32}),
    ],
)
def test_signatures_are_frozen(signatures, name, input_name, dtype, outputs):
    signature = signatures[name]
    (spec,) = signature.structured_input_signature[1].values()
    assert (spec.name, spec.dtype, spec.shape[0]) == (input_name, dtype, None)
    assert list(signature.structured_input_signature[1]) == [input_name]
    received = signature.structured_outputs
    assert {key: value.dtype for key, value in received.items()} == outputs
    # First dimension free, and never a scalar.
    assert all(value.shape.rank >= 1 for value in received.values())
    assert all(value.shape[0] is None for value in received.values())


@pytest.mark.parametrize("count", [1, 7, 33])
def test_any_batch_size_gives_the_scores_of_predict(signatures, trained, digits, count):
    images = digits["test_novel"][:count]
    expected = trained.predict(images, verbose=0)
    for name, received in (
        ("serving_default", signatures["serving_default"](images=images)),
        ("serving_bytes", signatures["serving_bytes"](image_bytes=_png(images))),
    ):
        for key, value in expected.items():
            np.testing.assert_allclose(
                received[key], value, rtol=1e-5, err_msg=f"{name} {key}"
            )


def test_maps_are_those_of_the_detector(signatures, trained, digits):
    images = digits["test_novel"][:4]
    expected = trained.anomaly_map(images)
    for received in (
        signatures["anomaly_map"](images=images),
        signatures["anomaly_map_bytes"](image_bytes=_png(images)),
    ):
        np.testing.assert_allclose(received["anomaly_map"], expected, rtol=1e-4)


def _png(images):
    return [tf.io.encode_png(image).numpy() for image in images]


def test_kinds_of_picture_agree(signatures, trained, digits):
    """Grey, RGB and opaque RGBA PNG and a JPEG of the same picture."""
    image = digits["test_normal"][0]
    rgb = np.repeat(image, 3, axis=-1)
    rgba = np.concatenate([rgb, np.full((8, 8, 1), 255, "uint8")], axis=-1)
    kinds = [_png([one])[0] for one in (image, rgb, rgba)]
    scores = signatures["serving_bytes"](image_bytes=kinds)["score"].numpy()
    expected = trained.predict(image[None], verbose=0)["score"]
    np.testing.assert_allclose(scores, np.repeat(expected, 3), rtol=1e-5)
    jpeg = tf.io.encode_jpeg(image, quality=95)
    decoded = tf.io.decode_jpeg(jpeg, dct_method="INTEGER_ACCURATE").numpy()
    np.testing.assert_allclose(
        signatures["serving_bytes"](image_bytes=[jpeg.numpy()])["score"],
        trained.predict(decoded[None], verbose=0)["score"],
        rtol=1e-5,
    )


@pytest.mark.parametrize("orientation", [1, 3, 6, 7])
@pytest.mark.parametrize("kind", ["PNG", "JPEG"])
def test_a_file_on_its_side_scores_as_by_the_command_line(
    signatures, digits, kind, orientation
):
    pixels = digits["test_novel"][0][:, :, 0]
    wide = Image.fromarray(np.repeat(pixels, 2, axis=1))
    exif = Image.Exif()
    exif[0x0112] = orientation
    file = io.BytesIO()
    wide.save(file, kind, exif=exif, quality=95)
    sent = [file.getvalue(), transcode(file.getvalue())]
    for name in ("serving_bytes", "anomaly_map_bytes"):
        for key, values in signatures[name](image_bytes=sent).items():
            values = np.asarray(values, "float32")
            np.testing.assert_allclose(
                values[0], values[1], rtol=1e-4, atol=1e-6, err_msg=key
            )


def test_what_is_transparent_lies_on_black_in_the_graph_too(
    signatures, trained, digits
):
    image = digits["test_normal"][0]
    clear = np.zeros((8, 8, 1), "uint8")
    clear[:, :3] = 255  # The rest hides the picture beneath.
    twins = [np.concatenate([i, i, i, clear], -1) for i in (image, image * (clear > 0))]
    outputs = signatures["serving_bytes"](image_bytes=_png(twins))
    expected = trained.predict((image * (clear > 0))[None], verbose=0)["score"]
    np.testing.assert_allclose(outputs["score"], np.repeat(expected, 2), rtol=1e-5)


def test_wrong_rank_is_an_error_not_an_abort(export):
    # As TF Serving feeds it: by tensor names, without a look at the shape.
    with tf.Graph().as_default(), tf.compat.v1.Session() as session:
        loaded = tf.compat.v1.saved_model.load(session, ["serve"], str(export))
        for name in ("serving_default", "anomaly_map"):
            signature = loaded.signature_def[name]
            run = session._make_callable_from_options(
                config_pb2.CallableOptions(
                    feed=[signature.inputs["images"].name],
                    fetch=[output.name for output in signature.outputs.values()],
                )
            )
            with pytest.raises(tf.errors.InvalidArgumentError, match=r"\[8,8,1\]"):
                run(np.zeros((8, 8, 1), "uint8"))
            assert len(run(np.zeros((2, 8, 8, 1), "uint8"))) == len(signature.outputs)


@pytest.mark.parametrize("kind", ["empty", "text", "cut PNG", "cut JPEG"])
def test_broken_pictures_are_invalid_arguments(signatures, digits, kind):
    image = digits["test_normal"][0]
    png, jpeg = _png([image])[0], tf.io.encode_jpeg(image).numpy()
    broken = {
        "empty": b"",
        "text": b"no picture",
        "cut PNG": png[: len(png) // 2],
        "cut JPEG": jpeg[: len(jpeg) // 2],
    }[kind]
    with pytest.raises(tf.errors.InvalidArgumentError):
        signatures["serving_bytes"](image_bytes=[broken])


def test_saved_model_in_a_fresh_process_without_this_package(export, digits, trained):
    code = """
import json, sys
import numpy as np
import tensorflow as tf
model = tf.saved_model.load(sys.argv[1])
images = np.asarray(json.loads(sys.argv[2]), "uint8")
scores = model.signatures["serving_default"](images=images)["score"]
print(json.dumps([scores.numpy().tolist(), "keras_novnorm" in sys.modules]))
"""
    images = digits["test_novel"][:2]
    printed = run_in_fresh_process(code, export, json.dumps(images.tolist()))
    scores, imported = json.loads(printed)
    assert not imported
    expected = trained.predict(images, verbose=0)["score"]
    np.testing.assert_allclose(scores, expected, rtol=1e-5)


def test_versions_count_up_and_are_never_rewritten(trained, tmp_path, monkeypatch):
    # What is in them takes long to write, and is what other tests look at.
    monkeypatch.setattr(saved_model, "_write", lambda detector, path, dtype: None)
    first = export_saved_model(trained, tmp_path)
    second = export_saved_model(trained, tmp_path)
    assert [first.name, second.name] == ["1", "2"]
    with pytest.raises(FileExistsError, match="Version 2 is already"):
        export_saved_model(trained, tmp_path, version=2)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["1", "2"]


@pytest.mark.slow
def test_float_input_is_a_choice(trained, digits, tmp_path):
    path = export_saved_model(trained, tmp_path, input_dtype="float32")
    model = tf.saved_model.load(str(path))
    images = digits["test_novel"][:3]
    received = model.signatures["serving_default"](images=images / np.float32(255))
    np.testing.assert_allclose(
        received["score"], trained.predict(images, verbose=0)["score"], rtol=1e-5
    )
    with pytest.raises(tf.errors.InvalidArgumentError, match=r"\[0, 1\]"):
        model.signatures["serving_default"](images=images.astype("float32"))


@pytest.mark.slow
def test_uncalibrated_and_collapsed_are_refused(trained, tmp_path):
    detector = NoveltyDetector.from_preset("digits")
    with pytest.raises(ValueError, match=r"not calibrated.*calibrate\("):
        export_saved_model(detector, tmp_path / "a")
    detector.set_weights(trained.get_weights())
    detector.mark_collapsed(["reconstruction_variation"])
    with pytest.raises(ValueError, match="has collapsed"):
        export_saved_model(detector, tmp_path / "b")
    assert export_saved_model(detector, tmp_path / "c", allow_collapsed=True).is_dir()


def test_no_random_operation_in_any_signature(signatures):
    for name, signature in signatures.items():
        functions = signature.graph.as_graph_def(add_shapes=False).library.function
        nodes = [node.op for function in functions for node in function.node_def]
        nodes += [node.op for node in signature.graph.as_graph_def().node]
        assert not [op for op in nodes if "Random" in op], name


def test_card_tells_what_is_in_the_model(export, trained):
    card = json.loads((export / "assets.extra" / "detector.json").read_text())
    assert card["threshold"] == trained.threshold
    assert card["target_fpr"] == 0.05
    assert card["num_calibration_images"] == 40
    assert [term["name"] for term in card["terms"]] == list(trained.term_names)
