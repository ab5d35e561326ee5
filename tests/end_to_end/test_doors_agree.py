"""Every door gives a picture the same score, p-value and verdict."""

import base64
import json
import urllib.request

import numpy as np
import pytest
import tensorflow as tf

from serving.client import ScoringClient
from tests.waiting import PATIENCE


@pytest.fixture
def client(server):
    with ScoringClient(server.target, "eights") as client:
        yield client


def png(image):
    return tf.io.encode_png(image).numpy()


def columns(rows):
    names = set(rows[0]) - {"file", "note", "error"}
    return {name: np.array([row[name] for row in rows]) for name in names}


def assert_agree(expected, received):
    assert set(received) == set(expected)
    for name, value in expected.items():
        if name == "is_novel":
            np.testing.assert_array_equal(received[name], value)
        else:
            np.testing.assert_allclose(received[name], value, rtol=1e-5, err_msg=name)


@pytest.mark.parametrize("count", [1, 7])
def test_grpc_equals_predict(client, trained, digits, count):
    for images in (digits["test_normal"][:count], digits["test_novel"][:count]):
        expected = trained.predict(images, verbose=0)
        by_bytes = client.score_bytes([png(image) for image in images])
        assert_agree(expected, columns(client.score_images(images)))
        assert_agree(expected, columns(by_bytes))


def test_alone_equals_in_a_batch(client, trained, digits):
    images = np.concatenate([digits["test_normal"][:4], digits["test_novel"][:3]])
    together = columns(client.score_images(images))
    alone = [client.score_images(image[None])[0] for image in images]
    assert_agree(trained.predict(images, verbose=0), together)
    assert_agree(together, columns(alone))


def test_rest_equals_predict(server, trained, digits):
    images = digits["test_novel"][:7]
    encoded = [{"b64": base64.b64encode(png(image)).decode()} for image in images]
    for body in (
        {"signature_name": "serving_bytes", "instances": encoded},
        {"instances": images.tolist()},
    ):
        request = urllib.request.Request(
            f"{server.rest}/v1/models/eights:predict", json.dumps(body).encode()
        )
        with urllib.request.urlopen(request, timeout=PATIENCE) as response:
            rows = json.load(response)["predictions"]
        assert_agree(trained.predict(images, verbose=0), columns(rows))


def test_a_bad_picture_is_named_and_the_server_goes_on(client, digits):
    good = png(digits["test_normal"][0])
    jpeg = tf.io.encode_jpeg(digits["test_normal"][0]).numpy()
    rows = client.score_bytes([good, b"", jpeg[: len(jpeg) // 2], good])
    assert [row["error"] is None for row in rows] == [True, False, False, True]
    assert rows[0]["score"] == pytest.approx(rows[3]["score"], rel=1e-5)
    assert client.score_bytes([good])[0]["error"] is None
