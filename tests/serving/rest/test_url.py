import pytest

from serving.rest.url import Target, parse
from serving.status import Code, ServingError


@pytest.mark.parametrize(
    ("verb", "path", "target"),
    [
        ("POST", "/v1/models/m:predict", Target("predict", "m")),
        ("POST", "/V1/Models/m:predict", Target("predict", "m")),
        ("POST", "/v1/models/m/versions/007:predict", Target("predict", "m", 7)),
        ("POST", "/v1/models/m/versions/0:classify", Target("classify", "m", 0)),
        ("POST", "/v1/models/m/labels/l:predict", Target("predict", "m", None, "l")),
        ("GET", "/v1/models/m", Target("status", "m")),
        ("GET", "/v1/models/m/versions/1", Target("status", "m", 1)),
        ("GET", "/v1/models/m/labels/a%20b", Target("status", "m", None, "a b")),
        ("GET", "/v1/models/m/metadata", Target("metadata", "m")),
        ("GET", "/v1/models/a%2Fb%3Ac+d", Target("status", "a/b:c+d")),
        ("GET", "/v1/models/m?x=1", Target("status", "m?x=1")),
        (
            "GET",
            f"/v1/models/m/versions/{2**63 - 1}/metadata",
            Target("metadata", "m", 2**63 - 1),
        ),
    ],
)
def test_parse(verb, path, target):
    assert parse(verb, path) == target


@pytest.mark.parametrize(
    ("verb", "path"),
    [
        ("GET", "/v1/models/m:predict"),
        ("POST", "/v1/models/m"),
        ("POST", "/v1/models/m:Predict"),
        ("POST", "/v1/models/m:guess"),
        ("POST", "/v1/models/m:predict?x=1"),
        ("PUT", "/v1/models/m:predict"),
        ("DELETE", "/v1/models/m"),
        ("HEAD", "/v1/models/m"),
        ("GET", "/v1/foo"),
        ("GET", "/v1/models/"),
        ("GET", "/v1/models/m/"),
        ("GET", "/v1/models/m/versions/abc"),
        ("POST", "/v1/models/m/versions/1/labels/l:predict"),
        ("GET", "/v1/models/m/versions/1/labels/l"),
    ],
)
def test_malformed(verb, path):
    with pytest.raises(ServingError) as caught:
        parse(verb, path)
    assert caught.value.code is Code.INVALID_ARGUMENT
    assert caught.value.message == f"Malformed request: {verb} {path}"


@pytest.mark.parametrize("version", [str(2**64 - 1), str(2**63), "9" * 5000])
def test_version_out_of_range(version):
    with pytest.raises(ServingError, match="Failed to convert version"):
        parse("GET", f"/v1/models/m/versions/{version}")


def test_missing_name():
    with pytest.raises(ServingError, match="Missing model name in request"):
        parse("GET", "/v1/models")
