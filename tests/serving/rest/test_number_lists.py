"""Long lists of numbers in JSON: the same tensors and errors as short ones."""

import json
import re
import resource
import time

import numpy as np
import pytest
from tensorflow.core.framework import types_pb2

from serving.rest import json_document, json_request, number_lists
from serving.rest.json_values import to_array
from serving.rest.number_list import NumberList
from serving.status import Code, ServingError
from tests.serving.fake_core import signature

LONG = 3000


def values(text):
    body = f'{{"signature_name": "s", "instances": {text}}}'.encode()
    parsed = json_request.parse(body)
    assert parsed.signature_name == "s"
    return parsed.values


def arrays(text, dtype="float32"):
    signatures = {"s": signature({"x": (dtype, [-1])}, {"y": ("float32", [-1])})}
    body = json_request.parse(f'{{"inputs": {text}}}'.encode())
    return json_request.to_arrays(body, signatures["s"], signatures)["x"]


@pytest.mark.parametrize("shape", [(LONG,), (30, 100), (2, 1, 30, 50), (LONG, 1, 1)])
@pytest.mark.parametrize("indent", [None, 1])
def test_tensors_of_any_rank(shape, indent):
    given = np.arange(np.prod(shape)).reshape(shape)
    found = values(json.dumps(given.tolist(), indent=indent))
    assert isinstance(found, NumberList)
    array = to_array(found, types_pb2.DT_INT32)
    assert array.dtype == np.int32
    assert np.array_equal(array, given)


@pytest.mark.parametrize(
    ("number", "value"),
    [
        ("-1", -1),
        ("1.5", 1.5),
        ("2e3", 2000),
        ("1e999", np.inf),
        ("NaN", np.nan),
        ("-Infinity", -np.inf),
        ("Inf", np.inf),
        (str(10**30), 1e30),
        (str(10**400), np.inf),
    ],
)
def test_numbers_of_any_kind(number, value):
    array = arrays(f"[{number}, {', '.join(['7'] * LONG)}]")
    assert array.shape == (LONG + 1,)
    np.testing.assert_equal(array[:2], np.array([value, 7], np.float32))


@pytest.mark.parametrize(
    ("number", "dtype", "said"),
    [
        ("1.5", "uint8", "1.5 not of expected type: uint8"),
        ("1.0", "int64", "1.0 not of expected type: int64"),
        (str(2**31), "int32", "2147483648 not of expected type: int32"),
        ("-1", "uint64", "-1 not of expected type: uint64"),
        ("1", "string", "1 not of expected type: string"),
        ("1", "bool", "1 not of expected type: bool"),
        ("1", "float16", "cannot be read into half"),
    ],
)
def test_what_does_not_fit_is_said_as_of_short_lists(number, dtype, said):
    for length in (2, LONG):
        with pytest.raises(ServingError, match=said):
            arrays("[" + ", ".join([number] * length) + "]", dtype)


def test_large_integers_are_exact():
    array = arrays(f"[{2**64 - 1}, {', '.join(['1'] * LONG)}]", "uint64")
    assert int(array[0]) == 2**64 - 1
    array = arrays(f"[{-(2**63)}, {', '.join(['1'] * LONG)}]", "int64")
    assert int(array[0]) == -(2**63)


@pytest.mark.parametrize(
    "text",
    [
        "[1" + ", 2" * LONG + "3 4]",
        "[1" + ", 2" * LONG + ",, 3]",
        "[1" + ", 2" * LONG + ", ]",
        "[1" + ", 2" * LONG + "] 5",
        "[[1" + ", 2" * LONG,
        "[1" + ", 0x2" * LONG + "]",
        "[[1] 2" + ", [2]" * LONG + "]",
        "[[1]2" + ", [2]" * LONG + "]",
        "[" + "1, " * LONG + "1e]",
    ],
)
def test_faulty_lists(text):
    with pytest.raises(ServingError, match="JSON Parse error") as caught:
        values(text)
    assert caught.value.code is Code.INVALID_ARGUMENT


def test_ragged_lists():
    rows = ", ".join(["[1, 2]"] * LONG)
    for text in (f"[{rows}, [1]]", f"[[1], {rows}]", f"[{rows}, 3]"):
        with pytest.raises(ServingError, match="size|shape"):
            arrays(text)


def test_offsets_are_those_of_the_body_as_sent():
    text = f'{{"a": [{", ".join(["1"] * LONG)}], "b": x}}'
    with pytest.raises(ServingError) as caught:
        json_document.parse(text.encode(), numbers=True)
    assert caught.value.message.endswith(f"at offset: {text.index('x')}")


def test_lists_within_objects_and_strings():
    numbers = [*range(LONG)]
    text = json.dumps({"p": "[" + "1, " * LONG + '"]', "x": numbers, "n": {"y": [1]}})
    document = json_document.parse(text.encode(), numbers=True)
    assert document["p"].startswith("[1, 1") and document["n"] == {"y": [1]}
    assert isinstance(document["x"], NumberList)
    rows = json.dumps([{"a": numbers, "b": 1}, {"a": numbers[::-1], "b": 2}])
    signatures = signature(
        {"a": ("int32", [-1]), "b": ("int32", [-1])}, {"y": ("float32", [-1])}
    )
    body = json_request.parse(f'{{"instances": {rows}}}'.encode())
    found = json_request.to_arrays(body, signatures, {})
    assert np.array_equal(found["a"], [numbers, numbers[::-1]])
    assert found["b"].tolist() == [1, 2]


def test_rows_of_which_some_are_short():
    long, short = [[1.0] * 600], [[1] * 600]
    text = json.dumps([{"x": long}, {"x": short}, {"x": long}])
    signatures = signature({"x": ("float32", [-1])}, {"y": ("float32", [-1])})
    body = json_request.parse(f'{{"instances": {text}}}'.encode())
    assert json_request.to_arrays(body, signatures, {})["x"].shape == (3, 1, 600)
    text = json.dumps([{"x": long}, {"x": [1, 2]}])
    body = json_request.parse(f'{{"instances": {text}}}'.encode())
    with pytest.raises(ServingError, match="unexpected size"):
        json_request.to_arrays(body, signatures, {})


def test_the_mark_cannot_be_sent():
    assert re.fullmatch("[0-9a-f]{32}", number_lists._KEY)
    assert json_document.parse(b'{"a": {"k": 0}}', numbers=True) == {"a": {"k": 0}}


def test_megabytes_of_integers_take_little_memory_and_let_others_run():
    body = b'{"inputs": [' + b"1," * (8 << 20) + b"1]}"
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    begin = time.process_time()
    parsed = json_request.parse(body)
    array = to_array(parsed.values, types_pb2.DT_UINT8)
    assert array.shape == ((8 << 20) + 1,)
    assert (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) < 200 << 10
    assert time.process_time() - begin < 20  # less than one on an idle core


@pytest.mark.slow
@pytest.mark.parametrize(
    "part", [b"[],", b"{},", b"[true],", b'"",', b'["a"],', b"[1],[1,2],", b"null,"]
)
def test_megabytes_of_other_values_are_refused_soon(part):
    body = b'{"instances": [' + part * ((60 << 20) // len(part)) + b"1]}"
    begin = time.process_time()
    with pytest.raises(ServingError, match="too many"):
        json_request.parse(body)
    assert time.process_time() - begin < 30  # two at most on an idle core
