"""The end of a server with both doors, over a core that only pretends."""

import concurrent.futures
import http.client
import threading

import grpc
import pytest
import tensorflow as tf
from tensorflow_serving.apis import predict_pb2, prediction_service_pb2_grpc

from serving import startup
from serving.configuration import flags
from tests.serving.fake_core import FakeCore
from tests.serving.http_calls import call, predict
from tests.waiting import PATIENCE, wait_until


class Core(FakeCore):
    """As the real one, with nothing to load or to free."""

    def start(self, configs):
        pass

    def wait(self, stopping):
        pass

    def end(self):
        pass

    def stop(self, seconds):
        return True


@pytest.fixture
def core(monkeypatch):
    core = Core()
    monkeypatch.setattr(startup, "_make_core", lambda *_: core)
    return core


def started(*words):
    parsed, _ = flags.parse(
        ["--model_base_path=/m", "--port=-1", "--rest_api_port=-1", *words]
    )
    server = startup.Server(parsed)
    server.start(threading.Event())
    return server


def slow_request():
    message = predict_pb2.PredictRequest()
    message.model_spec.name = "m"
    message.inputs["x"].CopyFrom(tf.make_tensor_proto([[-1.0]], tf.float32))
    return message


class Asked:
    """A server with a slow request in flight on each of its doors."""

    def __init__(self, core, pool, *words):
        self._core = core
        core.servable.longest = PATIENCE
        self.server = started(f"--rest_api_timeout_in_ms={PATIENCE * 1000}", *words)
        self.rest = self.server._doors["rest"]
        self._channel = grpc.insecure_channel(f"127.0.0.1:{self.server.ports['grpc']}")
        self.stub = prediction_service_pb2_grpc.PredictionServiceStub(self._channel)
        self.over_grpc = self.stub.Predict.future(slow_request(), timeout=PATIENCE)
        self.over_rest = pool.submit(predict, self.rest, {"instances": [[-1.0]]})
        wait_until(lambda: len(core.servable.timeouts) == 2)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._core.servable.goes_on.set()
        self._channel.close()
        self.server.stop()

    def is_open(self):
        try:
            return call(self.rest, "GET", "/readyz")[0] == 200
        except (http.client.HTTPException, OSError):
            return False


def test_both_doors_close_at_once_and_let_requests_end(core):
    words = [f"--drain_seconds={PATIENCE}"]
    with (
        concurrent.futures.ThreadPoolExecutor() as pool,
        Asked(core, pool, *words) as asked,
    ):
        stopping = pool.submit(asked.server.stop)
        wait_until(lambda: not asked.is_open())
        with pytest.raises(grpc.RpcError) as caught:
            asked.stub.Predict(slow_request(), timeout=PATIENCE)
        assert caught.value.code() is grpc.StatusCode.UNAVAILABLE
        assert not asked.over_grpc.done() and not asked.over_rest.done()
        core.servable.goes_on.set()
        # Both get the answer that they would have got.
        assert asked.over_grpc.result().outputs["y"].float_val == [1.5]
        assert asked.over_rest.result(PATIENCE)[0] == 200
        assert stopping.result(PATIENCE)


def test_what_is_open_after_the_drain_is_cut_off(core):
    words = ["--drain_seconds=0.5"]
    with (
        concurrent.futures.ThreadPoolExecutor() as pool,
        Asked(core, pool, *words) as asked,
    ):
        assert asked.server.stop()
        cut_off = (grpc.StatusCode.CANCELLED, grpc.StatusCode.UNAVAILABLE)
        assert asked.over_grpc.code() in cut_off


class Door:
    """Notes what is asked of it."""

    def __init__(self, asked):
        self._asked = asked

    def end(self, grace):
        self._asked.append(("end", grace))

    def wait(self):
        self._asked.append("wait")


def test_doors_share_the_time_to_drain(core):
    server, asked = started("--drain_seconds=9"), []
    doors, server._doors = server._doors, {name: Door(asked) for name in ("a", "b")}
    assert server.stop()
    assert asked == [("end", 9.0), ("end", 9.0), "wait", "wait"]
    for door in doors.values():
        door.stop(0)
