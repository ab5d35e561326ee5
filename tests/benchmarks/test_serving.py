"""The load tests at small numbers."""

import concurrent.futures
import functools
import io
import json
import os
import random
import re
import time

import grpc
import numpy as np
import pytest
from PIL import Image
from tensorflow_serving.apis import predict_pb2

from benchmarks.serving import (
    __main__ as command,
)
from benchmarks.serving import (
    fuzz,
    in_process,
    kill,
    malformed,
    models,
    rates,
    requests,
    soak,
    swaps,
)
from benchmarks.serving.bare_session import BareSession
from benchmarks.serving.clients import Clients, Job
from benchmarks.serving.memory import resident_bytes
from benchmarks.serving.targets import Target

SMALL = (8, 8, 1)
export_small = functools.partial(models.export_detector, preset="digits")


@pytest.fixture(scope="module")
def line(tmp_path_factory):
    """Base path of y = 0.5 x + 2, version 1."""
    base = tmp_path_factory.mktemp("models") / requests.LINE
    base.mkdir()
    models.export_line(base / "1")
    return base


def met(targets):
    missed = [str(target) for target in targets if not target.met]
    assert missed == []
    return True


def test_target_says_whether_it_is_met():
    assert Target("rate", 0.7, 0.7, at_least=True).met
    assert not Target("rate", 0.69, 0.7, at_least=True).met
    assert not Target("growth", float("nan"), 5.0).met
    assert str(Target("growth", 5.1, 5.0)) == "MISSED  growth: 5.1 (aim <= 5)"


class Echo(grpc.GenericRpcHandler):
    """Sends back what it got; refuses `bad`."""

    def service(self, details):
        def answer(request, context):
            if request == b"bad":
                context.abort(grpc.StatusCode.INVALID_ARGUMENT, "bad")
            return request

        return grpc.unary_unary_rpc_method_handler(answer)


@pytest.fixture(scope="module")
def echo():
    server = grpc.server(concurrent.futures.ThreadPoolExecutor(4), [Echo()])
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    yield f"127.0.0.1:{port}"
    server.stop(0).wait()


def test_clients_count_time_and_check(echo):
    with Clients(2) as clients:
        job = Job(echo, "/any", [b"good", b"bad"], seconds=30.0, most=10)
        outcome = clients.run(job)
        assert len(outcome.latencies) == 10
        assert outcome.errors == {"INVALID_ARGUMENT: bad": 10}
        assert 0 < outcome.milliseconds(50) <= outcome.milliseconds(99)
        assert outcome.rate == pytest.approx(10 / outcome.seconds)

        begin = time.monotonic()
        endless = Job(echo, "/any", [b"good"], seconds=0.3, most=10**9)
        assert len(clients.run(endless).latencies) > 2
        assert time.monotonic() - begin < 20

        waiting = Job(echo, "/any", [b"x"], seconds=30.0, most=1, until_stop=True)
        clients.start(waiting)
        clients.stop.set()
        assert len(clients.wait(waiting).latencies) >= 2


def test_load_never_leaves_this_machine():
    job = Job("example.com:80", "/any", [b""], seconds=1.0, most=1)
    with (
        Clients(1) as clients,
        pytest.raises(ValueError, match="got example.com:80"),
    ):
        clients.run(job)


def test_bare_session_and_predict_in_process(line):
    request = requests.line([1.0, 2.0, 3.0])
    with BareSession(line / "1") as session:
        xs = np.array([[1.0], [2.0], [3.0]], np.float32)
        call = session.prepare("serving_default", {"x": xs})
        session.run(call)
        assert session.rate([call], threads=2, seconds=0.05) > 10
        times = in_process.predict_over_bare(line, request, session, call, 20)
        assert all(0 < milliseconds < 1000 for milliseconds in times)
        with pytest.raises(RuntimeError, match="expects to be float|to be float"):
            wrong = session.prepare("serving_default", {"x": xs.astype(np.int32)})
            session.run(wrong)
    with pytest.raises(RuntimeError, match="TensorFlow: "), BareSession(line / "7"):
        pass


def test_requests_are_what_the_server_takes():
    images = models.random_images(5)
    sent = [predict_pb2.PredictRequest.FromString(r) for r in requests.files(images, 2)]
    assert [len(request.inputs["image_bytes"].string_val) for request in sent] == [2, 2]
    first = Image.open(io.BytesIO(sent[0].inputs["image_bytes"].string_val[0]))
    np.testing.assert_array_equal(np.asarray(first), images[0, :, :, 0])
    (pixels,) = requests.pixels(images, 5)
    tensor = predict_pb2.PredictRequest.FromString(pixels).inputs["images"]
    assert tensor.tensor_content == images.tobytes()
    body = json.loads(requests.rest_files(images)[0])
    assert body["signature_name"] == "serving_bytes" and "b64" in body["instances"][0]


def test_faults_are_the_same_for_the_same_seed_and_of_all_kinds():
    image = models.random_images(1, SMALL)[0]
    made = [list(fuzz.faults(random.Random(s), image, 90)) for s in (1, 1, 2)]
    assert made[0] == made[1] != made[2]
    assert {fault.method is None for fault in made[0]} == {True, False}
    names = {fault.name.split()[0] for fault in made[0]}
    assert {"tensor", "names", "picture", "JSON", "bytes", "another"} <= names


def test_a_wrong_answer_is_noticed():
    answer = predict_pb2.PredictResponse()
    answer.model_spec.version.value = 3
    answer.outputs["y"].dtype = 1
    answer.outputs["y"].float_val.append(3.5)
    answer.outputs["y"].tensor_shape.dim.add(size=1)
    right = answer.SerializeToString()
    assert swaps.check_answer(requests.line([1.0]), right) is None
    answer.model_spec.version.value = 2
    wrong = swaps.check_answer(requests.line([1.0]), answer.SerializeToString())
    assert wrong == "version 2 answered [3.5] in the place of [2.5]"


def test_memory_of_a_process():
    assert 1e7 < resident_bytes(os.getpid()) < 1e11


@pytest.mark.slow
def test_nobody_notices_swaps():
    facts, targets = swaps.measure(
        total=200, clients=2, swaps=2, broken=(1,), broken_seconds=1.0
    )
    assert met(targets)
    assert facts["versions that answered"] == [3]


@pytest.mark.slow
def test_malformed_requests_harm_nobody():
    facts, targets = malformed.measure(270, 0, export_small, SMALL)
    # Memory says something at large numbers only.
    assert facts["forbidden"] == []
    assert met(target for target in targets if "memory" not in target.name)
    assert {"INVALID_ARGUMENT", "NOT_FOUND", "HTTP 400"} <= set(facts["answers"])


@pytest.mark.slow
def test_soak():
    facts, targets = soak.measure(2000, 4, export_small, SMALL)
    assert met(targets)


@pytest.mark.slow
def test_restarts_after_kills_serve_the_newest_whole_version():
    facts, targets = kill.measure(rounds=2)
    assert met(targets)
    assert facts["versions served after"] == [2, 3]


@pytest.mark.slow
def test_rates_and_floors(capsys):
    words = ["--seconds=0.2", "--requests=40", "--rounds=1", "--clients", "1", "8"]
    assert command.main([*words, "--json"]) in (0, 1)  # this small, ratios are chance
    document = json.loads(capsys.readouterr().out)
    rows = {(r["what"], r["form"], r["batch"], r["clients"]) for r in document["rows"]}
    for what in ("empty handler", "y = 0.5 x + 2"):
        assert {(what, "number", 1, 1), (what, "number", 1, 8)} <= rows
    for form in ("bytes", "pixels"):
        for batch in (1, 32):
            assert ("bare session", form, batch, 8) in rows
            assert ("detector", form, batch, 1) in rows
    assert ("detector, REST", "bytes", 1, 8) in rows
    assert all(row["rate"] > 0 for row in document["rows"])
    failed = [t for t in document["targets"] if t["name"] == "requests that failed"]
    assert failed[0]["met"]
    assert len(document["targets"]) == 8


def test_status_says_whether_an_aim_was_missed(monkeypatch, capsys):
    row = rates.Row("detector", "bytes", 32, 8, 100.0, 1.0, 2.0, {"UNAVAILABLE: x": 3})
    for value, status in ((0.8, 0), (0.6, 1)):
        target = Target("rate", value, 0.7, at_least=True)
        monkeypatch.setattr(rates, "measure", lambda *_, t=target, **__: ([row], [t]))
        assert command.main([]) == status
    printed = capsys.readouterr().out
    assert "3,200" in printed and "3 times: UNAVAILABLE: x" in printed
    assert "MISSED  rate: 0.6 (aim >= 0.7)" in printed


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        (["--requests=0"], "--requests must be above 0, got 0"),
        (["--clients", "1000"], r"from 1 to 64, got \[1000\]"),
        (["--swaps", "--soak"], "not allowed with"),
    ],
)
def test_options_out_of_bounds_are_refused(words, reason, capsys):
    with pytest.raises(SystemExit):
        command.main(words)
    assert re.search(reason, capsys.readouterr().err)
