"""What a server counts: TF Serving's metrics under its names, and our own.

Own metrics know model, version and signature, which TF Serving's do not, and the
verdicts: on normal traffic `novnorm_p_value` stays uniform, so its distribution is
an alarm for drift.
"""

import collections
import contextlib
import threading

import numpy as np
from prometheus_client import CollectorRegistry, ProcessCollector

from serving.monitoring import metrics_text
from serving.monitoring.metric_families import OwnFamilies, StockFamilies
from serving.monitoring.request_record import RequestRecord
from serving.status import Code
from serving.versions.version_policy import State

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
        self._tf_serving = StockFamilies(self._all)
        self._own = OwnFamilies(CollectorRegistry() if stock else self._all)
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
            self._own.predictions.labels(*labels).inc(novel.size)
            self._own.novel.labels(*labels).inc(int(np.count_nonzero(novel)))
        if p_values is not None and p_values.dtype.kind == "f":
            observe = self._own.p_values.labels(*labels).observe
            for value in p_values.ravel().tolist():
                if value == value:  # one NaN would spoil the sum for ever
                    observe(value)

    def examples(self, model, count):
        """Counts the Examples of a classify or regress request.

        Args:
            model: str.
            count: int.
        """
        self._tf_serving.example_counts.labels(model).observe(count)
        self._tf_serving.example_total.labels(model).inc(count)

    def warmed_up(self, path, status, records, seconds):
        """Notes a version's warm-up.

        Args:
            path: str, the version's folder.
            status: str, a code's name.
            records: int, how many were played.
            seconds: float.
        """
        self._tf_serving.warmup_latency.labels(path, status).observe(seconds * 1e6)
        self._tf_serving.warmup_records.labels(path, status).inc(records)

    def version_state(self, model, version, state):
        """Notes a version's state; given to `ServerCore.subscribe`.

        Args:
            model: str.
            version: int.
            state: `State`.
        """
        self._own.states.labels(model, str(version)).set(state.value)
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

    def _labels(self, key):
        """tuple of functions, kept: to look labels up takes longer than to count."""
        entrypoint, api, model, version, signature, code = key
        theirs, ours = self._tf_serving, self._own
        own = model, str(version), signature
        stock_count = own_count = own_seconds = latency = runtime = None
        if api is not None:
            stock_count = theirs.count.labels(model, code.name).inc
        if api != "":
            own_count = ours.requests.labels(*own, code.name).inc
            own_seconds = ours.seconds.labels(*own).observe
        if api and code is Code.OK:
            # Over both doors the runtime's API is written alike.
            runtime = theirs.runtime.labels(model, api.capitalize(), "TF1").observe
            latency = theirs.latency.labels(model, api, entrypoint).observe
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
        ours = self._own
        for family in (ours.predictions, ours.novel, ours.p_values, ours.states):
            _remove(family, own)
        for *_, signature, code in keys:
            _remove(ours.requests, (*own, signature, code.name))
            _remove(ours.seconds, (*own, signature))


def _remove(family, labels):
    with contextlib.suppress(KeyError):  # it may never have counted anything
        family.remove(*labels)
