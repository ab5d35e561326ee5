"""The wire of the REST door, against the real process."""

import base64
import gzip
import json

import numpy as np
import pytest
import tensorflow as tf

HALF = "/v1/models/half_plus_two"


@pytest.mark.parametrize(
    ("body", "answer"),
    [
        ({"instances": [2.0, 3.0, 4.0]}, {"predictions": [3.0, 3.5, 4.0]}),
        ({"inputs": [2.0, 3.0, 4.0]}, {"outputs": [3.0, 3.5, 4.0]}),
        ({"instances": [[1, 2], [3.0, 4]]}, {"predictions": [[2.5, 3], [3.5, 4]]}),
        ({"instances": [{"x": 2}, {"x": 3}]}, {"predictions": [3.0, 3.5]}),
        ({"inputs": {"x": [2]}}, {"outputs": [3.0]}),
        ({"inputs": 2.0}, {"outputs": 3.0}),
        (
            {
                "signature_name": "regress_x_to_y",
                "instances": [[2.0]],
                "output_filter": 1,
            },
            {"predictions": [[3.0]]},
        ),
    ],
)
@pytest.mark.parametrize("version", ["", "/versions/123"])
def test_predict(half_plus_two, body, answer, version):
    path = f"{HALF}{version}:predict"
    assert half_plus_two.rest_predict(body, path) == (200, answer)


def test_response_headers(half_plus_two):
    status, headers, content = half_plus_two.rest(
        "POST", f"{HALF}:predict", {"instances": [1]}
    )
    headers = {name.lower(): value for name, value in headers.items()}
    assert status == 200
    assert headers["content-type"] == "application/json"
    assert headers["content-length"] == str(len(content))


def test_status_body(half_plus_two):
    expected = {
        "model_version_status": [
            {
                "version": "123",
                "state": "AVAILABLE",
                "status": {"error_code": "OK", "error_message": ""},
            }
        ]
    }
    for path in (HALF, f"{HALF}/versions/123", f"{HALF}/labels/any"):
        status, _, content = half_plus_two.rest("GET", path)
        assert (status, json.loads(content)) == (200, expected)


def test_metadata_body(half_plus_two):
    status, _, content = half_plus_two.rest("GET", f"{HALF}/metadata")
    document = json.loads(content)
    assert status == 200
    assert document["model_spec"] == {
        "name": "half_plus_two",
        "signature_name": "",
        "version": "123",
    }
    assert list(document["metadata"]) == ["signature_def"]
    signatures = document["metadata"]["signature_def"]["signature_def"]

    def column(name):
        return {
            "dtype": "DT_FLOAT",
            "tensor_shape": {
                "dim": [{"size": "-1", "name": ""}, {"size": "1", "name": ""}],
                "unknown_rank": False,
            },
            "name": name,
        }

    signature = signatures["serving_default"]
    output_name = signature["outputs"]["y"]["name"]
    assert signature == {
        "inputs": {"x": column("serving_default_x:0")},
        "outputs": {"y": column(output_name)},
        "method_name": "tensorflow/serving/predict",
        "defaults": {},
    }


@pytest.mark.parametrize(
    ("verb", "path", "code", "said"),
    [
        ("GET", f"{HALF}:predict", 400, f"Malformed request: GET {HALF}:predict"),
        ("POST", f"{HALF}:predict?x=1", 400, "Malformed request: POST"),
        ("PUT", f"{HALF}:predict", 400, "Malformed request: PUT"),
        ("DELETE", HALF, 400, "Malformed request: DELETE"),
        ("GET", "/v1/foo", 400, "Malformed request: GET /v1/foo"),
        ("GET", "/v1/models", 400, "Missing model name in request"),
        ("GET", f"{HALF}/versions/{2**64 - 1}", 400, "Failed to convert version"),
        ("GET", "/v1/models/nowhere", 404, "any versions of model nowhere"),
        ("GET", f"{HALF}/versions/7", 404, "version 7 of model half_plus_two"),
        ("GET", f"{HALF}?x=1", 404, "half_plus_two?x=1"),
        ("GET", "/v1/models/nowhere/metadata", 404, "Servable not found for request"),
        (
            "GET",
            f"{HALF}/labels/l/metadata",
            400,
            "Unrecognized servable version label",
        ),
        ("POST", f"{HALF}:classify", 400, "'examples' is expected"),
    ],
)
def test_refused_paths(half_plus_two, verb, path, code, said):
    status, headers, content = half_plus_two.rest(verb, path, "{}")
    assert (status, headers["content-type"]) == (code, "application/json")
    assert list(json.loads(content)) == ["error"]
    assert said in json.loads(content)["error"]


@pytest.mark.parametrize("path", ["/", "/v1", "/foo"])
def test_paths_outside(half_plus_two, path):
    status, headers, content = half_plus_two.rest("GET", path)
    assert status == 404
    assert headers["content-type"].startswith("text/html")
    assert b"<html>" in content


def test_other_verbs(half_plus_two):
    head, _, content = half_plus_two.rest("HEAD", HALF)
    assert (head, content) == (400, b"")
    assert half_plus_two.rest("TRACE", HALF)[0] == 501
    origin = {"Origin": "http://localhost"}
    assert half_plus_two.rest("OPTIONS", HALF, headers=origin)[0] == 200
    assert half_plus_two.rest("OPTIONS", HALF)[0] == 400


def test_probes(half_plus_two):
    assert half_plus_two.rest("GET", "/healthz")[0] == 200
    status, _, content = half_plus_two.rest("GET", "/readyz")
    assert (status, json.loads(content)) == (200, {"ready": True})


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ("", "JSON Parse error: The document is empty"),
        ("  \n", "JSON Parse error: The document is empty"),
        ("{", "at offset: 1"),
        ("[1]", "Is not object"),
        ("{}", "Missing 'inputs' or 'instances' key"),
        ('{"inputs": [1], "instances": [1]}', "expecting only one of"),
        ('{"instances": 1}', "to be an list/array"),
        ('{"instances": []}', "No values in"),
        ('{"signature_name": 100, "instances": [1]}', "must be a string value"),
        (
            '{"signature_name": "s", "instances": [1]}',
            'Serving signature name: "s" not found',
        ),
        ('{"instances": ["a"]}', "not of expected type: float"),
        ('{"instances": [true]}', "not of expected type: float"),
        ('{"instances": [null]}', "not of expected type: float"),
        ('{"instances": [[1], [1, 2]]}', "unexpected size"),
        ('{"instances": [1, [2]]}', "Expecting shape"),
        ('{"instances": [[1], 2]}', "Expecting tensor size"),
        ('{"instances": [1, {"x": 1}]}', "Expecting value/list but got object"),
        ('{"instances": [{"x": 1}, 1]}', "Expecting object but got list"),
        ('{"instances": [{"z": 1}]}', "keys must be equal to: x"),
        ('{"inputs": {"z": 1}}', "Missing named input: x in 'inputs' object"),
        ('{"instances": ' + "[" * 300 + "1" + "]" * 300 + "}", "nested deeper"),
        ('{"instances": ' + "[" * 100000, "Missing a closing bracket"),
        ('{"instances": ' + "[" * 9999 + "]" * 9999 + "}", "nested too deeply"),
        ('{"instances": [' + "9" * 10000 + "]}", "JSON Parse error"),
        ('{"instances": ["\\ud800"]}', "not of expected type"),
        (b"\xff\xfe", "Invalid encoding"),
    ],
)
def test_refused_bodies(half_plus_two, body, said):
    status, answer = half_plus_two.rest_predict(body)
    assert status == 400
    assert said in answer["error"]
    assert half_plus_two.rest_predict({"instances": [2]})[0] == 200


def test_unknown_model_is_looked_up_after_the_json(half_plus_two):
    path = "/v1/models/nowhere:predict"
    assert half_plus_two.rest_predict("{", path)[0] == 400
    assert half_plus_two.rest_predict({"instances": ["a"]}, path)[0] == 404
    path = f"{HALF}/labels/l:predict"
    status, answer = half_plus_two.rest_predict({"instances": [1]}, path)
    assert (status, "label: l" in answer["error"]) == (400, True)


def test_first_of_duplicate_keys_counts_and_the_rest_is_ignored(half_plus_two):
    body = '{"instances": [2], "instances": ["a"], "more": {"x": 1}} and so on'
    assert half_plus_two.rest_predict(body) == (200, {"predictions": [3.0]})


def test_numbers_in_and_out(half_plus_two):
    body = '{"instances": [NaN, Infinity, -Infinity, 1e308, 1%s, 3e-60]}' % ("0" * 400)
    status, _, content = half_plus_two.rest("POST", f"{HALF}:predict", body)
    assert status == 200
    assert content == (
        b'{"predictions": [NaN, Infinity, -Infinity, Infinity, Infinity, 2.0]}'
    )


def test_gzip_body(half_plus_two):
    body = gzip.compress(b'{"instances": [2]}')
    packed = {"Content-Encoding": "gzip"}
    path = f"{HALF}:predict"
    assert half_plus_two.rest("POST", path, body, packed)[0] == 200
    for bad in (body[:-4], b"none", gzip.compress(b" " * (101 << 20), 1)):
        status, _, content = half_plus_two.rest("POST", path, bad, packed)
        assert (status, b"document is empty" in content) == (400, True)


def test_body_over_the_limit(half_plus_two):
    body = b" " * ((64 << 20) + 1)
    status, _, content = half_plus_two.rest("POST", f"{HALF}:predict", body)
    assert status == 413
    assert b"--rest_api_max_body_mb" in content


def test_two_inputs(detector):
    def two(**body):
        return detector.rest_predict({"signature_name": "two", **body})

    rows = [{"a": 1.5, "b": 1}, {"a": 2, "b": 2}]
    assert two(instances=rows) == (200, {"predictions": rows})
    columns = {"a": [1.5], "b": [[1, 2]]}
    assert two(inputs={**columns, "c": 1}) == (200, {"outputs": columns})
    for refused, said in [
        ({"instances": [{"a": 1}]}, "keys must be equal to: a,b"),
        ({"instances": [{"a": 1, "b": 1, "c": 1}]}, "Failed to process element: 0"),
        ({"instances": [rows[0], {"a": 1}]}, "Failed to process element: 1"),
        ({"instances": [rows[0], [1]]}, "Expecting object but got list"),
        ({"instances": [[1], rows[0]]}, "instances is a plain list"),
        ({"instances": [1]}, "expecting list of objects"),
        ({"instances": [{"a": 1, "b": 1.0}]}, "not of expected type: int32"),
        ({"instances": [{"a": 1, "b": 2**31}]}, "not of expected type: int32"),
        ({"instances": [{"a": [1], "b": 1}, {"a": [1, 2], "b": 1}]}, "unexpected size"),
        ({"inputs": {"a": [1]}}, "Missing named input: b"),
        ({"inputs": [1]}, "expecting an object"),
    ]:
        status, answer = two(**refused)
        assert (status, said in answer["error"]) == (400, True), answer


def test_base64(detector):
    b64 = {"b64": base64.b64encode(b"a\xff").decode()}
    bare = {"b64": b64["b64"].rstrip("=")}

    def echo(**body):
        status, answer = detector.rest_predict({"signature_name": "echo", **body})
        assert status == 200, answer
        return answer

    both = {"text": "a\ufffd", "text_bytes": b64}
    assert echo(instances=[b64, bare])["predictions"] == [both, both]
    assert echo(instances=[{"text": b64}])["predictions"] == [both]
    assert echo(inputs=b64)["outputs"] == both
    assert echo(inputs={"text": [b64]})["outputs"] == {
        "text": [both["text"]],
        "text_bytes": [b64],
    }
    nested = echo(instances=[[b64, "b"]])["predictions"][0]
    assert nested["text_bytes"] == [b64, {"b64": "Yg=="}]
    for bad in ({"b64": "a!"}, {"b64": 1}):
        status, answer = detector.rest_predict(
            {"signature_name": "echo", "instances": [bad]}
        )
        assert (status, "Unable to base64 decode" in answer["error"]) == (400, True)


def test_row_form_needs_batches(detector):
    body = {"signature_name": "total", "instances": [1.0, 2.0]}
    status, answer = detector.rest_predict(body)
    assert (status, "has no shape information" in answer["error"]) == (400, True)
    body = {"signature_name": "total", "inputs": [1.0, 2.0]}
    assert detector.rest_predict(body) == (200, {"outputs": 3.0})
    body = {"signature_name": "uneven", "instances": [1.0, 2.0]}
    status, answer = detector.rest_predict(body)
    assert (status, "inconsistent batch size" in answer["error"]) == (400, True)


def test_dtypes_json_is_not_read_into(detector):
    for form, code in (("instances", 400), ("inputs", 501)):
        body = {"signature_name": "halves", form: [1.0]}
        status, answer = detector.rest_predict(body)
        assert (status, "half" in answer["error"]) == (code, True)
    body = {"signature_name": "constant", "inputs": [1]}
    status, answer = detector.rest_predict(body)
    assert (status, "Failed to get input map" in answer["error"]) == (400, True)


def test_a_picture_three_ways(detector):
    image = np.random.default_rng(1).integers(0, 256, (8, 8, 3), np.uint8)
    b64 = {"b64": base64.b64encode(tf.io.encode_png(image).numpy()).decode()}
    body = {"signature_name": "serving_bytes", "instances": [b64]}
    status, by_bytes = detector.rest_predict(body)
    assert status == 200
    status, by_pixels = detector.rest_predict({"instances": [image.tolist()]})
    assert status == 200
    assert by_bytes["predictions"][0] == pytest.approx(by_pixels["predictions"][0])
    status, answer = detector.rest_predict({"instances": [b64]})
    assert status == 400
    assert "\"serving_bytes\" (input 'image_bytes')" in answer["error"]


def test_wrong_rank(detector):
    status, answer = detector.rest_predict({"instances": [[1, 2]]})
    assert status == 400
    assert "images: uint8 [?,8,8,3]; received images: uint8 [1,2]" in answer["error"]
    assert detector.rest("GET", "/readyz")[0] == 200
