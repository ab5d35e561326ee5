"""Versions that come, fail, go and come back; warm-up: cases 39 to 42."""

import os
import shutil
import threading

import grpc
import numpy as np
import pytest
import tensorflow as tf
from tensorflow_serving.apis import prediction_log_pb2

from tests.serving.conformance.cases import case
from tests.serving.conformance.server import refused
from tests.waiting import wait_until

X = {"x": np.array([2.0], np.float32)}
LOADING, AVAILABLE, END = 20, 30, 50
DATA_LOSS, INVALID_ARGUMENT, UNIMPLEMENTED, FAILED_PRECONDITION = 15, 3, 12, 9


class Life:
    """A server on a base path of its own, tried often and given up soon."""

    def __init__(self, start, folder, base):
        self.two = f"{folder}/half_plus_two/00000123"
        self.three = f"{folder}/half_plus_three/1"
        self.base = base
        self.highest = 1
        os.makedirs(base)
        self.add(self.two, 1)
        self.server = start(
            "--model_name=m",
            f"--model_base_path={base}",
            "--file_system_poll_wait_seconds=0.2",
            "--load_retry_interval_micros=500000",
            "--max_num_load_retries=2",
        )

    def fresh(self):
        """int, a number above all that were there: tests run in any order."""
        self.highest += 10
        return self.highest

    def add(self, source, version, change=None):
        """Publishes a version by rename, changed before it appears."""
        partial = f"{self.base}/.{version}.partial"
        shutil.copytree(source, partial)
        if change:
            change(partial)
        os.rename(partial, f"{self.base}/{version}")

    def remove(self, version):
        os.rename(f"{self.base}/{version}", f"{self.base}/.{version}.removed")
        shutil.rmtree(f"{self.base}/.{version}.removed")

    def answer(self):
        response = self.server.predict("m", X)
        return response.model_spec.version.value, response.outputs["y"].float_val[0]

    def state(self, version):
        found = {v: (state, code) for v, state, code in self.server.status("m")}
        return found.get(version, (0, 0))

    def wait_for(self, version, state):
        wait_until(lambda: self.state(version)[0] == state)


@pytest.fixture(scope="module")
def life(start, folder, tmp_path_factory):
    life = Life(start, folder, str(tmp_path_factory.mktemp("life") / "m"))
    with life.server:
        yield life


def cut_index(path):
    index = f"{path}/variables/variables.index"
    os.truncate(index, os.path.getsize(index) // 2)


@case(39)
def test_a_broken_version_replaces_nothing(life):
    before, number = life.answer(), life.fresh()
    life.add(life.three, number, cut_index)
    wait_until(lambda: life.state(number)[0] in (LOADING, END))
    assert life.answer() == before
    life.wait_for(number, END)
    assert life.state(number)[1] == DATA_LOSS
    assert life.answer() == before
    with refused("NOT_FOUND", f"Specific(m, {number})"):
        life.server.predict("m", X, version=number)
    life.remove(number)
    assert life.state(before[0]) == (AVAILABLE, 0)


@case(40)
def test_a_swap_loses_no_request(life):
    (old, y), new = life.answer(), life.fresh()
    source, other_y = (life.three, 4.0) if y == 3.0 else (life.two, 3.0)
    answers, errors, stop = [], [], threading.Event()

    def send():
        while not stop.is_set():
            try:
                answers.append(life.answer())
            except grpc.RpcError as error:
                errors.append(error)

    threads = [threading.Thread(target=send) for _ in range(4)]
    for thread in threads:
        thread.start()
    seen = set()

    def swapped():
        states = {v: state for v, state, _ in life.server.status("m")}
        seen.add((states.get(new, 0), states[old]))
        return states[old] == END

    try:
        wait_until(lambda: len(answers) > 20)
        life.add(source, new)
        wait_until(swapped)
        after = len(answers)
        wait_until(lambda: len(answers) > after + 20)
    finally:
        stop.set()
        for thread in threads:
            thread.join()
    assert not errors
    assert set(answers) == {(old, y), (new, other_y)}
    # The new one was available before the old one began to go.
    assert all(state == AVAILABLE for state, going in seen if going > AVAILABLE)


@case(41)
def test_back_to_a_smaller_number_and_forth(life):
    (old, y), new = life.answer(), life.fresh()
    life.add(life.two, new)
    life.wait_for(new, AVAILABLE)
    life.wait_for(old, END)
    life.remove(new)
    life.wait_for(old, AVAILABLE)
    assert life.answer() == (old, y)
    life.wait_for(new, END)
    life.add(life.two, new)
    life.wait_for(new, AVAILABLE)
    assert life.answer() == (new, 3.0)


@case(41)
def test_a_retry_that_succeeds(life):
    number = life.fresh()
    life.add(life.three, number, cut_index)
    life.wait_for(number, LOADING)
    index = "variables/variables.index"
    shutil.copy(f"{life.three}/{index}", f"{life.base}/{number}/{index}")
    life.wait_for(number, AVAILABLE)
    assert life.answer() == (number, 4.0)


@case(41)
def test_tries_end_when_a_version_is_no_longer_there(life):
    before, number = life.answer(), life.fresh()
    life.add(life.three, number, cut_index)
    life.wait_for(number, LOADING)
    life.remove(number)
    life.wait_for(number, END)
    assert life.answer() == before


def record(kind="predict_log", value=2.0, signature="", dtype="float32"):
    log = prediction_log_pb2.PredictionLog()
    request = getattr(log, kind)
    if kind != "session_run_log":
        request = request.request
    if kind == "predict_log":
        request.model_spec.signature_name = signature
        request.inputs["x"].CopyFrom(tf.make_tensor_proto(np.array([value], dtype)))
    elif kind == "session_run_log":
        request.SetInParent()
    else:
        example = request.input.example_list.examples.add()
        example.features.feature["x"].float_list.value.append(value)
        if kind == "multi_inference_log":
            task = request.tasks.add(method_name="tensorflow/serving/regress")
            task.model_spec.name = "m"
            task.model_spec.signature_name = "regress_x_to_y"
        else:
            method = "classify" if kind == "classify_log" else "regress"
            request.model_spec.signature_name = f"{method}_x_to_y"
    return log.SerializeToString()


def warm_up(records, raw=None):
    """Function that puts a warm-up file into a version's folder."""

    def change(path):
        os.makedirs(f"{path}/assets.extra")
        file = f"{path}/assets.extra/tf_serving_warmup_requests"
        if raw is not None:
            with open(file, "wb") as opened:
                opened.write(raw)
            return
        with tf.io.TFRecordWriter(file) as writer:
            for content in records:
                writer.write(content)

    return change


KINDS = ("predict_log", "classify_log", "regress_log", "multi_inference_log")


@case(42)
@pytest.mark.parametrize(
    "records", [[], [*(record(kind) for kind in KINDS), record(value=3.0)]]
)
def test_good_warm_up(life, records):
    number = life.fresh()
    life.add(life.two, number, warm_up(records))
    life.wait_for(number, AVAILABLE)
    assert life.answer() == (number, 3.0)


@case(42)
@pytest.mark.parametrize(
    ("records", "raw", "code"),
    [
        ([record()] * 1001, None, INVALID_ARGUMENT),
        (None, b"this is no TFRecord file at all", DATA_LOSS),
        ([b"\xff\xff\xff"], None, INVALID_ARGUMENT),
        ([record("session_run_log")], None, UNIMPLEMENTED),
        ([record(dtype="int32")], None, INVALID_ARGUMENT),
        ([record(signature="nothing")], None, FAILED_PRECONDITION),
    ],
)
def test_faulty_warm_up_fails_the_load(life, records, raw, code):
    before, number = life.answer(), life.fresh()
    life.add(life.two, number, warm_up(records, raw))
    life.wait_for(number, END)
    assert life.state(number)[1] == code
    assert life.answer() == before
    life.remove(number)
