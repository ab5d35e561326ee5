import math
import time

import pytest

from serving.rest import json_document
from serving.rest.json_document import TooDeep
from serving.status import Code, ServingError
from tests.waiting import PATIENCE

DEEP = "[" * 3000 + "]" * 3000


def parse(text, **options):
    return json_document.parse(text.encode(), **options)


def test_deep_values_are_skipped_and_the_rest_is_read():
    document = parse(f'{{"a": {DEEP}, "b": {{"c": [1, "x"]}}, "a": 1}} and so on')
    assert isinstance(document["a"], TooDeep)
    assert document["b"] == {"c": [1, "x"]}
    assert list(document) == ["a", "b"]


@pytest.mark.parametrize(
    "inside",
    [
        "1",
        '"]}"',
        r'"\"]", "\\"',
        '{"]": "[", "b": {}}',
        "[[], [1], {}, {}]",
        "[1, 2, 3], [true], [null]",
    ],
)
@pytest.mark.parametrize("bracket", ["[]", '{"k":}'])
def test_what_is_in_a_deep_value(inside, bracket):
    opened, closed = bracket[:-1], bracket[-1]
    if closed == "}":
        inside = f"[{inside}]"
    deep = opened * 3000 + inside + closed * 3000
    document = parse(f'{{"deep": {deep}, "y": "z"}}')
    assert isinstance(document["deep"], TooDeep)
    assert document["y"] == "z"


def test_a_deep_value_at_the_end():
    assert list(parse(f'{{"a": 1, "b": {DEEP}}}')) == ["a", "b"]
    assert list(parse(f'{{"a": {{"b": {DEEP}}}}}')) == ["a"]


@pytest.mark.parametrize(
    "text",
    [
        "{" + f'"a": {DEEP}',
        "{" + f'"a": {DEEP} 1' + "}",
        "{" + f'"a": {DEEP},' + "}",
        "{" + f'"a": {DEEP}, 1: 2' + "}",
        "{" + f'"a": {DEEP}, "b" 2' + "}",
        "{" + f'"a": {DEEP[:-1]}' + "}}",
        "{" + f'"a": {DEEP[:-1]}',
        "{" + '"a": ' + "[" * 3000 + '"' + "]" * 3000 + "}",
        '{"a": [1, }',
        '{"a": Inf',
        "",
        " \n ",
    ],
)
def test_faulty_documents(text):
    with pytest.raises(ServingError, match="JSON Parse error") as caught:
        parse(text)
    assert caught.value.code is Code.INVALID_ARGUMENT


def test_lists_are_no_objects():
    for text in ("[1]", DEEP, "3"):
        with pytest.raises(ServingError, match="Is not object"):
            parse(text)


def test_inf_is_a_number_and_a_word():
    document = parse(r'{"Inf": [Inf, -Inf, Infinity, "Inf \" Inf"]}')
    assert document == {"Inf": [math.inf, -math.inf, math.inf, 'Inf " Inf']}


@pytest.mark.parametrize(
    "value",
    [
        "[" * (8 << 20),
        "[" * 2000 + "[1]," * (2 << 20),
        "[" * 2000 + "[[1]]," * (2 << 20),
        "[" * 2000 + '"' + '\\"' * (4 << 20),
        "[" * 2000 + '"",' * (2 << 20),
        "[" * 2000 + " " * (8 << 20) + "[" * 2000,
    ],
)
def test_megabytes_of_it_are_refused_soon(value):
    begin = time.monotonic()
    with pytest.raises(ServingError):
        parse('{"a": ' + value + "}")
    assert time.monotonic() - begin < PATIENCE  # one or two seconds on an idle core


def test_lists_have_a_limit():
    body = b'{"instances": [' + b"[]," * 5_000_000 + b"1]}"
    with pytest.raises(ServingError, match="5000002 lists and objects are too many"):
        json_document.parse(body)
