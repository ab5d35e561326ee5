"""What a gRPC server is told at its start: the port opened for real, no process."""

import contextlib
import threading
import time

import grpc
import pytest
import tensorflow as tf
from grpc_health.v1 import health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha import reflection_pb2, reflection_pb2_grpc
from grpc_reflection.v1alpha.proto_reflection_descriptor_database import (
    ProtoReflectionDescriptorDatabase,
)
from tensorflow_serving.apis import (
    get_model_status_pb2,
    model_management_pb2,
    model_service_pb2_grpc,
    predict_pb2,
    prediction_service_pb2_grpc,
)

from serving.configuration.tls import Tls
from serving.grpc.health import MOST_WATCHERS, Health
from serving.grpc.reflection import MOST_STREAMS, Reflection
from serving.grpc.server import GrpcServer
from serving.monitoring.metrics import Metrics
from serving.status import Code, ServingError
from serving.versions.version_policy import State
from tests.serving.certificates import authority_and_leaf
from tests.serving.fake_core import FakeCore
from tests.waiting import PATIENCE, wait_until

SERVING = health_pb2.HealthCheckResponse.SERVING
NOT_SERVING = health_pb2.HealthCheckResponse.NOT_SERVING


@contextlib.contextmanager
def door(core=None, threads=4, port=0, **options):
    """A running `GrpcServer`, on the loopback address."""
    server = GrpcServer(core or FakeCore(), "127.0.0.1", port, threads, **options)
    server.start()
    try:
        yield server
    finally:
        server.stop(0)


@contextlib.contextmanager
def stub(server, kind=prediction_service_pb2_grpc.PredictionServiceStub, target=None):
    with grpc.insecure_channel(target or f"127.0.0.1:{server.port}") as channel:
        yield kind(channel)


def request(*values, model="m", signature=""):
    message = predict_pb2.PredictRequest()
    message.model_spec.name = model
    message.model_spec.signature_name = signature
    tensor = tf.make_tensor_proto([[v] for v in values or (2.0,)], tf.float32)
    message.inputs["x"].CopyFrom(tensor)
    return message


@contextlib.contextmanager
def refused(code, said=""):
    with pytest.raises(grpc.RpcError) as caught:
        yield
    assert caught.value.code() is code, caught.value
    assert said in caught.value.details()


def checked(server, service):
    with stub(server, health_pb2_grpc.HealthStub) as health:
        return health.Check(health_pb2.HealthCheckRequest(service=service)).status


def test_health_follows_the_models():
    core = FakeCore()
    core.ready = False
    full = "tensorflow.serving.PredictionService"
    with door(core) as server:
        for service in ("", full, "PredictionService", "ModelService"):
            assert checked(server, service) == NOT_SERVING
        core.ready = True
        core.tell("m", 1, State.AVAILABLE)
        for service in ("", full, "PredictionService", "ModelService"):
            assert checked(server, service) == SERVING
        with refused(grpc.StatusCode.NOT_FOUND):
            checked(server, "nothing")


def test_stock_health_knows_three_names_and_no_models():
    core = FakeCore()
    core.ready = False
    with door(core, stock=True) as server:
        for service in ("", "PredictionService", "ModelService"):
            assert checked(server, service) == SERVING
        with refused(grpc.StatusCode.NOT_FOUND):
            checked(server, "tensorflow.serving.PredictionService")


def test_no_health():
    with door(health=False) as server, refused(grpc.StatusCode.UNIMPLEMENTED):
        checked(server, "")


def test_reflection_lists_and_describes_the_services():
    with (
        door() as server,
        grpc.insecure_channel(f"127.0.0.1:{server.port}") as channel,
    ):
        database = ProtoReflectionDescriptorDatabase(channel)
        services = set(database.get_services())
        assert services >= {
            "tensorflow.serving.PredictionService",
            "tensorflow.serving.ModelService",
            "grpc.health.v1.Health",
        }
        file = database.FindFileContainingSymbol("tensorflow.serving.PredictionService")
        assert file.service[0].name == "PredictionService"


def test_unix_socket(tmp_path):
    path = tmp_path / "socket"
    with (
        door(socket_path=str(path), port=None) as server,
        stub(server, target=f"unix:{path}") as prediction,
    ):
        assert server.port is None
        assert prediction.Predict(request()).outputs["y"].float_val[0] == 3.0


def test_a_left_over_socket_is_replaced(tmp_path):
    path = tmp_path / "socket"
    for _ in range(2):
        with (
            door(socket_path=str(path), port=None) as server,
            stub(server, target=f"unix:{path}") as prediction,
        ):
            assert prediction.Predict(request()).outputs["y"].float_val[0] == 3.0


def test_taken_port():
    with door() as server, pytest.raises(OSError, match="bind|bound|use"):
        GrpcServer(FakeCore(), "127.0.0.1", server.port, 1)


def test_port_shared_by_two():
    with door(reuse_port=True) as one, door(port=one.port, reuse_port=True) as two:
        assert one.port == two.port


def test_tls():
    authority, leaf = authority_and_leaf()
    tls = Tls(leaf.key.encode(), leaf.certificate.encode())
    with door(tls=tls) as server:
        roots = grpc.ssl_channel_credentials(authority.certificate.encode())
        with grpc.secure_channel(f"127.0.0.1:{server.port}", roots) as channel:
            prediction = prediction_service_pb2_grpc.PredictionServiceStub(channel)
            assert prediction.Predict(request()).outputs["y"].float_val[0] == 3.0
        with (
            stub(server) as prediction,
            refused(grpc.StatusCode.UNAVAILABLE),
        ):
            prediction.Predict(request(), timeout=PATIENCE)


def test_mutual_tls():
    authority, leaf = authority_and_leaf()
    client_authority, client = authority_and_leaf("client")
    tls = Tls(
        leaf.key.encode(),
        leaf.certificate.encode(),
        client_authority.certificate.encode(),
        client_verify=True,
    )
    roots = authority.certificate.encode()
    without = grpc.ssl_channel_credentials(roots)
    own = grpc.ssl_channel_credentials(
        roots, client.key.encode(), client.certificate.encode()
    )
    foreign = grpc.ssl_channel_credentials(
        roots, leaf.key.encode(), leaf.certificate.encode()
    )
    with door(tls=tls) as server:
        target = f"127.0.0.1:{server.port}"
        for credentials in (without, foreign):
            with grpc.secure_channel(target, credentials) as channel:
                prediction = prediction_service_pb2_grpc.PredictionServiceStub(channel)
                with refused(grpc.StatusCode.UNAVAILABLE):
                    prediction.Predict(request(), timeout=PATIENCE)
        with grpc.secure_channel(target, own) as channel:
            prediction = prediction_service_pb2_grpc.PredictionServiceStub(channel)
            assert prediction.Predict(request()).outputs["y"].float_val[0] == 3.0


def test_channel_options_come_last():
    options = [("grpc.max_receive_message_length", 100)]
    with (
        door(channel_options=options) as server,
        stub(server) as prediction,
        refused(grpc.StatusCode.RESOURCE_EXHAUSTED),
    ):
        prediction.Predict(request(*range(100)))


def test_largest_message():
    with door(largest_message=200) as server, stub(server) as prediction:
        prediction.Predict(request(1))
        with refused(grpc.StatusCode.RESOURCE_EXHAUSTED, "larger than max"):
            prediction.Predict(request(*range(100)))


def test_tensor_content():
    with door(tensor_content=True) as server, stub(server) as prediction:
        tensor = prediction.Predict(request(2, 4)).outputs["y"]
        assert not tensor.float_val
        assert tf.make_ndarray(tensor).tolist() == [[3.0], [4.0]]
        message = request()
        message.model_spec.signature_name = "serving_bytes"
        message.inputs.clear()
        message.inputs["image_bytes"].CopyFrom(tf.make_tensor_proto([b"n", b""]))
        outputs = prediction.Predict(message).outputs
        assert tf.make_ndarray(outputs["is_novel"]).tolist() == [True, False]


def test_deadline_becomes_the_run_s_limit():
    core = FakeCore()
    with door(core) as server, stub(server) as prediction:
        prediction.Predict(request())
        prediction.Predict(request(), timeout=PATIENCE)
        assert core.servable.timeouts[0] is None
        assert PATIENCE / 2 < core.servable.timeouts[1] < PATIENCE + 1
        with refused(grpc.StatusCode.DEADLINE_EXCEEDED):
            prediction.Predict(request(-1), timeout=0.1)


def test_what_waits_beyond_its_deadline_is_dropped():
    core = FakeCore()
    with door(core, threads=1) as server, stub(server) as prediction:
        first = prediction.Predict.future(request(-1), timeout=0.6)
        assert core.servable.running.wait(PATIENCE)
        with refused(grpc.StatusCode.DEADLINE_EXCEEDED):
            prediction.Predict(request(), timeout=0.1)
        with refused(grpc.StatusCode.DEADLINE_EXCEEDED):
            first.result()
        prediction.Predict(request(4))  # the one thread has come past the second
        assert len(core.servable.timeouts) == 2


def test_cancelled_requests_do_not_run():
    core = FakeCore()
    with door(core, threads=1) as server, stub(server) as prediction:
        first = prediction.Predict.future(request(-1), timeout=0.6)
        assert core.servable.running.wait(PATIENCE)
        waiting = prediction.Predict.future(request())
        time.sleep(0.1)
        waiting.cancel()
        with refused(grpc.StatusCode.DEADLINE_EXCEEDED):
            first.result()
        prediction.Predict(request(4))
        assert len(core.servable.timeouts) == 2


def test_a_full_queue_is_refused():
    core = FakeCore()
    options = {"threads": 1, "queue_per_thread": 1}
    with door(core, **options) as server, stub(server) as prediction:
        running = [prediction.Predict.future(request(-1), timeout=2) for _ in range(2)]
        assert core.servable.running.wait(PATIENCE)
        time.sleep(0.1)
        with refused(grpc.StatusCode.RESOURCE_EXHAUSTED):
            prediction.Predict(request())
        for call in running:
            call.cancel()


def test_concurrent_streams_of_a_connection():
    core = FakeCore()
    with (
        door(core, max_concurrent_streams=1) as server,
        stub(server) as prediction,
    ):
        first = prediction.Predict.future(request(-1), timeout=0.5)
        assert core.servable.running.wait(PATIENCE)
        second = prediction.Predict.future(request(4), timeout=PATIENCE)
        time.sleep(0.1)
        assert len(core.servable.timeouts) == 1  # it waits at the client
        assert second.result().outputs["y"].float_val[0] == 4.0
        assert first.code() is grpc.StatusCode.DEADLINE_EXCEEDED


def test_drain():
    core = FakeCore()
    server = GrpcServer(core, "127.0.0.1", 0, 2)
    server.start()
    with stub(server) as prediction:
        call = prediction.Predict.future(request(-1), timeout=1)
        assert core.servable.running.wait(PATIENCE)
        stopping = threading.Thread(target=server.stop, args=[10])
        stopping.start()
        with refused(grpc.StatusCode.DEADLINE_EXCEEDED):
            call.result()
        stopping.join(PATIENCE)
        assert not stopping.is_alive()


def test_a_watch_is_told_of_the_end_and_ends():
    server = GrpcServer(FakeCore(), "127.0.0.1", 0, 2)
    server.start()
    with stub(server, health_pb2_grpc.HealthStub) as health:
        watch = health.Watch(health_pb2.HealthCheckRequest())
        other = health.Watch(health_pb2.HealthCheckRequest(service="nothing"))
        gone = health.Watch(health_pb2.HealthCheckRequest())
        assert next(watch).status == SERVING
        assert next(other).status == health_pb2.HealthCheckResponse.SERVICE_UNKNOWN
        assert next(gone).status == SERVING
        gone.cancel()
        begin = time.monotonic()
        server.stop(4 * PATIENCE)
        assert time.monotonic() - begin < PATIENCE
        assert [answer.status for answer in watch] == [NOT_SERVING]
        assert watch.code() is grpc.StatusCode.OK
        assert list(other) == []


class Context:
    """Of an RPC, as far as Watch goes."""

    def __init__(self):
        self.callbacks = []

    def add_callback(self, callback):
        self.callbacks.append(callback)
        return True


def test_no_one_waits_for_what_is_sent_to_who_watches():
    class Registry:
        def add_registered_method_handlers(self, name, handlers):
            self.watch = handlers["Watch"].unary_stream

        def add_generic_rpc_handlers(self, handlers):
            pass

    core, registry, context = FakeCore(), Registry(), Context()
    health, sent, gate = Health(core), [], threading.Event()
    health.add_to(registry)

    def send(response):
        assert gate.wait(PATIENCE)
        sent.append(response and response.status)

    def all_that_happens():
        registry.watch(health_pb2.HealthCheckRequest(), context, send)
        core.ready = False
        core.tell("m", 1, State.END)
        health.stop()
        for callback in context.callbacks:  # of the thread that moves all requests
            callback()

    thread = threading.Thread(target=all_that_happens, daemon=True)
    thread.start()
    thread.join(PATIENCE)
    assert not thread.is_alive()
    gate.set()
    wait_until(lambda: None in sent)
    assert sent[: sent.index(None)] == [SERVING, NOT_SERVING, NOT_SERVING]


def test_a_reflection_stream_does_not_hold_up_the_end(caplog):
    server = GrpcServer(FakeCore(), "127.0.0.1", 0, 2)
    server.start()
    asked = reflection_pb2.ServerReflectionRequest(list_services="")
    ended = threading.Event()

    def questions():
        yield asked
        ended.wait(PATIENCE)

    with stub(server, reflection_pb2_grpc.ServerReflectionStub) as reflection:
        answers = reflection.ServerReflectionInfo(questions())
        assert next(answers).list_services_response.service
        begin = time.monotonic()
        server.stop(4 * PATIENCE)
        assert time.monotonic() - begin < PATIENCE
        ended.set()
        with pytest.raises(grpc.RpcError):
            next(answers)
    assert not caplog.text


def test_bytes_that_are_no_message(caplog):
    with (
        door() as server,
        grpc.insecure_channel(f"127.0.0.1:{server.port}") as channel,
    ):
        call = channel.unary_unary("/tensorflow.serving.PredictionService/Predict")
        with refused(grpc.StatusCode.INTERNAL, "deserializing"):
            call(b"\xff" * 9)
        prediction = prediction_service_pb2_grpc.PredictionServiceStub(channel)
        assert prediction.Predict(request()).outputs["y"].float_val[0] == 3.0
    assert not caplog.records


def test_metadata_of_calls_is_ignored():
    with door() as server, stub(server) as prediction:
        message = request()
        message.client_id = b"somebody"
        response = prediction.Predict(message, metadata=[("x-any", "thing")])
        assert response.outputs["y"].float_val[0] == 3.0


@pytest.mark.parametrize(("stock", "shown"), [(False, False), (True, True)])
def test_paths_of_the_server_in_errors(stock, shown):
    with door(stock=stock) as server:
        with (
            stub(server) as prediction,
            refused(grpc.StatusCode.INTERNAL, "variables.index") as _,
        ):
            prediction.Predict(request(model="broken"))
        with stub(server, model_service_pb2_grpc.ModelServiceStub) as models:
            asked = get_model_status_pb2.GetModelStatusRequest()
            asked.model_spec.name = "broken"
            entry = models.GetModelStatus(asked).model_version_status[1]
            assert "variables.index" in entry.status.error_message
            assert ("/srv/secret" in entry.status.error_message) is shown


def test_strict_shapes():
    with door(FakeCore(strict=True)) as server, stub(server) as prediction:
        assert prediction.Predict(request(2)).outputs["y"].float_val[0] == 3.0
        message = request(2)
        message.inputs["x"].CopyFrom(tf.make_tensor_proto([2.0]))
        said = "takes x: float [?,1]; received x: float [1]"
        with refused(grpc.StatusCode.INVALID_ARGUMENT, said):
            prediction.Predict(message)
        message = request(2, 3, signature="two")
        message.inputs["z"].CopyFrom(tf.make_tensor_proto([1.0]))
        with refused(
            grpc.StatusCode.INVALID_ARGUMENT, "unequal numbers of examples: x 2, z 1"
        ):
            prediction.Predict(message)


def test_method_names():
    with door() as server, stub(server) as prediction:
        prediction.Predict(request(signature="odd"))
    with door(method_name_check=True) as server, stub(server) as prediction:
        prediction.Predict(request())
        with refused(grpc.StatusCode.INTERNAL, "Was: odd"):
            prediction.Predict(request(signature="odd"))


def test_reload_hands_the_config_on_and_counts_metrics():
    core, metrics = FakeCore(), Metrics()
    core.on_reload = lambda config: metrics.examples("m", 3)
    message = model_management_pb2.ReloadConfigRequest()
    message.config.model_config_list.config.add(name="new", base_path="/m")
    name = "/tensorflow/serving/request_example_count_total"
    message.metric_names.extend([name, "/no/such/metric"])
    with (
        door(core, metrics=metrics) as server,
        stub(server, model_service_pb2_grpc.ModelServiceStub) as models,
    ):
        response = models.HandleReloadConfigRequest(message)
        assert response.HasField("status")
        assert response.status.error_code == 0
        increases = {m.name: m.int64_value_increase for m in response.metric}
        assert increases == {name: 3, "/no/such/metric": 0}
        assert core.reloaded == [message.config]


def test_a_reload_may_go_another_way():
    core, told = FakeCore(), []
    message = model_management_pb2.ReloadConfigRequest()
    message.config.model_config_list.SetInParent()
    with (
        door(core, reload=told.append) as server,
        stub(server, model_service_pb2_grpc.ModelServiceStub) as models,
    ):
        models.HandleReloadConfigRequest(message)
    assert (told, core.reloaded) == ([message.config], [])


def test_refused_reload():
    core = FakeCore()

    def refuse(config):
        raise ServingError(Code.UNKNOWN, "1 model(s) did not become available")

    core.on_reload = refuse
    with (
        door(core) as server,
        stub(server, model_service_pb2_grpc.ModelServiceStub) as models,
        refused(grpc.StatusCode.UNKNOWN, "did not become available"),
    ):
        models.HandleReloadConfigRequest(model_management_pb2.ReloadConfigRequest())


def test_requests_are_counted():
    metrics = Metrics()
    with door(metrics=metrics) as server, stub(server) as prediction:
        prediction.Predict(request())
        with refused(grpc.StatusCode.FAILED_PRECONDITION):
            prediction.Predict(request(signature="none"))
        with refused(grpc.StatusCode.NOT_FOUND):
            prediction.Predict(request(model="nowhere"))
        message = request(signature="serving_bytes")
        message.inputs.clear()
        message.inputs["image_bytes"].CopyFrom(tf.make_tensor_proto([b"n", b"", b""]))
        prediction.Predict(message)
        lines = wait_until(lambda: _counted(metrics, 4))
    count = ":tensorflow:serving:request_count"
    assert f'{count}{{model_name="m",status="OK"}} 2.0' in lines
    assert f'{count}{{model_name="m",status="FAILED_PRECONDITION"}} 1.0' in lines
    assert f'{count}{{model_name="<unknown>",status="NOT_FOUND"}} 1.0' in lines
    labels = '{model="m",signature="serving_bytes",status="OK",version="2"}'
    assert f"novnorm_requests_total{labels} 1.0" in lines
    assert 'novnorm_novel_total{model="m",version="2"} 1.0' in lines
    assert 'novnorm_predictions_total{model="m",version="2"} 3.0' in lines
    latency = ":tensorflow:serving:request_latency_count"
    assert f'{latency}{{API="Predict",entrypoint="GRPC",model_name="m"}} 2.0' in lines
    latency = ":tensorflow:serving:runtime_latency_count"
    assert f'{latency}{{API="Predict",model_name="m",runtime="TF1"}} 2.0' in lines


def _counted(metrics, count):
    """list of str once so many requests are in: the answer goes out before."""
    name = "novnorm_requests_total"
    if metrics.values([name])[name] >= count:
        return metrics.text().decode().splitlines()
    return None


def silent(channel, over):
    """Opens a stream of reflection and sends nothing."""

    def nothing():
        over.wait(PATIENCE)
        yield from ()

    return reflection_pb2_grpc.ServerReflectionStub(channel).ServerReflectionInfo(
        nothing()
    )


@pytest.mark.parametrize("number", [8, 200])
def test_idle_streams_hold_up_nobody(number, monkeypatch):
    # A busy machine may take longer than a stream may be idle.
    monkeypatch.setattr(Reflection.__init__, "__defaults__", (PATIENCE,))
    over = threading.Event()
    with (
        door(threads=2) as server,
        grpc.insecure_channel(f"127.0.0.1:{server.port}") as channel,
        stub(server) as prediction,
    ):
        streams = [silent(channel, over) for _ in range(number)]
        # Which of them get a place is chance; how many do not is none.
        least = number - MOST_STREAMS
        wait_until(lambda: sum(stream.done() for stream in streams) >= least)
        refused_ones = [stream.code() for stream in streams if stream.done()]
        assert len(refused_ones) == least
        assert set(refused_ones) == {grpc.StatusCode.RESOURCE_EXHAUSTED}
        assert prediction.Predict(request(4), timeout=30).outputs["y"].float_val[0] == 4
        same = prediction_service_pb2_grpc.PredictionServiceStub(channel)
        assert same.Predict(request(4), timeout=30).outputs["y"].float_val[0] == 4
        over.set()
        for stream in streams:
            stream.cancel()


def test_a_stream_without_questions_ends(monkeypatch):
    monkeypatch.setattr(Reflection.__init__, "__defaults__", (0.2,))
    over = threading.Event()
    with (
        door() as server,
        grpc.insecure_channel(f"127.0.0.1:{server.port}") as channel,
    ):
        stream = silent(channel, over)
        assert stream.code() is not None
        over.set()
        assert ProtoReflectionDescriptorDatabase(channel).get_services()


def test_watching_streams_are_bounded_and_hold_up_nobody():
    with (
        door(threads=1) as server,
        grpc.insecure_channel(f"127.0.0.1:{server.port}") as channel,
        stub(server) as prediction,
    ):
        health = health_pb2_grpc.HealthStub(channel)
        question = health_pb2.HealthCheckRequest()
        streams = []
        for _ in range(MOST_WATCHERS):
            # One after the other: of a hundred at once the one thread would refuse
            # those that are more than may wait for it.
            streams.append(health.Watch(question))
            assert next(streams[-1]).status == SERVING
        assert health.Watch(question).code() is grpc.StatusCode.RESOURCE_EXHAUSTED
        assert prediction.Predict(request(4), timeout=30).outputs["y"].float_val[0] == 4
        for stream in streams:
            stream.cancel()


def test_calls_without_a_message_hold_up_nobody():
    over = threading.Event()

    def nothing():
        over.wait(60)
        yield from ()

    method = "/tensorflow.serving.PredictionService/Predict"
    with (
        door(threads=2) as server,
        grpc.insecure_channel(f"127.0.0.1:{server.port}") as channel,
        stub(server) as prediction,
    ):
        open_call = channel.stream_unary(
            method, request_serializer=bytes, response_deserializer=bytes
        )
        calls = [open_call.future(nothing()) for _ in range(16)]
        time.sleep(0.3)
        assert prediction.Predict(request(4), timeout=30).outputs["y"].float_val[0] == 4
        over.set()
        for call in calls:
            call.cancel()
