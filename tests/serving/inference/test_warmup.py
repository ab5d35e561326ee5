"""Warm-up records, as a server meets them at a load."""

import logging
import os
import shutil

import numpy as np
import pytest
import tensorflow as tf
from tensorflow_serving.apis import prediction_log_pb2

from serving.inference import warmup
from serving.inference.loader import Loader
from serving.inference.run_options import RunOptions
from serving.inference.servable import Servable
from serving.status import Code, ServingError


@pytest.fixture(scope="module")
def servable(models):
    servable = Servable.load(str(models / "half_plus_two" / "00000123"))
    yield servable
    servable.close()


def predict_log(value, signature="", alias="x"):
    log = prediction_log_pb2.PredictionLog()
    request = log.predict_log.request
    request.model_spec.name = "whatever it was called where it was written"
    request.model_spec.version.value = 7
    request.model_spec.signature_name = signature
    request.inputs[alias].CopyFrom(tf.make_tensor_proto(value))
    return log.SerializeToString()


GOOD = predict_log(np.ones((2, 1), np.float32))


def write(path, records):
    file = os.path.join(path, warmup.RECORDS_PATH)
    os.makedirs(os.path.dirname(file), exist_ok=True)
    with tf.io.TFRecordWriter(file) as writer:
        for record in records:
            writer.write(record)
    return file


def test_records_are_played_and_counted(servable, tmp_path, caplog):
    runs = []

    class Counting:
        signatures, strict = servable.signatures, False

        def run(self, *arguments, **options):
            runs.append(arguments)
            return servable.run(*arguments, **options)

    write(tmp_path, [GOOD, b"", predict_log(np.ones(3, np.float32), "serving_default")])
    with caplog.at_level(logging.INFO):
        assert warmup.play(Counting(), str(tmp_path), iterations=3) == 2
    assert len(runs) == 12  # each with and without a time limit
    assert "2 warm-up records played" in caplog.text


def test_none_and_empty_are_fine(servable, tmp_path, caplog):
    with caplog.at_level(logging.INFO):
        assert warmup.play(servable, str(tmp_path)) == 0
    assert "no warm-up records" in caplog.text
    write(tmp_path, [])
    assert warmup.play(servable, str(tmp_path)) == 0


def session_run_log():
    log = prediction_log_pb2.PredictionLog()
    log.session_run_log.SetInParent()
    return log.SerializeToString()


@pytest.mark.parametrize(
    ("records", "code"),
    [
        ([GOOD] * 1001, Code.INVALID_ARGUMENT),
        ([b"\xff\xff no message"], Code.INVALID_ARGUMENT),
        ([session_run_log()], Code.UNIMPLEMENTED),
        ([GOOD, predict_log(np.int32(1))], Code.INVALID_ARGUMENT),
        ([predict_log(np.float32(1), "nowhere")], Code.FAILED_PRECONDITION),
    ],
)
def test_faulty_records_fail_the_load(servable, tmp_path, records, code):
    write(tmp_path, records)
    with pytest.raises(ServingError) as caught:
        warmup.play(servable, str(tmp_path))
    assert caught.value.code is code


def test_a_file_that_is_no_tfrecord(servable, tmp_path):
    file = write(tmp_path, [GOOD])
    with open(file, "r+b") as opened:
        opened.write(b"not a length")
    with pytest.raises(ServingError, match="no whole TFRecord file") as caught:
        warmup.play(servable, str(tmp_path))
    assert caught.value.code is Code.DATA_LOSS


class Heard:
    def __init__(self):
        self.calls = []

    def warmed_up(self, path, status, records, seconds):
        self.calls.append((status, records))


def test_loader_plays_them_unless_told_not_to(models, tmp_path):
    path = str(tmp_path / "1")
    shutil.copytree(models / "half_plus_two" / "00000123", path)
    write(path, [predict_log(np.int32(1))])
    heard = Heard()
    with pytest.raises(ServingError):
        Loader(metrics=heard)(path)
    assert heard.calls == [("INVALID_ARGUMENT", 0)]
    Loader(RunOptions(), warmup_iterations=0)(path).close()
