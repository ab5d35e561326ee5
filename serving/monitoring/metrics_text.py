"""Prometheus' text format, with TF Serving's names as TF Serving writes them.

The client library renders; it cannot write a counter without `_total`, and TF
Serving's counters have none. See `prometheus_exporter.cc` in tensorflow/serving.
"""

import os

from prometheus_client import CollectorRegistry, generate_latest, multiprocess

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
_MULTIPROCESS = "PROMETHEUS_MULTIPROC_DIR"


def is_multiprocess():
    """bool, whether the numbers of several processes are put together."""
    return _MULTIPROCESS in os.environ


def families(registry):
    """What there is to tell, of all processes if they share a folder.

    Args:
        registry: `CollectorRegistry` of this process.

    Returns:
        list of `prometheus_client.Metric`; also those without a sample so far.
    """
    own = list(registry.collect())
    if not is_multiprocess():
        return own
    together = CollectorRegistry()
    multiprocess.MultiProcessCollector(together)
    found = {family.name: family for family in together.collect()}
    for family in own:
        family.samples = found[family.name].samples if family.name in found else []
    return own


def render(registry):
    """Writes all metrics.

    Args:
        registry: `CollectorRegistry` of this process.

    Returns:
        bytes.
    """
    return b"".join(map(_render, families(registry)))


def _render(family):
    text = generate_latest(_One(family))
    if not family.name.startswith(":"):
        return text
    lines = text.decode().splitlines(keepends=True)
    kept = [line for line in lines if not line.startswith("# HELP")]
    # A stock counter that ends in `_total` would be told of by two: there is one.
    if family.type == "counter" and not family.name.endswith("example_count"):
        name = f"{family.name}_total"
        kept = [line.replace(name, family.name, 1) for line in kept]
    return "".join(line for line in kept if not _is_created(line, family)).encode()


def _is_created(line, family):
    return line.removeprefix("# TYPE ").startswith(f"{family.name}_created")


class _One:
    """A collector of a single family."""

    def __init__(self, family):
        self._family = family

    def collect(self):
        """list of the family."""
        return [self._family]
