"""The wire of PredictionService, against the real process."""

import grpc
import numpy as np
import pytest
import tensorflow as tf
from tensorflow_serving.apis import (
    classification_pb2,
    get_model_metadata_pb2,
    inference_pb2,
    predict_pb2,
)

Code = grpc.StatusCode
X = {"x": np.array([2.0], np.float32)}


def refused(call, code, *said):
    with pytest.raises(grpc.RpcError) as caught:
        call()
    assert caught.value.code() is code, caught.value
    for words in said:
        assert words in caught.value.details()


def test_unknown_model(half_plus_two):
    request = half_plus_two.request(X)
    request.model_spec.name = "nowhere"
    predict = half_plus_two.prediction.Predict
    refused(
        lambda: predict(request),
        Code.NOT_FOUND,
        "Servable not found",
        "Latest(nowhere)",
    )


def test_shape_is_left_to_the_graph_and_values_are_in_float_val(half_plus_two):
    response = half_plus_two.predict(X, outputs=["y"])
    assert list(response.outputs) == ["y"]
    assert list(response.outputs["y"].float_val) == [3.0]
    assert len(response.outputs["y"].tensor_shape.dim) == 1
    assert response.outputs["y"].dtype == tf.float32.as_datatype_enum


def test_response_names_model_signature_and_version(half_plus_two):
    spec = half_plus_two.predict(X).model_spec
    assert spec.name == "half_plus_two"
    assert spec.signature_name == "serving_default"
    assert spec.version.value == 123


def test_no_model_spec_or_empty_name(half_plus_two):
    predict = half_plus_two.prediction.Predict
    empty = predict_pb2.PredictRequest()
    refused(lambda: predict(empty), Code.INVALID_ARGUMENT, "Missing ModelSpec")
    empty.model_spec.signature_name = "x"
    refused(lambda: predict(empty), Code.INVALID_ARGUMENT, "no name specified")


@pytest.mark.parametrize(
    ("names", "said"),
    [
        ([], ["0!=1", "Sent extra: {}", "Missing but required: {x}"]),
        (
            ["unknown_key2", "unknown_key1"],
            ["Sent extra: {unknown_key1,unknown_key2}", "Missing but required: {x}"],
        ),
        (
            ["image"],
            ["x (", "not found in request", "received image", "x: float [?,1]"],
        ),
    ],
)
def test_wrong_input_names(half_plus_two, names, said):
    inputs = dict.fromkeys(names, X["x"])
    refused(lambda: half_plus_two.predict(inputs), Code.INVALID_ARGUMENT, *said)


@pytest.mark.parametrize(
    ("value", "name"),
    [
        (np.array([b"a"], object), "string"),
        (np.array([True]), "bool"),
        (np.array([1], np.int32), "int32"),
    ],
)
def test_wrong_dtype_is_not_cast(half_plus_two, value, name):
    refused(
        lambda: half_plus_two.predict({"x": value}),
        Code.INVALID_ARGUMENT,
        f"Expects arg[0] to be float but {name} is provided",
        "The signature takes x: float [?,1]",
    )


def test_undecodable_tensor(half_plus_two):
    request = half_plus_two.request(X)
    request.inputs["x"].tensor_content = b"123"
    predict = half_plus_two.prediction.Predict
    refused(lambda: predict(request), Code.INVALID_ARGUMENT, "tensor parsing error: x")


def test_output_filter(half_plus_two):
    refused(
        lambda: half_plus_two.predict(X, outputs=["z"]),
        Code.INVALID_ARGUMENT,
        "output tensor alias not found in signature: z",
        "expected to be in the set {y}.",
    )
    refused(
        lambda: half_plus_two.predict(X, outputs=["y", "y"]),
        Code.INVALID_ARGUMENT,
        "duplicate output tensor alias: y",
    )


def test_unknown_signature_names_the_known(half_plus_two):
    refused(
        lambda: half_plus_two.predict(X, "nope"),
        Code.FAILED_PRECONDITION,
        'Serving signature key "nope" not found.',
        "regress_x_to_y, serving_default",
    )


def test_other_signatures_by_alias(half_plus_two):
    response = half_plus_two.predict(
        {"inputs": np.array([[2.0]], np.float32)}, "regress_x_to_y"
    )
    assert list(response.outputs["outputs"].float_val) == [3.0]
    assert response.model_spec.signature_name == "regress_x_to_y"


def test_signature_without_inputs(detector):
    response = detector.predict({}, "constant")
    assert list(response.outputs["y"].int64_val) == [7]


def test_pinned_version(half_plus_two):
    assert half_plus_two.predict(X, version=123).model_spec.version.value == 123
    refused(
        lambda: half_plus_two.predict(X, version=7),
        Code.NOT_FOUND,
        "Servable not found for request: Specific(half_plus_two, 7)",
    )


def test_unknown_label_comes_before_unknown_model(half_plus_two):
    request = half_plus_two.request(X)
    predict = half_plus_two.prediction.Predict
    request.model_spec.version_label = "stable"
    said = "Unrecognized servable version label: stable"
    refused(lambda: predict(request), Code.INVALID_ARGUMENT, said)
    request.model_spec.name = "nowhere"
    refused(lambda: predict(request), Code.INVALID_ARGUMENT, said)


def test_metadata(half_plus_two):
    response = half_plus_two.metadata("signature_def")
    assert response.model_spec.name == "half_plus_two"
    assert response.model_spec.version.value == 123
    assert response.model_spec.signature_name == ""
    assert list(response.metadata) == ["signature_def"]
    signatures = get_model_metadata_pb2.SignatureDefMap()
    assert response.metadata["signature_def"].Unpack(signatures)
    assert {"serving_default", "regress_x_to_y"} < set(signatures.signature_def)


def test_metadata_refusals(half_plus_two):
    refused(
        half_plus_two.metadata,
        Code.INVALID_ARGUMENT,
        "must specify at least one metadata_field",
    )
    refused(
        lambda: half_plus_two.metadata("assets"),
        Code.INVALID_ARGUMENT,
        "Metadata field assets is not supported",
    )
    refused(
        lambda: half_plus_two.metadata("signature_def", name="nowhere"), Code.NOT_FOUND
    )
    get = half_plus_two.prediction.GetModelMetadata
    empty = get_model_metadata_pb2.GetModelMetadataRequest()
    refused(lambda: get(empty), Code.INVALID_ARGUMENT, "Missing ModelSpec")


def test_detectors_are_no_classifiers(half_plus_two):
    request = classification_pb2.ClassificationRequest()
    request.model_spec.name = "nowhere"
    classify = half_plus_two.prediction.Classify
    refused(lambda: classify(request), Code.NOT_FOUND)
    request.model_spec.name = "half_plus_two"
    refused(lambda: classify(request), Code.INVALID_ARGUMENT, "Use predict")
    multi = half_plus_two.prediction.MultiInference
    empty = inference_pb2.MultiInferenceRequest()
    refused(lambda: multi(empty), Code.INVALID_ARGUMENT, "no name specified")


IMAGES = np.full((2, 8, 8, 3), 130, np.uint8)


@pytest.mark.parametrize("count", [1, 7, 33])
def test_any_batch_size(detector, count):
    images = np.full((count, 8, 8, 3), 130, np.uint8)
    outputs = detector.predict({"images": images}).outputs
    scores = {alias: tf.make_ndarray(proto) for alias, proto in outputs.items()}
    assert all(array.shape == (count,) for array in scores.values())
    assert (scores["is_novel"] == (scores["score"] > scores["threshold"])).all()
    maps = detector.predict({"images": images}, "anomaly_map").outputs
    assert tf.make_ndarray(maps["anomaly_map"]).shape == (count, 8, 8)


@pytest.mark.parametrize(
    ("inputs", "said"),
    [
        ({"image": IMAGES}, ["images", "received image"]),
        ({"images": IMAGES[0]}, ["[8,8,3]", "expected shape [?,8,8,3]"]),
        ({"images": IMAGES[:, :7]}, ["received images: uint8 [2,7,8,3]"]),
        ({"images": IMAGES / np.float32(255)}, ["to be uint8 but float is provided"]),
        ({"images": IMAGES[..., :1]}, ["The signature takes images: uint8 [?,8,8,3]"]),
    ],
)
def test_wrong_image_tensors_name_what_is_expected(detector, inputs, said):
    refused(lambda: detector.predict(inputs), Code.INVALID_ARGUMENT, *said)
    assert detector.predict({"images": IMAGES}).outputs["score"].float_val


@pytest.mark.parametrize("pixels", [1, 0])
def test_empty_batch_does_not_end_the_server(detector, pixels):
    empty = np.zeros((0, 8 * pixels, 8, 3), np.uint8)
    try:
        detector.predict({"images": empty})
    except grpc.RpcError as error:
        assert error.code() is Code.INVALID_ARGUMENT
    assert detector.predict({"images": IMAGES}).outputs["score"].float_val


@pytest.mark.parametrize("damage", ["empty", "cut", "text"])
def test_bad_pictures_are_refused_and_the_server_goes_on(detector, damage):
    picture = tf.io.encode_jpeg(IMAGES[0]).numpy()
    content = {"empty": b"", "cut": picture[: len(picture) // 2], "text": b"hello"}
    bad = {"image_bytes": np.array([picture, content[damage]], object)}
    refused(lambda: detector.predict(bad, "serving_bytes"), Code.INVALID_ARGUMENT)
    good = {"image_bytes": np.array([picture], object)}
    assert detector.predict(good, "serving_bytes").outputs["score"].float_val


def test_bytes_and_pixels_give_the_same_score(detector):
    rng = np.random.default_rng(0)
    images = rng.integers(0, 256, (3, 8, 8, 3), np.uint8)
    pictures = np.array([tf.io.encode_png(image).numpy() for image in images], object)
    one = detector.predict({"images": images}).outputs["score"].float_val
    two = detector.predict({"image_bytes": pictures}, "serving_bytes").outputs
    assert list(two["score"].float_val) == pytest.approx(list(one), rel=1e-5)


def test_large_messages_pass_both_ways(detector):
    images = np.random.default_rng(0).integers(0, 256, (1, 2048, 2048, 3), np.uint8)
    outputs = detector.predict({"images": images}, "big").outputs
    assert np.array_equal(tf.make_ndarray(outputs["images"]), images)
    assert np.array_equal(tf.make_ndarray(outputs["map"]), images[..., 0])


def test_half_precision(detector):
    response = detector.predict({"x": np.array([1.5, -2], np.float16)}, "halves")
    assert tf.make_ndarray(response.outputs["y"]).tolist() == [3.0, -4.0]


def test_long_error_texts_are_cut(half_plus_two):
    with pytest.raises(grpc.RpcError) as caught:
        half_plus_two.predict(X, "long" * 1000)
    assert len(caught.value.details()) == 1024
    assert caught.value.details().endswith("...TRUNCATED")


def test_deadline(half_plus_two):
    slow = {"rounds": np.int32(500)}
    refused(
        lambda: half_plus_two.predict(slow, "slow", timeout=0.05),
        Code.DEADLINE_EXCEEDED,
    )
    assert half_plus_two.predict(X).outputs["y"].float_val
