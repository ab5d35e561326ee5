"""What a server counts: TF Serving's metrics under its names, and our own.

Own metrics know model, version and signature, which TF Serving's do not, and the
verdicts: on normal traffic `novnorm_p_value` stays uniform, so its distribution is
an alarm for drift.
"""

import collections
import contextlib
import functools
import threading

import numpy as np
from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    ProcessCollector,
)

from serving.monitoring import metrics_text
from serving.monitoring.request_record import RequestRecord
from serving.status import Code
from serving.versions.version_policy import State

_STOCK = ":tensorflow:serving:"
_MICROSECONDS = [float(f"{10 * 1.8**i:.6g}") for i in range(33)]
_EXAMPLES = [float(2**i) for i in range(15)]
_SECONDS = (0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 30)
_P_VALUES = (0.001, 0.01, 0.05, *(i / 10 for i in range(1, 11)))
UNKNOWN_MODEL = "<unknown>"
# Models that are asked for and not there, and versions that have ended: clients
# and time make as many of these as they like.
_MOST_UNKNOWN = 1000
_MOST_ENDED = 100


class Metrics:
    """The counters of one server, and of all its processes if they share a folder
    (`PROMETHEUS_MULTIPROC_DIR`).

    Args:
        stock: bool, count requests for unknown models under the name they ask for,
            and show TF Serving's metrics alone.
    """

    def __init__(self, stock=False):
        self._stock = stock
        self._all = CollectorRegistry()
        self._lock = threading.Lock()
        self._unknown = set()
        self._ended = collections.deque()
        self._labelled = {}
        self._declare_stock()
        own = CollectorRegistry() if stock else self._all
        self._declare_own(own)
        if not stock:
            ProcessCollector(registry=self._all)

    def begin(self, entrypoint, api, model=""):
        """Begins to time a request.

        Args:
            entrypoint: str, `GRPC` or `REST`.
            api: str, as in `RequestRecord`.
            model: str, the name asked for.

        Returns:
            `RequestRecord`.
        """
        return RequestRecord(entrypoint, api, model)

    def end(self, record, code, is_known=True):
        """Counts an answered request.

        Args:
            record: `RequestRecord`.
            code: `Code`.
            is_known: bool, whether there is such a model.
        """
        seconds = record.elapsed()
        model = record.model if is_known else self._unknown_name(record.model)
        version = "" if record.version is None else record.version
        key = record.entrypoint, record.api, model, version, record.signature, code
        counters = self._labelled.get(key) or self._labels(key)
        stock_count, own_count, own_seconds, latency, runtime = counters
        if stock_count is not None:
            stock_count()
        if own_count is not None:
            own_count()
            own_seconds(seconds)
        if latency is not None:
            latency(seconds * 1e6)
            if record.runtime:
                runtime(record.runtime * 1e6)

    def verdicts(self, record, values):
        """Counts the verdicts of an answer, if it holds any.

        Args:
            record: `RequestRecord`, its version known.
            values: dict of str to array, outputs by alias.
        """
        novel, p_values = values.get("is_novel"), values.get("p_value")
        if novel is None and p_values is None:
            return
        labels = record.model, str(record.version)
        if novel is not None and novel.dtype == bool:
            self._predictions.labels(*labels).inc(novel.size)
            self._novel.labels(*labels).inc(int(np.count_nonzero(novel)))
        if p_values is not None and p_values.dtype.kind == "f":
            observe = self._p_values.labels(*labels).observe
            for value in p_values.ravel().tolist():
                if value == value:  # one NaN would spoil the sum for ever
                    observe(value)

    def examples(self, model, count):
        """Counts the Examples of a classify or regress request.

        Args:
            model: str.
            count: int.
        """
        self._example_counts.labels(model).observe(count)
        self._example_total.labels(model).inc(count)

    def warmed_up(self, path, status, records, seconds):
        """Notes a version's warm-up.

        Args:
            path: str, the version's folder.
            status: str, a code's name.
            records: int, how many were played.
            seconds: float.
        """
        self._warmup_latency.labels(path, status).observe(seconds * 1e6)
        self._warmup_records.labels(path, status).inc(records)

    def version_state(self, model, version, state):
        """Notes a version's state; given to `ServerCore.subscribe`.

        Args:
            model: str.
            version: int.
            state: `State`.
        """
        self._states.labels(model, str(version)).set(state.value)
        if state is State.END and not metrics_text.is_multiprocess():
            with self._lock:
                self._ended.append((model, version))
                oldest = None
                if len(self._ended) > _MOST_ENDED:
                    oldest = self._ended.popleft()
                forget = oldest is not None and oldest not in self._ended
            if forget:
                self._forget(*oldest)

    def values(self, names):
        """Values of metrics, each over all its labels.

        Args:
            names: sequence of str, also in the form
                `/tensorflow/serving/request_count`.

        Returns:
            dict of str to int; of a histogram the count, and 0 for an unknown name.
        """
        found = {}
        for family in metrics_text.families(self._all):
            name = family.name
            sums = (name, f"{name}_total", f"{name}_count")
            total = int(sum(s.value for s in family.samples if s.name in sums))
            found[name] = found[f"{name}_total"] = total
        return {name: found.get(name.replace("/", ":"), 0) for name in names}

    def text(self):
        """bytes, all of it in Prometheus' text format."""
        return metrics_text.render(self._all)

    def _declare_stock(self):
        counter = functools.partial(Counter, registry=self._all)
        histogram = functools.partial(
            Histogram, registry=self._all, buckets=_MICROSECONDS
        )
        self._count = counter(
            f"{_STOCK}request_count", "Requests.", ["model_name", "status"]
        )
        self._latency = histogram(
            f"{_STOCK}request_latency",
            "Microseconds of a request.",
            ["model_name", "API", "entrypoint"],
        )
        self._runtime = histogram(
            f"{_STOCK}runtime_latency",
            "Microseconds in the graph.",
            ["model_name", "API", "runtime"],
        )
        self._example_counts = Histogram(
            f"{_STOCK}request_example_counts",
            "Examples of a request.",
            ["model"],
            registry=self._all,
            buckets=_EXAMPLES,
        )
        self._example_total = counter(
            f"{_STOCK}request_example_count_total", "Examples.", ["model"]
        )
        self._warmup_latency = histogram(
            f"{_STOCK}model_warmup_latency",
            "Microseconds of a warm-up.",
            ["model_path", "status"],
        )
        self._warmup_records = counter(
            f"{_STOCK}model_warmup_records_read",
            "Warm-up records.",
            ["model_path", "status"],
        )

    def _declare_own(self, registry):
        of_version = ["model", "version"]
        counter = functools.partial(Counter, registry=registry)
        self._predictions = counter(
            "novnorm_predictions_total", "Examples with a verdict.", of_version
        )
        self._novel = counter(
            "novnorm_novel_total", "Examples found to be novel.", of_version
        )
        self._p_values = Histogram(
            "novnorm_p_value",
            "P-values of the answers; uniform on normal traffic.",
            of_version,
            registry=registry,
            buckets=_P_VALUES,
        )
        self._requests = counter(
            "novnorm_requests_total",
            "Requests by what became of them.",
            ["model", "version", "signature", "status"],
        )
        self._seconds = Histogram(
            "novnorm_request_seconds",
            "Seconds of a request.",
            ["model", "version", "signature"],
            registry=registry,
            buckets=_SECONDS,
        )
        self._states = Gauge(
            "novnorm_model_version_state",
            "10 start, 20 loading, 30 available, 40 unloading, 50 end.",
            of_version,
            registry=registry,
            multiprocess_mode="livemostrecent",
        )

    def _labels(self, key):
        """tuple of functions, kept: to look labels up takes longer than to count."""
        entrypoint, api, model, version, signature, code = key
        own = model, str(version), signature
        stock_count = own_count = own_seconds = latency = runtime = None
        if api is not None:
            stock_count = self._count.labels(model, code.name).inc
        if api != "":
            own_count = self._requests.labels(*own, code.name).inc
            own_seconds = self._seconds.labels(*own).observe
        if api and code is Code.OK:
            # Over both doors the runtime's API is written alike.
            runtime = self._runtime.labels(model, api.capitalize(), "TF1").observe
            latency = self._latency.labels(model, api, entrypoint).observe
        found = stock_count, own_count, own_seconds, latency, runtime
        with self._lock:
            self._labelled[key] = found
        return found

    def _unknown_name(self, model):
        if not self._stock:
            return UNKNOWN_MODEL
        with self._lock:
            if model not in self._unknown and len(self._unknown) >= _MOST_UNKNOWN:
                return UNKNOWN_MODEL
            self._unknown.add(model)
        return model

    def _forget(self, model, version):
        """Drops what a version that ended long ago has counted."""
        own = model, str(version)
        with self._lock:
            keys = [k for k in self._labelled if (k[2], str(k[3])) == own]
            for key in keys:
                del self._labelled[key]
        for family in (self._predictions, self._novel, self._p_values, self._states):
            _remove(family, own)
        for *_, signature, code in keys:
            _remove(self._requests, (*own, signature, code.name))
            _remove(self._seconds, (*own, signature))


def _remove(family, labels):
    with contextlib.suppress(KeyError):  # it may never have counted anything
        family.remove(*labels)
