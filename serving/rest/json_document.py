"""Reads a request's JSON document, whatever its depth, in bounded time."""

import json
import re

from serving.rest import number_lists
from serving.status import Code, ServingError

DEPTH = 1_000_000
_SPACE = re.compile(r"[ \t\r\n]*+")
# As much at once as can be: brackets that open, with the keys between them; brackets
# that close; a list of plain values; the beginning of a string.
_TOKEN = re.compile(
    r"""(?P<flat>\[[^\[\]{}"]*+\])
    |(?P<open>(?:[\[{]\s*+(?:"[^"\\\[\]{}]*+"\s*+:\s*+)?+){1,65536}+)
    |(?P<close>[\]}]++)
    |(?P<string>")""",
    re.VERBOSE,
)
_NO_BRACKET = bytes(set(range(256)) - set(b"[{"))
# Stock's parser takes `Inf` as well; strings are matched first, to be left alone.
_INF = re.compile(r'("(?:[^"\\]++|\\.)*+")|\bInf\b', re.DOTALL)
# An empty list takes two bytes of a body and sixty of memory, and nothing else runs
# while they are made.
_MOST_LISTS = 1_000_000
_MOST_VALUES = 4_000_000
# Steps in which a value is skipped, a microsecond or two each.
_MOST_STEPS = 1_000_000


class TooDeep:
    """In the place of a value that is nested deeper than a parser can go.

    No tensor is nested so deeply; under a key that nobody reads it does no harm.
    """


def parse(body, depth=DEPTH, numbers=False):
    """Reads an object; the text behind it is ignored, as in TF Serving.

    Args:
        body: bytes, UTF-8.
        depth: int, deeper values are refused even where nobody reads them.
        numbers: bool, give long lists of numbers as `NumberList`, in a fraction of
            the time and memory.

    Returns:
        dict; of keys that are given twice the first. Values may be `TooDeep`.

    Raises:
        ServingError: `INVALID_ARGUMENT`.
    """
    extracted = number_lists.extract(body) if numbers else number_lists.Extracted(body)
    _check_count(extracted.body)
    try:
        text = extracted.body.decode("utf-8")
        document = _parse(text, depth, _decoder(extracted))
    except json.JSONDecodeError as error:
        place = extracted.offset(error.pos)
        message = f"JSON Parse error: {error.msg} at offset: {place}"
        raise _invalid(message) from None
    except UnicodeDecodeError as error:
        place = extracted.offset(error.start)
        message = f"JSON Parse error: Invalid encoding at offset: {place}"
        raise _invalid(message) from None
    except ServingError:
        raise
    except ValueError as error:  # an integer of thousands of digits
        raise _invalid(f"JSON Parse error: {error}") from None
    if not isinstance(document, dict):
        raise _invalid("Request JSON: Is not object")
    return document


def signature_name(document):
    """The signature that a request names.

    Args:
        document: dict, as `parse` gives it.

    Returns:
        str, empty if it names none.

    Raises:
        ServingError: `INVALID_ARGUMENT` if it is no string.
    """
    name = document.get("signature_name", "")
    if not isinstance(name, str):
        raise _invalid("'signature_name' key must be a string value.")
    return name


def check_depth(key, value):
    """Refuses a value that is nested too deeply to be read.

    Args:
        key: str, the value's key, for the message.
        value: what `parse` gave for it.

    Raises:
        ServingError: `INVALID_ARGUMENT`.
    """
    if isinstance(value, TooDeep):
        raise _invalid(f"JSON Parse error: '{key}' is nested too deeply")


def _check_count(body):
    lists = body.count(b"[") + body.count(b"{")
    if lists > _MOST_LISTS:
        found, most = f"{lists} lists and objects", _MOST_LISTS
    elif (values := lists + body.count(b",")) > _MOST_VALUES:
        found, most = f"{values} values beside lists of numbers", _MOST_VALUES
    else:
        return
    raise _invalid(
        f"JSON Parse error: {found} are too many, at most {most} are read; send "
        "base64 or several requests, or use gRPC"
    )


def _parse(text, depth, decoder):
    begin = _space(text, 0)
    if begin == len(text):
        raise _invalid("JSON Parse error: The document is empty")
    try:
        return decoder.raw_decode(text, begin)[0]
    except RecursionError:
        return _members(text, begin, depth, decoder)
    except json.JSONDecodeError as error:
        if "Inf" not in text[error.pos : error.pos + 4]:
            raise
        text = _INF.sub(lambda match: match[1] or "Infinity", text)
        return decoder.raw_decode(text, begin)[0]


def _decoder(extracted):
    def to_object(pairs):
        numbers = extracted.restored(pairs)
        if numbers is not None:
            return numbers
        document = {}
        for key, value in pairs:  # the first one counts
            document.setdefault(key, value)
        return document

    return json.JSONDecoder(object_pairs_hook=to_object)


def _members(text, at, depth, decoder):
    """dict of a top-level object's members, read one by one."""
    if text[at] != "{":
        return None
    found, at = {}, at + 1
    while True:
        at = _space(text, at)
        key, at = decoder.raw_decode(text, at)
        if not isinstance(key, str):
            raise json.JSONDecodeError("Missing a name for object member", text, at)
        at = _space(text, _expect(text, _space(text, at), ":"))
        try:
            value, at = decoder.raw_decode(text, at)
        except RecursionError:
            value, at = TooDeep(), _end_of_value(text, at, depth)
        found.setdefault(key, value)
        at = _space(text, at)
        if text[at : at + 1] == "}":
            return found
        at = _expect(text, at, ",")


def _end_of_value(text, at, depth):
    """int, where a list or object ends; what is in it is not looked at."""
    stack = bytearray()
    for _ in range(_MOST_STEPS):
        match = _TOKEN.search(text, at)
        if match is None:
            raise json.JSONDecodeError("Missing a closing bracket", text, len(text))
        at = match.end()
        if match.lastgroup == "string":
            _, at = json.decoder.scanstring(text, at)
        elif match.lastgroup == "open":
            stack += match[0].encode().translate(None, _NO_BRACKET)
            if len(stack) > depth:
                break
        elif match.lastgroup == "close":
            # The last of them may close what this value is in.
            closed = match[0][: len(stack)]
            if not stack.endswith(closed[::-1].translate(_OPENING).encode()):
                raise json.JSONDecodeError("Unexpected bracket", text, match.start())
            del stack[len(stack) - len(closed) :]
            if not stack:
                return match.start() + len(closed)
    raise _invalid("JSON Parse error: nested too deeply")


_OPENING = str.maketrans("]}", "[{")


def _space(text, at):
    return _SPACE.match(text, at).end()


def _expect(text, at, character):
    if text[at : at + 1] != character:
        raise json.JSONDecodeError(f"Expecting '{character}'", text, at)
    return at + 1


def _invalid(message):
    return ServingError(Code.INVALID_ARGUMENT, message)
