"""The metrics by name: TF Serving's, with its labels and buckets, and our own."""

import functools

from prometheus_client import Counter, Gauge, Histogram

_STOCK = ":tensorflow:serving:"
_MICROSECONDS = [float(f"{10 * 1.8**i:.6g}") for i in range(33)]
_EXAMPLES = [float(2**i) for i in range(15)]
_SECONDS = (0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 30)
_P_VALUES = (0.001, 0.01, 0.05, *(i / 10 for i in range(1, 11)))


class StockFamilies:
    """TF Serving's metrics, each as an attribute.

    Args:
        registry: `CollectorRegistry` that they are added to.
    """

    def __init__(self, registry):
        counter = functools.partial(Counter, registry=registry)
        histogram = functools.partial(
            Histogram, registry=registry, buckets=_MICROSECONDS
        )
        self.count = counter(
            f"{_STOCK}request_count", "Requests.", ["model_name", "status"]
        )
        self.latency = histogram(
            f"{_STOCK}request_latency",
            "Microseconds of a request.",
            ["model_name", "API", "entrypoint"],
        )
        self.runtime = histogram(
            f"{_STOCK}runtime_latency",
            "Microseconds in the graph.",
            ["model_name", "API", "runtime"],
        )
        self.example_counts = Histogram(
            f"{_STOCK}request_example_counts",
            "Examples of a request.",
            ["model"],
            registry=registry,
            buckets=_EXAMPLES,
        )
        self.example_total = counter(
            f"{_STOCK}request_example_count_total", "Examples.", ["model"]
        )
        self.warmup_latency = histogram(
            f"{_STOCK}model_warmup_latency",
            "Microseconds of a warm-up.",
            ["model_path", "status"],
        )
        self.warmup_records = counter(
            f"{_STOCK}model_warmup_records_read",
            "Warm-up records.",
            ["model_path", "status"],
        )


class OwnFamilies:
    """The metrics that TF Serving does not have, each as an attribute.

    Args:
        registry: `CollectorRegistry` that they are added to.
    """

    def __init__(self, registry):
        of_version = ["model", "version"]
        counter = functools.partial(Counter, registry=registry)
        self.predictions = counter(
            "novnorm_predictions_total", "Examples with a verdict.", of_version
        )
        self.novel = counter(
            "novnorm_novel_total", "Examples found to be novel.", of_version
        )
        self.p_values = Histogram(
            "novnorm_p_value",
            "P-values of the answers; uniform on normal traffic.",
            of_version,
            registry=registry,
            buckets=_P_VALUES,
        )
        self.requests = counter(
            "novnorm_requests_total",
            "Requests by what became of them.",
            ["model", "version", "signature", "status"],
        )
        self.seconds = Histogram(
            "novnorm_request_seconds",
            "Seconds of a request.",
            ["model", "version", "signature"],
            registry=registry,
            buckets=_SECONDS,
        )
        self.states = Gauge(
            "novnorm_model_version_state",
            "10 start, 20 loading, 30 available, 40 unloading, 50 end.",
            of_version,
            registry=registry,
            multiprocess_mode="livemostrecent",
        )
