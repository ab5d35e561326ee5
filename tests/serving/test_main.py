"""The process through its life: nothing to serve, versions, faults, the end."""

import logging
import os
import shutil
import socket
import threading

import grpc
import numpy as np
import pytest

from serving import main
from serving.configuration import flag_types, flags
from serving.status import ServingError
from tests.serving import exports
from tests.serving.server_process import ServerProcess
from tests.waiting import wait_until

X = {"x": np.array([2.0], np.float32)}
AVAILABLE, END = 30, 50


@pytest.fixture(scope="module")
def templates(models, tmp_path_factory):
    """y = 0.5 x + 2 and y = 0.5 x + 3, to be copied from."""
    plus_three = tmp_path_factory.mktemp("templates") / "three"
    exports.half_plus(str(plus_three), 3.0)
    return {2: str(models / "half_plus_two" / "00000123"), 3: str(plus_three)}


@pytest.fixture(scope="module")
def living(tmp_path_factory, processes):
    """A server started on a base path that is not there yet."""
    folder = tmp_path_factory.mktemp("living")
    server = ServerProcess(
        "m", folder / "m", str(folder), "--file_system_poll_wait_seconds=0.05"
    )
    with server:
        yield server, folder / "m"


class Load:
    """Client threads that send one request after another, until told to stop."""

    def __init__(self, server, threads=4):
        self.answers, self.errors = [], []
        self._server = server
        self._stop = threading.Event()
        self._threads = [threading.Thread(target=self._send) for _ in range(threads)]

    def __enter__(self):
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_):
        self._stop.set()
        for thread in self._threads:
            thread.join()

    def _send(self):
        while not self._stop.is_set():
            try:
                response = self._server.predict(X)
            except grpc.RpcError as error:
                self.errors.append(error)
                continue
            version = response.model_spec.version.value
            self.answers.append((version, response.outputs["y"].float_val[0]))


def test_life(living, templates):
    server, base = living
    server.wait()

    # Nothing to serve: said once, the ports answer, and it goes on waiting.
    assert server.rest("GET", "/readyz")[0] == 503
    assert server.rest("GET", "/healthz")[0] == 200
    with pytest.raises(grpc.RpcError) as caught:
        server.predict(X)
    assert caught.value.code() is grpc.StatusCode.NOT_FOUND
    assert "Servable" in caught.value.details()
    assert server.log().count("does not exist") == 1
    line = server.out()
    assert line == (
        f"novnorm-serve: gRPC on {server.target}, "
        f"REST on 127.0.0.1:{server.rest_port}, model m\n"
    )

    # The first version appears.
    base.mkdir()
    exports.copy(templates[2], str(base / "1"))
    wait_until(lambda: server.rest("GET", "/readyz")[0] == 200)
    assert server.status() == [(1, AVAILABLE, 0)]

    # A swap under load: no request fails, each is answered by its own version.
    with Load(server) as load:
        wait_until(lambda: len(load.answers) > 50)
        exports.copy(templates[3], str(base / "2"))
        wait_until(lambda: server.status() == [(2, AVAILABLE, 0), (1, END, 0)])
        after = len(load.answers)
        wait_until(lambda: len(load.answers) > after + 50)
    assert not load.errors
    assert set(load.answers) == {(1, 3.0), (2, 4.0)}

    # Version 3 arrives by and by: only its graph, then, later, its variables.
    with Load(server, threads=1) as load:
        (base / "3").mkdir()
        shutil.copy(f"{templates[2]}/saved_model.pb", base / "3" / "saved_model.pb")
        wait_until(lambda: "version 3 failed to load (NOT_FOUND)" in server.log())
        assert server.status()[0][:2] == (3, 20)
        assert server.predict(X).model_spec.version.value == 2
        shutil.copytree(f"{templates[2]}/variables", base / "3" / "variables")
        wait_until(lambda: server.status()[0] == (3, AVAILABLE, 0))
    assert not load.errors
    assert set(load.answers) <= {(2, 4.0), (3, 3.0)}
    assert server.predict(X).model_spec.version.value == 3

    assert server.stop() == 0
    assert "Traceback" not in server.log()


def serve(*arguments):
    """Starts a server in this process, and stops it as soon as it answers."""
    parsed, _ = flags.parse([f"--port={flags.FREE_PORT}", *arguments])
    stop = threading.Event()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(main, "_announce", lambda *_: stop.set())
        return main._serve(parsed, stop)


@pytest.mark.parametrize("flag", ["--port", "--rest_api_port"])
def test_taken_port(tmp_path, flag):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(
            OSError, match=f"127.0.0.1:{port} cannot be opened"
        ) as error:
            serve(f"--model_base_path={tmp_path}", f"{flag}={port}")
    assert f"another port with {flag}" in str(error.value)


def test_broken_newest_at_start_is_passed_over(tmp_path, templates, caplog):
    shutil.copytree(templates[2], tmp_path / "1")
    (tmp_path / "2").mkdir()
    with caplog.at_level(logging.INFO):
        assert serve(f"--model_base_path={tmp_path}", "--model_name=m") == 0
    assert "version 2 failed to load (NOT_FOUND)" in caplog.text
    assert "version 1 serves, because newer ones failed to load: [2]" in caplog.text


def test_what_cannot_start_says_so(tmp_path, caplog, capsys, monkeypatch):
    monkeypatch.setattr(main, "_STOP_SIGNALS", ())
    file = tmp_path / "models.txt"
    file.write_text("model_config_list {")
    words = [f"--model_config_file={file}", "--port=-1"]
    assert main.main(words) == 1
    assert "Error parsing text-format tensorflow.serving.ModelServerC" in caplog.text
    assert main.main([*words, "--stock_behavior", "--host=127.0.0.1"]) == 255
    out = capsys.readouterr().out
    assert out.startswith("Failed to start server. Error: Error parsing text-format")


def test_flags_in_both_forms():
    parsed, unknown = flags.parse(
        ["--model_base_path=/m", "--port", "1", "--rest_api_port=2", "--enable_x=true"]
        + ["--enable_batching", "--ui=false"]
    )
    assert (parsed.model_base_path, parsed.port, parsed.rest_api_port) == ("/m", 1, 2)
    assert (parsed.host, parsed.model_name) == ("127.0.0.1", "default")
    assert parsed.tensorflow_intra_op_parallelism == 1
    assert unknown == ["--enable_x=true"]
    assert (parsed.enable_batching, parsed.ui) == (True, False)


def test_base_path_as_a_url(tmp_path, templates, caplog):
    shutil.copytree(templates[2], tmp_path / "1")
    with caplog.at_level(logging.INFO):
        assert serve(f"--model_base_path=file://{tmp_path}", "--model_name=m") == 0
    assert "model m: version 1 loaded" in caplog.text
    with pytest.raises(ServingError, match="'s3://b/m' is not on a file .* mount the"):
        serve("--model_base_path=s3://b/m")


def test_defaults_of_stock_behavior():
    ours, _ = flags.parse(["--model_base_path=m"])
    stock, _ = flags.parse(["--model_base_path=m", "--stock_behavior"])
    assert (ours.host, stock.host) == ("127.0.0.1", "0.0.0.0")
    assert ours.model_base_path == os.path.abspath("m")
    assert stock.model_base_path == "m"
    assert ours.load_retry_interval_micros is None
    assert stock.load_retry_interval_micros == 60_000_000
    assert (ours.enable_grpc_healthcheck_service, stock.reload_seconds) == (True, None)
    assert not stock.enable_grpc_healthcheck_service
    assert stock.tensorflow_intra_op_parallelism == 0


def test_flags_without_effect_say_so(caplog):
    parsed, unknown = flags.parse(
        ["--model_base_path=m", "--prefer_tflite_model", "--flush_filesystem_caches=1"]
    )
    main._warn(parsed, unknown)
    assert "--prefer_tflite_model has no effect here: SavedModels alone" in caplog.text
    assert "--flush_filesystem_caches has no effect here" in caplog.text


@pytest.mark.parametrize(
    ("words", "warned"),
    [
        (["--host=0.0.0.0"], "listening on 0.0.0.0: whoever reaches this address"),
        (
            ["--host=0.0.0.0", "--ssl_config_file=f", "--rest_api_port=1"]
            + ["--rest_api_ssl=false"],
            "listening on 0.0.0.0, REST: whoever",
        ),
        (["--host=0.0.0.0", "--ssl_config_file=f", "--rest_api_port=1"], ""),
        ([], ""),
    ],
)
def test_open_addresses_are_warned_of(words, warned, caplog):
    parsed, unknown = flags.parse(["--model_base_path=m", *words])
    main._warn(parsed, unknown)
    assert warned in caplog.text
    assert bool(caplog.text) is bool(warned)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ([], "--model_base_path is needed"),
        (["--model_base_path=m", "--port=0"], "nothing to listen on"),
        (["--model_base_path=m", "--port=5", "--rest_api_port=5"], "are both 5"),
        (["--model_base_path=m", "--port=70000"], "got '70000'"),
        (["--model_base_path=m", "--grpc_max_threads=0"], "got '0'"),
        (["--model_base_path=m", "--end_seconds=-1"], "from 0 on, got '-1'"),
        (["--model_base_path=m", "--end_seconds=nan"], "from 0 on, got 'nan'"),
        (["--model_base_path=m", "--enable_batching=maybe"], "got 'maybe'"),
        (["--model_base_path=m", "--grpc_channel_arguments=a"], "got 'a'"),
        (["--model_base_path=m", "--use_alts_credentials"], "ALTS is not supported"),
        (["--model_base_path=m", "--rest_api_ssl"], "needs --ssl_config_file"),
        (
            ["--model_base_path=m", "--batching_parameters_file=b"],
            "needs --enable_batching",
        ),
        (
            ["--model_base_path=m", "--tensorflow_session_parallelism=2"]
            + ["--tensorflow_intra_op_parallelism=2"]
            + ["--tensorflow_inter_op_parallelism=2"],
            "cannot be set beside both",
        ),
    ],
)
def test_wrong_flags(arguments, said, capsys):
    with pytest.raises(SystemExit) as caught:
        flags.parse(arguments)
    assert caught.value.code == 2
    assert said in capsys.readouterr().err


@pytest.mark.parametrize(
    ("host", "loopback"),
    [
        ("127.0.0.1", True),
        ("::1", True),
        ("localhost", True),
        ("0.0.0.0", False),
        ("10.0.0.7", False),
    ],
)
def test_other_addresses_are_warned_of(host, loopback):
    assert flag_types.is_loopback(host) is loopback
