"""Long lists of numbers in a JSON body, read without an object for each number.

As Python's objects sixty megabytes of numbers take gigabytes, and no other thread
runs while they are made. So a list that holds numbers alone, nested as a tensor, is
cut out of the body and read a piece at a time into arrays; the rest is read as before.
"""

import json
import math
import re
import secrets

import orjson

from serving.rest.number_list import NumberList, as_array
from serving.status import Code, ServingError

_SHORTEST = 1024
_MAX_RANK = 64
_PIECE = 1 << 16
_RUN = re.compile(rb"[\[\]\d\s.,eE+\-NaIinfty]{1,1048576}+")
# Strings are matched to be left alone; what follows a bracket may be a list of numbers.
_TOKEN = re.compile(rb'"(?:[^"\\]++|\\.)*+"|\[', re.DOTALL)
_BESIDE_STRUCTURE = bytes(set(range(256)) - set(b"[],"))
_TO_SPACES = bytes.maketrans(b"[]", b"  ")
_INF = re.compile(rb"\bInf\b")
_KEY = secrets.token_hex(16)  # no client can write it
_MOST_TOKENS = 2_000_000


class Extracted:
    """A body without its long lists of numbers.

    Attributes:
        body: bytes, JSON with a mark in the place of each list.
    """

    def __init__(self, body):
        self.body = body
        self._lists, self._cuts = [], []

    def restored(self, pairs):
        """The list that an object stands for, or None if it is a plain object.

        Args:
            pairs: list of (str, value), as the parser gives an object's members.

        Returns:
            `NumberList` or None.
        """
        if len(pairs) == 1 and pairs[0][0] == _KEY:
            return self._lists[pairs[0][1]]
        return None

    def offset(self, position):
        """int, where a place in `body` was in the body as sent."""
        return position + sum(more for at, more in self._cuts if at < position)

    def cut(self, spans):
        """Takes lists out: (start, end, `NumberList`), in order."""
        parts, at, size, given = [], 0, 0, self.body
        for start, end, found in spans:
            mark = b'{"%s":%d}' % (_KEY.encode(), len(self._lists))
            parts += [given[at:start], mark]
            size += start - at + len(mark)
            self._lists.append(found)
            self._cuts.append((size - 1, end - start - len(mark)))
            at = end
        self.body = b"".join([*parts, given[at:]])


def extract(body):
    """Takes the long lists of numbers out of a body.

    Args:
        body: bytes, JSON or not.

    Returns:
        `Extracted`.

    Raises:
        ServingError: `INVALID_ARGUMENT` for a faulty number in such a list, or for
            very many lists and strings beside.
    """
    extracted, spans, at = Extracted(body), [], 0
    if len(body) < _SHORTEST:
        return extracted
    for _ in range(_MOST_TOKENS):
        match = _TOKEN.search(body, at)
        if match is None:
            break
        at = match.end()
        if body[match.start()] != ord("["):
            continue
        run = _end_of_run(body, match.start())
        if run - match.start() >= _SHORTEST:
            found = _read(body, match.start(), run)
            if found is not None:
                spans.append((match.start(), found[0], found[1]))
                at = found[0]
                continue
        at = max(at, run)
    else:
        raise ServingError(
            Code.INVALID_ARGUMENT,
            f"JSON Parse error: more than {_MOST_TOKENS} lists and strings are too "
            "many; send base64 or several requests, or use gRPC",
        )
    if spans:
        extracted.cut(spans)
    return extracted


def _end_of_run(body, at):
    """int, where the characters of numbers and lists end."""
    while match := _RUN.match(body, at):
        at = match.end()
    return at


def _read(body, start, end):
    """tuple of the list's end and `NumberList`, or None if it is no tensor."""
    structure = b"".join(
        body[at : min(at + (1 << 20), end)].translate(None, _BESIDE_STRUCTURE)
        for at in range(start, end, 1 << 20)
    )
    shape, expected = _shape(structure)
    if shape is None or not structure.startswith(expected):
        return None
    # Behind the list there may be the brackets of what it is in.
    surplus = structure.count(b"]", len(expected))
    if surplus > _MAX_RANK:
        return None
    for _ in range(surplus + 1):
        end = body.rfind(b"]", start, end)
    pieces, at = [], start
    while at <= end:
        cut = body.find(b",", at + _PIECE, end)
        cut = end + 1 if cut < 0 else cut
        pieces.append(_numbers(body[at:cut].translate(_TO_SPACES), at))
        at = cut + 1
    if sum(map(len, pieces)) != math.prod(shape):
        return None
    return end + 1, NumberList(shape, pieces)


def _shape(structure):
    """The shape that the first lists have, and the brackets and commas of it."""
    rank = len(structure) - len(structure.lstrip(b"["))
    if not 0 < rank <= _MAX_RANK:
        return None, b""
    shape, expected = [], b""
    for level in range(1, rank + 1):
        close = structure.find(b"]" * level, rank - level)
        inside = close + level - (rank - level) - 2
        size, rest = divmod(inside + 1, len(expected) + 1)
        if close < 0 or rest or size < 1:
            return None, b""
        if (len(expected) + 1) * size > len(structure):
            return None, b""
        expected = b"[" + ((expected + b",") * size)[:-1] + b"]"
        shape.append(size)
    return tuple(reversed(shape)), expected


def _numbers(text, offset):
    try:
        return as_array(orjson.loads(b"[" + text + b"]"))
    except orjson.JSONDecodeError:
        pass
    try:  # that knows no NaN
        text = _INF.sub(b"Infinity", text)
        return as_array(json.loads(b"[" + text + b"]"))
    except json.JSONDecodeError as error:
        message = f"JSON Parse error: {error.msg} at offset: {offset + error.pos - 1}"
    except ValueError as error:  # an integer of thousands of digits
        message = f"JSON Parse error: {error}"
    raise ServingError(Code.INVALID_ARGUMENT, message)
