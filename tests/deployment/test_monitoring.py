"""The dashboard and the alert rules against the metrics that a server tells."""

import json
import pathlib
import re

import numpy as np
import pytest
import yaml
from prometheus_client.parser import text_string_to_metric_families

from serving.monitoring.metrics import Metrics
from serving.status import Code
from serving.versions.version_policy import State

FOLDER = pathlib.Path(__file__).parents[2] / "deployment" / "monitoring"
DASHBOARD = json.loads((FOLDER / "grafana_dashboard.json").read_text("utf-8"))
RULES = yaml.safe_load((FOLDER / "novnorm_rules.yml").read_text("utf-8"))
SCRAPES = yaml.safe_load((FOLDER / "prometheus.yml").read_text("utf-8"))

# What Prometheus itself adds to each sample, and the one metric of its own.
SCRAPED = {"job", "instance"}
FUNCTIONS = {
    *("sum", "max", "by", "on", "ignoring", "group_left", "and", "or", "bool"),
    *("rate", "increase", "abs", "scalar", "vector", "histogram_quantile"),
}


def told():
    """dict of metric to its labels: each a set of values."""
    metrics = Metrics()
    for entrypoint, api in (("GRPC", "Predict"), ("REST", "predict")):
        record = metrics.begin(entrypoint, api, "m")
        record.version, record.signature, record.runtime = 1, "s", 0.001
        verdicts = {"is_novel": np.array([True]), "p_value": np.array([0.5])}
        metrics.verdicts(record, verdicts)
        for code in Code:
            metrics.end(record, code)
    for state in State:
        metrics.version_state("m", 1, state)
    found = {"up": {}}
    for family in text_string_to_metric_families(metrics.text().decode()):
        for sample in family.samples:
            labels = found.setdefault(sample.name, {})
            for name, value in sample.labels.items():
                labels.setdefault(name, set()).add(value)
    return found


TOLD = told()
ALERTS = [r for group in RULES["groups"] for r in group["rules"] if "alert" in r]
RECORDED = {
    rule["record"]: rule
    for group in RULES["groups"]
    for rule in group["rules"]
    if "record" in rule
}
QUERIES = [
    *(
        pytest.param(rule["expr"], id=rule.get("alert") or rule["record"])
        for group in RULES["groups"]
        for rule in group["rules"]
    ),
    *(
        pytest.param(target["expr"], id=f"{panel['title']} {target['refId']}")
        for panel in DASHBOARD["panels"]
        for target in panel["targets"]
    ),
]


def labels_of(name):
    """dict of label to its values, or None for any: of a metric or a recorded one."""
    if name in RECORDED:
        by = re.findall(r"by \(([^)]*)\)", RECORDED[name]["expr"])
        labels = {label.strip() for words in by for label in words.split(",")} - {""}
        buckets = TOLD["novnorm_p_value_bucket"]["le"]
        return {label: buckets if label == "le" else None for label in labels}
    assert name in TOLD, f"no server tells of {name}"
    return TOLD[name]


@pytest.mark.parametrize("query", QUERIES)
def test_query_uses_what_a_server_tells(query):
    assert_balanced(query)
    plain = re.sub(r'"[^"]*"', '""', query)
    names = set(
        re.findall(r"(?<![\w:$.\"])[a-zA-Z_:][\w:]*(?=\s*[{\[)<>=]|\s*$)", plain)
    )
    selectors = re.findall(r"([a-zA-Z_:][\w:]*)\{([^}]*)\}", query)
    groups = re.findall(r"(?:by|on|ignoring) \(([^)]*)\)", query)
    grouped = {label.strip() for words in groups for label in words.split(",")}
    metrics = {name for name, _ in selectors} | {n for n in names if ":" in n}
    metrics |= {n for n in names if n.startswith(("novnorm", "process", "up"))}
    assert metrics or query == "vector(0.01)"
    known = {label for name in metrics for label in labels_of(name)} | SCRAPED
    assert grouped <= known, f"no label of {metrics}: {grouped - known}"
    for name, matchers in selectors:
        assert_matchers(name, matchers)
    words = set(re.findall(r"(?<![\w:$.\"])[a-z_]+(?=\s*\()", plain))
    assert words <= FUNCTIONS, f"no function of PromQL: {words - FUNCTIONS}"


def assert_balanced(query):
    stack = []
    for character in re.sub(r'"[^"]*"', "", query):
        if character in "([{":
            stack.append(character)
        elif character in ")]}":
            assert stack and stack.pop() + character in ("()", "[]", "{}"), query
    assert not stack, query


def assert_matchers(name, matchers):
    labels = labels_of(name)
    for matcher in filter(None, re.split(r",(?=\w+[=!])", matchers)):
        parts = re.fullmatch(r'(\w+)(=~|!=|!~|=)"([^"]*)"', matcher)
        assert parts, f"{name}: no matcher: {matcher}"
        label, operator, value = parts.groups()
        assert label in labels or label in SCRAPED, f"{name} has no label {label}"
        if "$" in value or label in SCRAPED or labels[label] is None:
            continue
        for one in value.split("|") if "~" in operator else [value]:
            assert one in labels[label], f"{name}: {label} is never {one!r}"


def test_alerts_say_what_is_the_matter():
    names = [alert["alert"] for alert in ALERTS]
    assert len(set(names)) == len(names)
    wanted = {
        "NovnormNoveltyRateHigh",
        "NovnormPValuesNotUniform",
        "NovnormErrors",
        "NovnormNoVersionAvailable",
    }
    assert wanted <= set(names)
    for alert in ALERTS:
        assert set(alert) == {"alert", "expr", "for", "labels", "annotations"}
        assert re.fullmatch(r"\d+[smh]", alert["for"])
        assert alert["labels"]["severity"] in ("warning", "critical")
        assert alert["annotations"]["summary"]


def test_groups_hold_rules():
    assert set(RULES) == {"groups"}
    names = [group["name"] for group in RULES["groups"]]
    assert len(set(names)) == len(names)
    for group in RULES["groups"]:
        assert set(group) == {"name", "rules"}
        for rule in group["rules"]:
            assert ("alert" in rule) != ("record" in rule)


def test_scrape_finds_the_rules_and_the_server():
    for file in SCRAPES["rule_files"]:
        assert (FOLDER / file).exists()
    (scrape,) = SCRAPES["scrape_configs"]
    assert scrape["job_name"] == "novnorm"  # as in the alerts
    assert scrape["metrics_path"] == "/metrics"


def test_panels_lie_side_by_side():
    panels = DASHBOARD["panels"]
    assert len({panel["id"] for panel in panels}) == len(panels)
    taken = set()
    for panel in panels:
        place = panel["gridPos"]
        assert place["x"] + place["w"] <= 24
        cells = {
            (x, y)
            for x in range(place["x"], place["x"] + place["w"])
            for y in range(place["y"], place["y"] + place["h"])
        }
        assert not cells & taken, panel["title"]
        taken |= cells


def test_variables_are_declared():
    declared = {variable["name"] for variable in DASHBOARD["templating"]["list"]}
    text = json.dumps(DASHBOARD)
    used = set(re.findall(r"\$\{?([a-z_]+)", text)) - {"__rate_interval", "__all"}
    assert used == declared
    for panel in DASHBOARD["panels"]:
        assert panel["datasource"]["uid"] == "${datasource}"
        assert panel["title"]
    for variable in DASHBOARD["templating"]["list"]:
        query = variable["query"]
        if isinstance(query, dict):
            name, label = re.fullmatch(
                r"label_values\((\w+)(?:\{.*\})?, (\w+)\)", query["query"]
            ).groups()
            assert label in labels_of(name)


def test_every_verdict_metric_is_shown():
    queries = " ".join(
        target["expr"] for panel in DASHBOARD["panels"] for target in panel["targets"]
    )
    for name in TOLD:
        if name.startswith("novnorm") and name.endswith(
            ("_total", "_bucket", "_state")
        ):
            assert name in queries
