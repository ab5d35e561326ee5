"""What a schema allows, and what it does not."""

import json

import pytest

from pipeline.pipeline_error import UsageError
from pipeline.schema.check_schema import check_schema
from pipeline.schema.infer_schema import infer_schema

SPLIT = {
    "count": 100,
    "modes": {"PNG L": 100},
    "height": {"min": 20, "max": 30, "mean": 25},
    "width": {"min": 28, "max": 28, "mean": 28},
    "classes": {"good": {}},
}
STATISTICS = {
    "listed": 210,
    "rejected": 10,
    "splits": {
        "train": SPLIT,
        "calibration": SPLIT,
        "test": {**SPLIT, "classes": {"bad": {}, "good": {}}},
    },
}


def changed(split="train", **changes):
    statistics = json.loads(json.dumps(STATISTICS))
    statistics["splits"][split].update(changes)
    return statistics


def test_data_satisfies_the_schema_inferred_from_it():
    schema = json.loads(json.dumps(infer_schema(STATISTICS)))
    assert check_schema(STATISTICS, schema) == []
    assert schema["height"] == [10, 60] and schema["width"] == [28, 28]
    assert schema["classes"] == ["bad", "good"]
    assert schema["min_count"] == {"train": 50, "calibration": 50, "test": 50}
    assert schema["max_rejected_share"] == pytest.approx(2 * 10 / 210 + 0.01, abs=1e-4)


@pytest.mark.parametrize(
    "statistics, kind, found",
    [
        (changed(count=49), "number of pictures", "49"),
        (changed(modes={"PNG L": 90, "JPEG RGB": 10}), "kinds of", "10 JPEG RGB"),
        (changed(height={"min": 9, "max": 30}), "height", "9 to 30"),
        (changed(width={"min": 28, "max": 29}), "width", "28 to 29"),
        (changed(classes={"godo": {}}), "classes", "besides: godo"),
        (changed("test", classes={"good": {}}), "classes", "nothing of: bad"),
        ({**STATISTICS, "rejected": 60}, "pictures set aside", "60 of 210"),
    ],
)
def test_each_expectation_can_fail(statistics, kind, found):
    (anomaly,) = check_schema(statistics, infer_schema(STATISTICS))
    assert anomaly.kind.startswith(kind) and found in anomaly.found
    assert anomaly.expected in str(anomaly) and anomaly.advice in str(anomaly)


def test_what_is_left_out_is_not_expected():
    broken = changed(count=1, modes={"GIF P": 1}, classes={"new": {}})
    assert check_schema(broken, {"width": [28, 28], "height": None}) == []


@pytest.mark.parametrize(
    "schema, message",
    [
        ({"sizes": [1, 2]}, "unknown fields sizes; there are modes"),
        ({"version": 2}, "version 1; received 2"),
        ({"modes": "PNG L"}, "`modes` .* a list of names.*received 'PNG L'"),
        ({"height": [1, 2, 3]}, r"`height` .* received \[1, 2, 3\]"),
        ({"min_count": 5}, "`min_count` .* received 5"),
        ({"max_rejected_share": "1%"}, "received '1%'"),
    ],
)
def test_a_schema_of_another_form_is_refused(schema, message):
    with pytest.raises(UsageError, match=message):
        check_schema(STATISTICS, schema)
