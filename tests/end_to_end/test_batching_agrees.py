"""Batching changes no answer: every signature of a real export, with and without."""

import concurrent.futures

import numpy as np
import pytest
import tensorflow as tf

from serving.inference import predict
from serving.inference.batching import BatchingServable
from serving.inference.batching_parameters import Batching
from serving.inference.servable import Servable

SIGNATURES = ("serving_default", "serving_bytes", "anomaly_map", "anomaly_map_bytes")


@pytest.fixture(scope="module")
def servable(trained_export):
    servable = Servable.load(str(trained_export))
    yield servable
    servable.close()


class Counting:
    """Counts the runs of a servable."""

    def __init__(self, servable):
        self.signatures, self.strict = servable.signatures, False
        self.sizes = []
        self._servable = servable

    def run(self, feeds, fetches, timeout=None):
        self.sizes.append(len(next(iter(feeds.values()))))
        return self._servable.run(feeds, fetches, timeout)


def inputs(signature, images):
    (alias,) = signature.inputs
    if alias == "images":
        return {alias: images}
    contents = np.empty(len(images), object)
    contents[:] = [tf.io.encode_png(image).numpy() for image in images]
    return {alias: contents}


def answer(servable, key, images):
    _, signature = predict.find_signature(servable, key)
    outputs = predict.select_outputs(signature, ())
    return predict.run(servable, signature, inputs(signature, images), outputs)


@pytest.mark.slow
@pytest.mark.parametrize("key", SIGNATURES)
def test_answers_agree(servable, digits, key):
    requests = [
        digits["test_novel"][start : start + size]
        for start, size in ((0, 1), (1, 5), (6, 1), (7, 2))
    ]
    counting = Counting(servable)
    batching = BatchingServable(counting, Batching(9, batch_timeout=5.0))
    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        together = list(pool.map(lambda r: answer(batching, key, r), requests))
    assert counting.sizes == [9], "they ran as one"
    for request, received in zip(requests, together, strict=True):
        expected = answer(servable, key, request)
        assert set(received) == set(expected)
        for alias, value in expected.items():
            assert value.shape[:1] == (len(request),), "an output without rows"
            if alias == "is_novel":
                np.testing.assert_array_equal(received[alias], value)
            else:
                np.testing.assert_allclose(received[alias], value, rtol=1e-4, atol=1e-6)
