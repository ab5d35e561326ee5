import json

import pytest
from tensorflow_serving.apis import classification_pb2, regression_pb2

from serving.rest import json_examples
from serving.status import ServingError


def parse(*examples, **more):
    body = {"examples": list(examples), **more}
    return json_examples.parse(json.dumps(body).encode())[1]


def features(example):
    """dict of name to kind and values."""
    found = {}
    for name, feature in example.features.feature.items():
        kind = feature.WhichOneof("kind")
        found[name] = kind and (kind, list(getattr(feature, kind).value))
    return found


def test_kinds_of_features():
    message = parse(
        {
            "floats": [1.5, 2.0],
            "ints": [1, -2],
            "bools": [True, False],
            "words": ["a", {"b64": "/w=="}],
            "one": 3,
            "none": [],
            "huge": 10**30,
        }
    )
    (example,) = message.example_list.examples
    found = features(example)
    assert found["huge"][0] == "float_list"
    assert found["huge"][1] == [pytest.approx(1e30)]
    del found["huge"]
    assert found == {
        "floats": ("float_list", [1.5, 2.0]),
        "ints": ("int64_list", [1, -2]),
        "bools": ("int64_list", [1, 0]),
        "words": ("bytes_list", [b"a", b"\xff"]),
        "one": ("int64_list", [3]),
        "none": None,
    }


def test_context():
    message = parse({"x": 1.0}, {}, context={"y": "z"})
    with_context = message.example_list_with_context
    assert features(with_context.context) == {"y": ("bytes_list", [b"z"])}
    assert [features(e) for e in with_context.examples] == [
        {"x": ("float_list", [1.0])},
        {},
    ]


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (None, "unexpected JSON type: Null"),
        ([[1]], "unexpected JSON type: Array"),
        ({"a": 1}, "unexpected JSON type: Object"),
        ([10, 10.0], "must be of one type"),
        (["a", 1], "must be of one type"),
        (2**64 - 1, "uint64 element"),
        ({"b64": "a!"}, "base64"),
    ],
)
def test_faulty_features(value, said):
    with pytest.raises(ServingError, match=said):
        parse({"x": value})


def test_an_example_too_deep_to_be_read():
    body = b'{"examples": [' + b"[" * 3000 + b"]" * 3000 + b"]}"
    with pytest.raises(ServingError, match="nested too deeply"):
        json_examples.parse(body)
    body = b'{"context": ' + b"[" * 3000 + b"]" * 3000 + b', "examples": [{}]}'
    with pytest.raises(ServingError, match="nested too deeply"):
        json_examples.parse(body)


def test_signature_name():
    body = b'{"signature_name": "s", "examples": [{}]}'
    assert json_examples.parse(body)[0] == "s"


def test_results():
    result = classification_pb2.ClassificationResult()
    for rows in ([('a"b', 0.5), ("", float("nan"))], []):
        classes = result.classifications.add().classes
        for label, score in rows:
            classes.add(label=label, score=score)
    written = json_examples.write_classes(result)
    assert written == b'{"results": [[["a\\"b", 0.5], ["", NaN]], []]}'
    result = regression_pb2.RegressionResult()
    for value in (1.0, 1 / 3):
        result.regressions.add(value=value)
    written = json_examples.write_regressions(result)
    assert written == b'{"results": [1.0, 0.333333343]}'
