"""Metrics as Prometheus reads them, from the numbers to the text."""

import os
import subprocess
import sys
import timeit

import numpy as np
import pytest
from prometheus_client.parser import text_string_to_metric_families

from serving.monitoring.metrics import UNKNOWN_MODEL, Metrics
from serving.status import Code
from serving.versions.version_policy import State


def samples(metrics):
    """dict of (name, labels) to value, as Prometheus' own parser reads them."""
    text = metrics.text().decode()
    return {
        (sample.name, tuple(sorted(sample.labels.items()))): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def value(metrics, name, **labels):
    labels = tuple(sorted(labels.items()))
    found = samples(metrics)
    # The parser adds what it misses: a counter's `_total`.
    return found.get((name, labels), found.get((f"{name}_total", labels)))


def answered(metrics, code=Code.OK, known=True, **fields):
    record = metrics.begin("GRPC", "Predict", fields.pop("model", "m"))
    for name, field in fields.items():
        setattr(record, name, field)
    metrics.end(record, code, known)
    return record


def test_stock_names_have_their_leading_colon_and_no_total():
    metrics = Metrics()
    answered(metrics, version=1, signature="serving_default", runtime=0.001)
    answered(metrics, Code.INVALID_ARGUMENT, version=1)
    text = metrics.text().decode()
    lines = text.splitlines()
    assert "# TYPE :tensorflow:serving:request_count counter" in lines
    assert ':tensorflow:serving:request_count{model_name="m",status="OK"} 1.0' in lines
    one = ':tensorflow:serving:request_count{model_name="m",status="INVALID_ARGUMENT"}'
    assert f"{one} 1.0" in lines
    assert "# HELP :" not in text
    assert "request_count_total" not in text
    assert ":request_count_created" not in text


def test_types_are_there_before_the_first_sample():
    lines = Metrics(stock=True).text().decode().splitlines()
    assert sorted(lines) == [
        "# TYPE :tensorflow:serving:model_warmup_latency histogram",
        "# TYPE :tensorflow:serving:model_warmup_records_read counter",
        "# TYPE :tensorflow:serving:request_count counter",
        "# TYPE :tensorflow:serving:request_example_count_total counter",
        "# TYPE :tensorflow:serving:request_example_counts histogram",
        "# TYPE :tensorflow:serving:request_latency histogram",
        "# TYPE :tensorflow:serving:runtime_latency histogram",
    ]


def test_latencies_are_microseconds_of_successes():
    metrics = Metrics(stock=True)
    record = answered(metrics, version=1, runtime=0.002)
    answered(metrics, Code.INTERNAL, version=1)
    labels = {"model_name": "m", "API": "Predict"}
    name = ":tensorflow:serving:request_latency"
    assert value(metrics, f"{name}_count", entrypoint="GRPC", **labels) == 1
    total = value(metrics, f"{name}_sum", entrypoint="GRPC", **labels)
    assert 0 < total <= record.elapsed() * 1e6
    name = ":tensorflow:serving:runtime_latency"
    assert value(metrics, f"{name}_sum", runtime="TF1", **labels) == 2000
    buckets = [s for s in samples(metrics) if s[0] == f"{name}_bucket"]
    assert len(buckets) == 34
    bounds = sorted(float(dict(labels)["le"]) for _, labels in buckets)
    assert bounds[:4] == [10, 18, 32.4, 58.32]


def test_runtime_is_named_alike_for_both_doors():
    metrics = Metrics()
    record = metrics.begin("REST", "predict", "m")
    record.version, record.runtime = 1, 0.001
    metrics.end(record, Code.OK)
    count = ":tensorflow:serving:{}_count".format
    labels = {"model_name": "m", "API": "Predict", "runtime": "TF1"}
    assert value(metrics, count("runtime_latency"), **labels) == 1
    labels = {"model_name": "m", "API": "predict", "entrypoint": "REST"}
    assert value(metrics, count("request_latency"), **labels) == 1


def test_examples_and_warm_up():
    metrics = Metrics()
    metrics.examples("m", 3)
    metrics.examples("m", 4)
    metrics.warmed_up('/a"b', "OK", 5, 0.5)
    stock = ":tensorflow:serving:{}".format
    assert value(metrics, stock("request_example_count_total"), model="m") == 7
    assert value(metrics, stock("request_example_counts_count"), model="m") == 2
    labels = {"model_path": '/a"b', "status": "OK"}
    assert value(metrics, stock("model_warmup_latency_sum"), **labels) == 5e5
    assert value(metrics, stock("model_warmup_records_read"), **labels) == 5


def test_verdicts_and_p_values():
    metrics = Metrics()
    record = metrics.begin("GRPC", "Predict", "m")
    record.version = 3
    novel = np.array([True, False, False])
    p_values = np.array([0.005, 0.5, np.nan], np.float32)
    metrics.verdicts(record, {"is_novel": novel, "p_value": p_values})
    metrics.verdicts(record, {"score": np.zeros(9)})
    of = {"model": "m", "version": "3"}
    assert value(metrics, "novnorm_predictions_total", **of) == 3
    assert value(metrics, "novnorm_novel_total", **of) == 1
    assert value(metrics, "novnorm_p_value_bucket", le="0.01", **of) == 1
    assert value(metrics, "novnorm_p_value_bucket", le="0.5", **of) == 2
    assert value(metrics, "novnorm_p_value_count", **of) == 2
    assert value(metrics, "novnorm_p_value_sum", **of) == pytest.approx(0.505)


def test_outputs_that_only_bear_the_name_are_left_alone():
    metrics = Metrics()
    record = metrics.begin("GRPC", "Predict", "m")
    record.version = 1
    words = np.array([b"yes"], object)
    metrics.verdicts(record, {"is_novel": words, "p_value": words})
    assert b"novnorm_predictions_total{" not in metrics.text()


def test_names_of_unknown_models_do_not_pile_up():
    metrics = Metrics()
    for index in range(50):
        answered(metrics, Code.NOT_FOUND, known=False, model=f"guess{index}")
    name = ":tensorflow:serving:request_count"
    labels = {"model_name": UNKNOWN_MODEL, "status": "NOT_FOUND"}
    assert value(metrics, name, **labels) == 50
    assert b"guess" not in metrics.text()


def test_stock_counts_unknown_models_by_name_within_bounds():
    metrics = Metrics(stock=True)
    for index in range(1100):
        answered(metrics, Code.NOT_FOUND, known=False, model=f"guess{index}")
    name = ":tensorflow:serving:request_count"
    labels = {"status": "NOT_FOUND"}
    assert value(metrics, name, model_name="guess999", **labels) == 1
    assert value(metrics, name, model_name=UNKNOWN_MODEL, **labels) == 100
    assert b"novnorm" not in metrics.text()


def test_states_of_versions():
    metrics = Metrics()
    metrics.version_state("m", 1, State.LOADING)
    metrics.version_state("m", 1, State.AVAILABLE)
    name = "novnorm_model_version_state"
    assert value(metrics, name, model="m", version="1") == 30


def test_versions_that_ended_long_ago_are_forgotten():
    metrics = Metrics()
    for version in range(150):
        answered(metrics, version=version, signature="s")
        record = metrics.begin("GRPC", "Predict", "m")
        record.version = version
        metrics.verdicts(record, {"is_novel": np.array([True])})
        metrics.version_state("m", version, State.END)
    text = metrics.text().decode()
    for version, there in ((0, False), (49, False), (50, True), (149, True)):
        assert (f'version="{version}"' in text) is there
    answered(metrics, version=0, signature="s")  # counts again, from nothing
    labels = {"model": "m", "version": "0", "signature": "s", "status": "OK"}
    assert value(metrics, "novnorm_requests_total", **labels) == 1


def test_values_by_either_name():
    metrics = Metrics()
    answered(metrics, version=1)
    answered(metrics, Code.INTERNAL, version=1)
    metrics.examples("m", 5)
    expected = {
        "/tensorflow/serving/request_count": 2,
        ":tensorflow:serving:request_count": 2,
        "/tensorflow/serving/request_latency": 1,
        "/tensorflow/serving/request_example_count_total": 5,
        "novnorm_requests_total": 2,
        "/no/such/metric": 0,
    }
    assert metrics.values(expected) == expected


SHARED = """
import sys
from serving.monitoring.metrics import Metrics
from serving.status import Code
from serving.versions.version_policy import State
metrics = Metrics()
record = metrics.begin("GRPC", "Predict", "m")
record.version = 1
metrics.end(record, Code.OK)
metrics.version_state("m", 1, State.END)
sys.stdout.write(metrics.text().decode())
"""


def test_several_processes_are_told_of_together(tmp_path):
    environment = os.environ | {"PROMETHEUS_MULTIPROC_DIR": str(tmp_path)}
    for count in (1, 2):
        command = [sys.executable, "-W", "error", "-c", SHARED]
        text = subprocess.run(
            command, env=environment, check=True, capture_output=True, text=True
        ).stdout
        line = ':tensorflow:serving:request_count{model_name="m",status="OK"}'
        assert f"{line} {count}.0" in text.splitlines()
        assert "# TYPE :tensorflow:serving:runtime_latency histogram" in text
        assert 'novnorm_model_version_state{model="m",version="1"} 50.0' in text


def test_a_request_is_counted_within_microseconds():
    metrics = Metrics()
    answered(metrics, version=1, signature="s", runtime=0.001)

    def once():
        record = metrics.begin("GRPC", "Predict", "m")
        record.version, record.signature, record.runtime = 1, "s", 0.001
        metrics.end(record, Code.OK)

    seconds = min(timeit.repeat(once, number=500, repeat=5)) / 500
    assert seconds < 2e-4  # 10 to 20 microseconds on an idle core
