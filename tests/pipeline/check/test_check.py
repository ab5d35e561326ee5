"""A real server is started, gives the detector's scores, and is gone afterwards."""

import dataclasses
import os
import pathlib
import signal
import subprocess
import sys
import time

import keras
import pytest

from keras_novnorm.calibration.margin import MARGIN
from pipeline.component import Context
from pipeline.components.calibrate.component import CalibrateOutputs
from pipeline.components.check import executor
from pipeline.components.check.component import CheckOutputs, CheckParameters
from pipeline.components.export.component import ExportOutputs
from pipeline.pipeline_error import PipelineError
from pipeline.storage import StoragePath
from serving import local_server
from serving.local_server import LocalServer
from tests.waiting import PATIENCE


def servers():
    """Numbers of the processes that serve a candidate."""
    found = set()
    for place in pathlib.Path("/proc").glob("[0-9]*/cmdline"):
        try:
            words = place.read_bytes().split(b"\0")
        except OSError:
            continue
        if b"candidate" in words and b"serving.main" in words:
            found.add(int(place.parent.name))
    return found


@pytest.fixture
def check(check_inputs, tmp_path):
    """Runs the check; `mine` holds the servers that it started."""

    def run(inputs=check_inputs, **parameters):
        outputs = CheckOutputs(StoragePath(tmp_path / "checked"))
        executor.execute(inputs, outputs, CheckParameters(**parameters), Context("c"))
        return outputs

    return run


@pytest.fixture
def started(monkeypatch):
    """Numbers of the server processes that were started."""
    numbers = []
    enter = LocalServer.__enter__

    def remember(self):
        server = enter(self)
        numbers.append(self.pid)
        return server

    monkeypatch.setattr(LocalServer, "__enter__", remember)
    return numbers


def is_gone(number):
    return not os.path.exists(f"/proc/{number}") or number not in servers()


@pytest.mark.slow
def test_an_export_that_serves_passes_and_leaves_no_server(check, started):
    outputs = check(pictures=30, single_requests=40)
    found = outputs.read_check()
    assert found["pictures"] == 30 and found["single_requests"] == 40
    assert found["requests_by_batch_size"] == {"1": 30, "8": 4, "32": 1}
    assert found["warmup_requests"] == 8
    assert set(found["signatures"]) >= {"serving_default", "serving_bytes"}
    assert 0 <= found["largest_difference"] <= found["tolerance"] == MARGIN
    assert 0 < found["latency_median_ms"] <= found["latency_p99_ms"]
    assert found["peak_memory_mb"] > 50 and found["startup_seconds"] > 0
    assert "stopped" in outputs.server_log.read_text()
    assert len(started) == 1 and is_gone(started[0])


@pytest.mark.slow
def test_another_detector_is_told_by_what_differs(
    check, check_inputs, tmp_path, started
):
    detector = keras.saving.load_model(str(check_inputs.calibration.detector))
    detector.calibration.threshold.assign(detector.calibration.threshold * 1.001)
    other = CalibrateOutputs(StoragePath(tmp_path / "other"))
    other.directory.make_folder()
    detector.save(str(other.detector))
    inputs = dataclasses.replace(check_inputs, calibration=other)
    with pytest.raises(
        PipelineError, match="threshold of .*: the server says .* it ag"
    ):
        check(inputs, pictures=4, single_requests=1)
    assert is_gone(started[0])
    assert "stopped" in (tmp_path / "checked" / "server.log").read_text()


@pytest.mark.slow
def test_an_interrupted_check_leaves_no_server(check, started, monkeypatch):
    def interrupt(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(executor, "_try", interrupt)
    with pytest.raises(KeyboardInterrupt):
        check(pictures=2)
    assert is_gone(started[0])


@pytest.mark.slow
def test_what_cannot_be_served_is_told_with_the_log(check, check_inputs, tmp_path):
    broken = ExportOutputs(StoragePath(tmp_path / "broken"), "b")
    (broken.saved_model / "saved_model.pb").write_bytes(b"no model")
    inputs = dataclasses.replace(check_inputs, export=broken)
    with pytest.raises(PipelineError, match="server cannot load the export: .*model"):
        check(inputs, pictures=2)
    log = (tmp_path / "checked" / "server.log").read_text()
    assert "saved_model" in log


@pytest.mark.slow
def test_a_server_that_does_not_start_is_told_with_its_log(check, monkeypatch):
    monkeypatch.setattr(local_server, "_MODULE", "serving.no_such_module")
    with pytest.raises(
        PipelineError, match="(?s)ended with status 1. Its log .*no_such"
    ):
        check(pictures=2)


KILLED = """
import sys, time
from serving.local_server import LocalServer
with LocalServer("candidate", sys.argv[1]) as server:
    print(server.pid, flush=True)
    time.sleep(600)
"""


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="the system ends it on Linux only")
def test_a_killed_pipeline_leaves_no_server(check_inputs, tmp_path):
    (tmp_path / "1").symlink_to(str(check_inputs.export.saved_model))
    command = [sys.executable, "-c", KILLED, str(tmp_path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as parent:
        number = int(parent.stdout.readline())
        assert number in servers()
        parent.send_signal(signal.SIGKILL)
    deadline = time.monotonic() + PATIENCE
    while not is_gone(number):
        assert time.monotonic() < deadline
        time.sleep(0.1)
