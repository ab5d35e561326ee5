"""Reads TF Serving's REST paths."""

import dataclasses
import re
import urllib.parse

from serving.status import Code, ServingError

_MODEL = r"(?i:/v1/models)/(?P<name>[^/:]+)"
_VERSION = r"(?:(?i:/versions)/(?P<version>\d+)|(?i:/labels)/(?P<label>[^/:]+))?"
_PREDICT = re.compile(_MODEL + _VERSION + r":(?P<method>predict|classify|regress)")
_STATUS = re.compile(_MODEL + _VERSION + r"(?P<metadata>(?i:/metadata))?")
_NO_NAME = re.compile(r"(?i:/v1/models)/?")
_LARGEST_VERSION = 2**63 - 1


@dataclasses.dataclass(frozen=True)
class Target:
    """What a request is about.

    Args:
        action: str: `predict`, `classify`, `regress`, `status` or `metadata`.
        name: str, the model's.
        version: int or None.
        label: str or None.
    """

    action: str
    name: str
    version: int | None = None
    label: str | None = None

    @property
    def is_run(self):
        """bool, whether a model is to be run."""
        return self.action in ("predict", "classify", "regress")


def parse(verb, path):
    """Reads verb and path of a request under `/v1/`.

    Args:
        verb: str, `GET` or `POST`.
        path: str, as sent: not decoded, the query string still on it.

    Returns:
        `Target`.

    Raises:
        ServingError: `INVALID_ARGUMENT` for whatever else it is.
    """
    if verb == "POST":
        match = _PREDICT.fullmatch(path)
        action = match and match["method"]
    elif verb == "GET":
        if _NO_NAME.fullmatch(path) and not path.endswith("/"):
            message = "Missing model name in request"
            raise ServingError(Code.INVALID_ARGUMENT, message)
        match = _STATUS.fullmatch(path)
        action = match and ("metadata" if match["metadata"] else "status")
    else:
        match = None
    if not match:
        message = f"Malformed request: {verb} {path}"
        raise ServingError(Code.INVALID_ARGUMENT, message)
    version = match["version"]
    if version is not None:
        # Compared as text first: a path may hold more digits than `int` reads.
        digits = version.lstrip("0") or "0"
        if len(digits) > 19 or int(digits) > _LARGEST_VERSION:
            message = f"Failed to convert version: {version} to numeric."
            raise ServingError(Code.INVALID_ARGUMENT, message)
        version = int(digits)
    label = match["label"]
    return Target(
        action,
        urllib.parse.unquote(match["name"]),
        version,
        None if label is None else urllib.parse.unquote(label),
    )
