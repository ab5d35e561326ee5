"""Classify, regress and both at once, on a servable without TensorFlow's runtime."""

import numpy as np
import pytest
import tensorflow as tf
from tensorflow_serving.apis import inference_pb2, input_pb2

from serving.inference import classify, examples, multi_inference, regress
from serving.status import Code, ServingError
from tests.serving.fake_core import EXAMPLES, FakeServable, signature

SERVABLE = FakeServable()


def example(**features):
    message = tf.train.Example()
    for name, value in features.items():
        message.features.feature[name].float_list.value.append(value)
    return message


def message(*values, context=None):
    found = input_pb2.Input()
    if context is None:
        found.example_list.examples.extend(example(x=v) for v in values)
    else:
        found.example_list_with_context.context.CopyFrom(context)
        found.example_list_with_context.examples.extend(values)
    return found


def refused(call, said, code=Code.INVALID_ARGUMENT):
    with pytest.raises(ServingError) as caught:
        call()
    assert caught.value.code is code
    assert said in caught.value.message


def test_context_goes_before_each_example():
    given = message(example(), example(x=4.0), context=example(x=2.0))
    _, result, count = examples.run(regress, SERVABLE, "regress", given)
    assert [r.value for r in result.regressions] == [3.0, 4.0]
    assert count == 2


def test_classify_with_labels_and_without():
    key, result, _ = examples.run(classify, SERVABLE, "classify", message(2.0, 4.0))
    rows = [[(c.label, c.score) for c in r.classes] for r in result.classifications]
    assert rows == [[("label", 3.0)], [("label", 4.0)]]
    assert key == "classify"
    _, result, _ = examples.run(classify, SERVABLE, "scores", message(2.0))
    (entry,) = result.classifications[0].classes
    assert (entry.label, entry.score) == ("", 3.0)


@pytest.mark.parametrize("method", [classify, regress])
def test_refused_signatures(method):
    def run(key, given):
        return lambda: examples.run(method, SERVABLE, key, given)

    other = "regress" if method is classify else "classify"
    refused(run("", message(2.0)), "Use predict")
    refused(run("none", message(2.0)), "No signature was found with the name: none")
    refused(run(other, message(2.0)), f"'{other}' takes inputs: string [?]")
    refused(run("scores" if method is classify else "regress", message()), "is empty")


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"scores": np.zeros(2, np.float32)}, "batch_size num_classes"),
        ({"scores": np.zeros([2, 1])}, "scores Tensor of DT_FLOAT. Got: float64"),
        ({"scores": np.zeros([3, 1], np.float32)}, "batch size of 2. Got: 3"),
        ({"classes": np.zeros([2, 1], np.float32)}, "classes Tensor of DT_STRING"),
        (
            {
                "scores": np.zeros([2, 1], np.float32),
                "classes": np.full([2, 2], b"", object),
            },
            "should match in dim_size(1)",
        ),
    ],
)
def test_outputs_that_are_no_classes(values, said):
    refused(lambda: classify.result(values, 2), said)


@pytest.mark.parametrize("shape", [(2, 2), (3,), (), (2, 1, 1)])
def test_outputs_of_a_shape_that_is_no_regression(shape):
    values = {"outputs": np.zeros(shape, np.float32)}
    refused(lambda: regress.result(values, 2), "[batch_size, 1]")


def test_output_of_a_dtype_that_is_no_regression():
    refused(lambda: regress.result({"outputs": np.zeros(2)}, 2), "DT_FLOAT")


class BothServable(FakeServable):
    """Runs signatures of different input tensors at once."""

    def __init__(self):
        super().__init__()
        for name in ("one", "other"):
            found = signature(EXAMPLES, {"outputs": ("float32", [-1])})
            found.inputs["inputs"].name = f"{name}_inputs:0"
            found.outputs["outputs"].name = f"{name}:0"
            self.signatures[name] = found

    def run(self, feeds, fetches, timeout=None):
        assert set(feeds) == {"one_inputs:0", "other_inputs:0"}
        self.timeouts.append(timeout)
        return {name: np.full(1, len(name), np.float32) for name in fetches}


def tasks(*given):
    request = inference_pb2.MultiInferenceRequest(input=message(2.0))
    for model, key, method in given:
        task = request.tasks.add(method_name=f"tensorflow/serving/{method}")
        task.model_spec.name = model
        task.model_spec.signature_name = key
    return request


def test_two_signatures_in_one_run():
    request = tasks(("m", "regress", "regress"), ("m", "classify", "classify"))
    servable = FakeServable()
    servable.run = lambda feeds, fetches, timeout: {
        "outputs:0": np.full([1, 1], 3, np.float32),
        "scores:0": np.full([1, 1], 4, np.float32),
        "classes:0": np.full([1, 1], b"c", object),
    }
    one, two = multi_inference.run(servable, 7, request).results
    assert one.regression_result.regressions[0].value == 3.0
    assert two.classification_result.classifications[0].classes[0].score == 4.0
    assert (one.model_spec.name, one.model_spec.version.value) == ("m", 7)
    assert two.model_spec.signature_name == "classify"


def test_each_signature_may_have_its_own_input_tensor():
    servable = BothServable()
    request = tasks(("m", "one", "regress"), ("m", "other", "regress"))
    response = multi_inference.run(servable, 1, request, timeout=3)
    values = [r.regression_result.regressions[0].value for r in response.results]
    assert values == [len("one:0"), len("other:0")]
    assert servable.timeouts == [3]


def test_refused_tasks():
    one = ("m", "regress", "regress")

    def run(*given):
        return lambda: multi_inference.run(SERVABLE, 1, tasks(*given))

    refused(run(one, one), "Duplicate evaluation of signature: regress")
    refused(run(one, ("n", "classify", "classify")), "the same model name")
    refused(run(("", "regress", "regress")), "empty model name")
    refused(run(("m", "none", "regress")), "No signature was found")
    said = "Unsupported signature method_name: tensorflow/serving/predict"
    refused(run(("m", "regress", "predict")), said, Code.UNIMPLEMENTED)
