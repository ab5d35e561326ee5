"""Classify, Regress and MultiInference, over both doors: cases 14, 20 and 31."""

import pytest

from tests.serving.conformance.cases import case
from tests.serving.conformance.server import refused

LINE = "half_plus_two"


@case(14)
def test_classify(server):
    response = server.classify(LINE, 2.0)
    (classes,) = response.result.classifications[0].classes
    assert (classes.label, classes.score) == ("", 3.0)
    assert response.model_spec.version.value == 123
    assert response.model_spec.signature_name == "classify_x_to_y"


@case(14)
def test_regress(server):
    response = server.regress(LINE, 2.0, 4.0)
    assert [r.value for r in response.result.regressions] == [3.0, 4.0]
    assert response.model_spec.version.value == 123


@case(14)
def test_multi_inference(server):
    response = server.multi_inference(
        [2.0],
        (LINE, "regress_x_to_y", "regress"),
        (LINE, "classify_x_to_y", "classify"),
    )
    regressed, classified = response.results
    assert regressed.regression_result.regressions[0].value == 3.0
    classes = classified.classification_result.classifications[0].classes
    assert classes[0].score == 3.0
    assert [r.model_spec.signature_name for r in response.results] == [
        "regress_x_to_y",
        "classify_x_to_y",
    ]
    assert {r.model_spec.version.value for r in response.results} == {123}


@case(14)
def test_refused(server):
    with refused("INVALID_ARGUMENT", "Input is empty"):
        server.classify(LINE)
    with refused("INVALID_ARGUMENT", "No signature was found with the name: nothing"):
        server.regress(LINE, 2.0, signature="nothing")
    for signature in ("serving_default", "classify_x_to_y"):
        with refused("INVALID_ARGUMENT"):
            server.regress(LINE, 2.0, signature=signature)
    with refused("NOT_FOUND", "Servable"):
        server.classify("nowhere", 2.0)
    task = (LINE, "regress_x_to_y", "regress")
    for tasks in ([], [task, task], [task, ("two_versions", *task[1:])]):
        with refused("INVALID_ARGUMENT"):
            server.multi_inference([2.0], *tasks)
    with refused("UNIMPLEMENTED"):
        server.multi_inference([2.0], (LINE, "regress_x_to_y", "predict"))


@case(20)
def test_rest(server):
    body = {"signature_name": "classify_x_to_y", "examples": [{"x": 2.0}]}
    status, answer = server.rest_predict(LINE, body, ":classify")
    assert (status, answer) == (200, {"results": [[["", 3.0]]]})
    body = {"signature_name": "regress_x_to_y", "examples": [{"x": 2.0}, {"x": [4.0]}]}
    status, answer = server.rest_predict(LINE, body, ":regress")
    assert (status, answer) == (200, {"results": [3.0, 4.0]})


@case(20)
def test_rest_context_goes_before_each_example(server):
    body = {
        "signature_name": "regress_x_to_y",
        "context": {"x": 2.0},
        "examples": [{}, {"x": 4.0}],
    }
    status, answer = server.rest_predict(LINE, body, ":regress")
    assert (status, answer) == (200, {"results": [3.0, 4.0]})


@case(31)
@pytest.mark.parametrize(
    "example",
    [
        {"x": None},
        {"x": [[2.0]]},
        {"x": [10, 10.0]},
        {"x": 2**64 - 1},
        {"x": {"a": 1}},
        2.0,
    ],
)
def test_rest_faulty_examples(server, example):
    body = {"signature_name": "classify_x_to_y", "examples": [example]}
    status, answer = server.rest_predict(LINE, body, ":classify")
    assert status == 400
    assert answer["error"]


@case(31)
@pytest.mark.parametrize(
    "body", [{}, {"examples": []}, {"examples": {}}, {"examples": [{}], "context": 1}]
)
def test_rest_faulty_bodies(server, body):
    body = {"signature_name": "classify_x_to_y", **body}
    assert server.rest_predict(LINE, body, ":classify")[0] == 400
