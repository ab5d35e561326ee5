"""REST: cases 15 to 19 and 21 to 30."""

import base64
import gzip
import json

import pytest

from tests.serving.conformance.cases import case

LINE = "half_plus_two"
ODD = "detector"  # it carries signatures of odd forms, too


@case(15)
def test_rows(server):
    answer = server.rest_predict(LINE, {"instances": [2.0, 3.0, 4.0]})
    assert answer == (200, {"predictions": [3.0, 3.5, 4.0]})
    body = {"instances": [{"x": 2.0}, {"x": 4.0}]}
    assert server.rest_predict(LINE, body) == (200, {"predictions": [3.0, 4.0]})


@case(16)
def test_columns(server):
    answer = server.rest_predict(LINE, {"inputs": [2.0, 3.0, 4.0]})
    assert answer == (200, {"outputs": [3.0, 3.5, 4.0]})
    answer = server.rest_predict(LINE, {"inputs": {"x": [2.0], "unknown": 1}})
    assert answer == (200, {"outputs": [3.0]})
    assert server.rest_predict(LINE, {"inputs": 2.0}) == (200, {"outputs": 3.0})


@case(17)
@pytest.mark.parametrize("suffix", [":predict", "/versions/123:predict"])
@pytest.mark.parametrize("signature", [None, "serving_default"])
def test_matrices(server, suffix, signature):
    body = {"instances": [[1.0, 2.0], [3.0, 4.0]]}
    if signature:
        body["signature_name"] = signature
    expected = {"predictions": [[2.5, 3.0], [3.5, 4.0]]}
    assert server.rest_predict(LINE, body, suffix) == (200, expected)


@case(18)
@pytest.mark.parametrize("suffix", ["", "/versions/123", "/labels/unheard_of"])
def test_status(server, suffix):
    status, headers, content = server.rest("GET", f"/v1/models/{LINE}{suffix}")
    assert status == 200
    assert headers["content-type"].lower().startswith("application/json")
    assert json.loads(content) == {
        "model_version_status": [
            {
                "version": "123",
                "state": "AVAILABLE",
                "status": {"error_code": "OK", "error_message": ""},
            }
        ]
    }


@case(19)
def test_metadata(server):
    def tensor(name, sizes):
        dims = [{"size": str(size), "name": ""} for size in sizes]
        return {
            "dtype": "DT_FLOAT",
            "tensor_shape": {"dim": dims, "unknown_rank": False},
            "name": name,
        }

    status, body = server.rest_json("GET", f"/v1/models/{LINE}/metadata")
    assert status == 200
    assert body["model_spec"] == {
        "name": LINE,
        "signature_name": "",
        "version": "123",
    }
    assert list(body) == ["model_spec", "metadata"]
    signature = body["metadata"]["signature_def"]["signature_def"]["serving_default"]
    x, y = signature["inputs"]["x"], signature["outputs"]["y"]
    assert signature == {
        "inputs": {"x": tensor(x["name"], [-1, 1])},
        "outputs": {"y": tensor(y["name"], [-1, 1])},
        "method_name": "tensorflow/serving/predict",
        "defaults": {},
    }
    path = f"/v1/models/{LINE}/versions/123/metadata"
    assert server.rest_json("GET", path) == (200, body)
    path = f"/v1/models/{LINE}/labels/unheard_of/metadata"
    assert server.rest_json("GET", path)[0] == 400


@case(21)
@pytest.mark.parametrize(
    ("verb", "path"),
    [
        ("GET", f"/v1/models/{LINE}:predict"),
        ("POST", f"/v1/models/{LINE}"),
        ("PUT", f"/v1/models/{LINE}:predict"),
        ("DELETE", f"/v1/models/{LINE}"),
        ("POST", "/v1/foo"),
        ("GET", "/v1/foo"),
        ("POST", f"/v1/models/{LINE}:predict/"),
        ("GET", f"/v1/models/{LINE}/"),
        ("GET", f"/v1/models/{LINE}/versions/abc"),
        ("POST", f"/v1/models/{LINE}/versions/123/labels/a:predict"),
        ("POST", f"/v1/models/{LINE}:forecast"),
        ("POST", f"/v1/models/{LINE}:Predict"),
        ("POST", f"/v1/models/{LINE}:predict?x=1"),
    ],
)
def test_malformed(server, verb, path):
    status, body = server.rest_json(verb, path, "{}")
    assert status == 400
    assert f"Malformed request: {verb} {path}" in body["error"]


@case(21)
def test_without_a_name_and_with_too_large_a_version(server):
    status, body = server.rest_json("GET", "/v1/models")
    assert (status, "Missing model name" in body["error"]) == (400, True)
    path = f"/v1/models/{LINE}/versions/{2**64 - 1}:predict"
    status, body = server.rest_json("POST", path, "{}")
    assert (status, "Failed to convert version" in body["error"]) == (400, True)


@case(22)
def test_unknown_model_version_label(server):
    rows = {"instances": [1.0]}
    for name, suffix, expected in (
        ("nowhere", ":predict", 404),
        (LINE, "/versions/7:predict", 404),
        (LINE, "/labels/odd:predict", 400),
        ("nowhere", "/labels/odd:predict", 400),
    ):
        status, body = server.rest_predict(name, rows, suffix)
        assert status == expected, (name, suffix)
        assert body["error"]
    assert server.rest_json("GET", "/v1/models/nowhere")[0] == 404
    assert server.rest_json("GET", "/v1/models/nowhere/metadata")[0] == 404
    # Malformed JSON is found before the model is looked for.
    assert server.rest_predict("nowhere", "{")[0] == 400


@case(23)
@pytest.mark.parametrize(
    ("body", "gist"),
    [
        ("", "JSON Parse error: The document is empty"),
        ("{ this is bad", "JSON Parse error"),
        ("[1]", "Is not object"),
        ('"text"', "Is not object"),
        (
            '{"instances": [1.0], "inputs": [1.0]}',
            "Not formatted correctly expecting only one of",
        ),
        ("{}", "Missing 'inputs' or 'instances' key"),
        ('{"instances": 1.0}', "to be an list/array"),
        ('{"instances": []}', "No values in"),
        ('{"instances": ["text"]}', "not of expected type: float"),
        ('{"signature_name": 100}', "'signature_name' key must be a string value"),
        ('{"instances": [[1.0], 2.0]}', "Expecting tensor size"),
        ('{"instances": [{"y": 1.0}]}', "Failed to process element: 0 of 'instances'"),
    ],
)
def test_faulty_bodies(server, body, gist):
    status, answer = server.rest_predict(LINE, body)
    assert status == 400
    assert gist.lower() in answer["error"].lower()


@case(23)
def test_duplicate_keys_and_text_behind(server):
    body = '{"instances": [2.0], "instances": [4.0]} and more'
    assert server.rest_predict(LINE, body) == (200, {"predictions": [3.0]})


@case(24)
def test_names_are_percent_decoded(server):
    path = "/v1/models/a%20b%3A%C3%A9%3F:predict"
    status, body = server.rest_json("POST", path, {"instances": [2.0]})
    assert (status, body) == (200, {"predictions": [3.0]})


@case(24)
@pytest.mark.parametrize("path", ["/", "/healthz", "/v1", "/readyz", "/ui"])
def test_other_paths(server, path):
    status, headers, content = server.rest("GET", path)
    assert status == 404
    assert headers["content-type"].startswith("text/html")
    assert b"<" in content


@case(24)
def test_options_and_query_strings(server):
    path = f"/v1/models/{LINE}:predict"
    for origin, expected in (("http://a.example", 200), ("file://", 400)):
        status, _, content = server.rest("OPTIONS", path, headers={"Origin": origin})
        assert (status, content) == (expected, b"")
    assert server.rest("OPTIONS", path)[0] == 400
    assert server.rest("GET", f"/v1/models/{LINE}?x=1")[0] == 404


@case(24)
def test_gzip(server):
    headers = {"Content-Encoding": "gzip"}
    packed = gzip.compress(b'{"instances": [2.0]}')
    path = f"/v1/models/{LINE}:predict"
    assert server.rest_json("POST", path, packed, headers) == (
        200,
        {"predictions": [3.0]},
    )
    for broken in (packed[:-9], b"no gzip"):
        assert server.rest_json("POST", path, broken, headers)[0] == 400


def two(body):
    return {"signature_name": "two", **body}


@case(25)
@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (
            {"instances": [{"a": 1.0, "b": 2}, {"a": 3.0, "b": 4}]},
            {"predictions": [{"a": 1.0, "b": 2}, {"a": 3.0, "b": 4}]},
        ),
        (
            {"instances": [{"a": [1.0], "b": [2, 3]}]},
            {"predictions": [{"a": [1.0], "b": [2, 3]}]},
        ),
        (
            {"inputs": {"a": [[1.0]], "b": [2, 3]}},
            {"outputs": {"a": [[1.0]], "b": [2, 3]}},
        ),
    ],
)
def test_two_inputs(server, body, expected):
    assert server.rest_predict(ODD, two(body)) == (200, expected)


@case(25)
@pytest.mark.parametrize(
    ("body", "gist"),
    [
        ({"instances": [1.0]}, "instances is a plain list, but expecting list of"),
        ({"instances": [{"a": 1.0}]}, "Failed to process element: 0"),
        ({"instances": [{"a": 1.0, "b": 1, "c": 1}]}, "Failed to process element: 0"),
        ({"instances": [{"a": 1.0, "b": 1}, 2.0]}, "Expecting object but got"),
        ({"instances": [{"a": 1.0, "b": 1}, {"a": [1.0], "b": 1}]}, "element"),
        ({"inputs": {"a": 1.0}}, "Missing named input: b in 'inputs' object"),
        ({"inputs": [1.0]}, ""),
        ({"inputs": {"a": [[1.0], [1.0, 2.0]], "b": 1}}, ""),
    ],
)
def test_two_inputs_faulty(server, body, gist):
    status, answer = server.rest_predict(ODD, two(body))
    assert status == 400
    if gist != "element":
        assert gist in answer["error"]


def b64(content):
    return {"b64": base64.b64encode(content).decode()}


@case(26)
@pytest.mark.parametrize(
    "body",
    [
        {"instances": [b64(b"\xff\x00"), b64(b"")]},
        {"instances": [{"text": b64(b"\xff\x00")}, {"text": b64(b"")}]},
        {"inputs": [b64(b"\xff\x00"), b64(b"")]},
        {"inputs": {"text": [b64(b"\xff\x00"), b64(b"")]}},
    ],
)
def test_base64(server, body):
    status, answer = server.rest_predict(ODD, {"signature_name": "echo", **body})
    assert status == 200
    if "instances" in body:
        found = [row["text_bytes"] for row in answer["predictions"]]
    else:
        found = answer["outputs"]["text_bytes"]
    assert found == [b64(b"\xff\x00"), b64(b"")]


@case(26)
def test_base64_padding_nesting_and_faults(server):
    def echo(value):
        body = {"signature_name": "echo", "inputs": value}
        return server.rest_predict(ODD, body)

    nested = [[{"b64": "YQ"}, "text"]]
    expected = {"text": [["a", "text"]], "text_bytes": [[b64(b"a"), b64(b"text")]]}
    assert echo(nested) == (200, {"outputs": expected})
    assert echo({"b64": "YQ=="})[1]["outputs"]["text"] == "a"
    status, answer = echo([{"b64": "*"}])
    assert (status, "Unable to base64 decode" in answer["error"]) == (400, True)
    status, _ = server.rest_predict(LINE, {"instances": [b64(b"a")]})
    assert status == 400


@case(27)
def test_numbers_in(server):
    def line(text):
        path = f"/v1/models/{LINE}:predict"
        return server.rest("POST", path, f'{{"instances": [{text}]}}')[2].decode()

    assert "NaN" in line("NaN")
    assert "Infinity" in line("Infinity")
    assert "-Infinity" in line("-Infinity")
    assert "Infinity" in line("1e308"), "too large for float32"
    assert json.loads(line("1435774380"))["predictions"] == [717887168.0]
    assert json.loads(line("2"))["predictions"] == [3.0]
    body = {"signature_name": "two", "inputs": {"a": 1.0, "b": 1.0}}
    assert server.rest_predict(ODD, body)[0] == 400


@case(28)
@pytest.mark.parametrize(
    ("value", "text"),
    [
        (9000000, "9e+06"),
        (999999, "999999.0"),
        (0.0003, "0.0003"),
        (3e-05, "3e-05"),
        (555557.5, "555557.5"),
    ],
)
def test_floats_out(server, value, text):
    body = {"signature_name": "two", "inputs": {"a": [value], "b": 1}}
    path = f"/v1/models/{ODD}:predict"
    _, _, content = server.rest("POST", path, body)
    assert text in content.decode().replace("[", " ").replace("]", " ").split()


@case(29)
def test_row_form_refuses_what_has_no_rows(server):
    def odd(signature, key, value):
        body = {"signature_name": signature, key: value}
        return server.rest_predict(ODD, body)

    status, answer = odd("total", "instances", [1.0, 2.0])
    assert (status, "has no shape information" in answer["error"]) == (400, True)
    assert odd("total", "inputs", [1.0, 2.0]) == (200, {"outputs": 3.0})
    status, answer = odd("uneven", "instances", [1.0, 2.0])
    assert (status, "inconsistent batch size" in answer["error"]) == (400, True)
    assert odd("uneven", "inputs", [1.0, 2.0])[0] == 200
    assert odd("empty", "instances", [1.0]) == (200, {"predictions": []})
    assert odd("complex", "instances", [1.0])[0] == 400


DEEP = 500_000


@case(30)
def test_deep_json(server):
    deep = "[" * DEEP + "]" * DEEP
    body = f'{{"unused": {deep}, "instances": [2.0]}}'
    assert server.rest_predict(LINE, body) == (200, {"predictions": [3.0]})
    assert server.rest_predict(LINE, f'{{"signature_name": {deep}}}')[0] == 400


@case(30)
def test_deep_tensor(server, pytestconfig):
    if pytestconfig.getoption("--server", None) or pytestconfig.getoption(
        "--target", None
    ):
        pytest.skip("it overflows the stack of TF Serving (CVE-2025-0649)")
    deep = "[" * DEEP + "]" * DEEP
    assert server.rest_predict(LINE, f'{{"instances": {deep}}}')[0] == 400
    assert server.rest_predict(LINE, {"instances": [2.0]})[0] == 200
