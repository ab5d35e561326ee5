"""The models of the suite: `python -m tests.serving.conformance.models DIR`.

Writes them, and a `models.config` that serves them, for a server that is started by
hand: `tensorflow_model_server --model_config_file=DIR/models.config ...`.
"""

import os
import sys

import tensorflow as tf

from tests.serving import exports

# name: version policy. All of them are served by one server.
POLICIES = {
    "half_plus_two": "latest { num_versions: 1 }",
    "two_versions": "specific { versions: 123 versions: 124 }",
    "version_zero": "latest { num_versions: 1 }",
    "counter": "latest { num_versions: 1 }",
    "detector": "latest { num_versions: 1 }",
    "a b:é?": "latest { num_versions: 1 }",
}


class _Line(exports.Line):
    """The stock `half_plus_two`: Examples for regress and classify."""

    @tf.function(input_signature=[tf.TensorSpec([None], tf.string, name="inputs")])
    def regress(self, inputs):
        return {"outputs": self._of_examples(inputs)}

    @tf.function(input_signature=[tf.TensorSpec([None], tf.string, name="inputs")])
    def classify(self, inputs):
        return {"scores": self._of_examples(inputs)}

    def _of_examples(self, inputs):
        features = {"x": tf.io.FixedLenFeature([1], tf.float32)}
        return self.slope * tf.io.parse_example(inputs, features)["x"] + self.offset


class _Counter(tf.Module):
    """Signatures without inputs, and one with."""

    def __init__(self):
        super().__init__()
        self.count = tf.Variable(0.0)

    @tf.function(input_signature=[])
    def get(self):
        return {"output": self.count.read_value()}

    @tf.function(input_signature=[])
    def incr(self):
        return {"output": self.count.assign_add(1.0, read_value=True)}

    @tf.function(input_signature=[])
    def reset(self):
        return {"output": self.count.assign(0.0, read_value=True)}

    @tf.function(input_signature=[tf.TensorSpec([], tf.float32, name="delta")])
    def incr_by(self, delta):
        return {"output": self.count.assign_add(delta, read_value=True)}


def line(path, offset):
    """Writes y = 0.5 x + offset with the signatures of `half_plus_two`."""
    model = _Line(offset)
    signatures = {
        "serving_default": model.line,
        "regress_x_to_y": model.regress,
        "classify_x_to_y": model.classify,
        "slow": model.slow,
    }
    exports.save(model, path, signatures)


def write(folder):
    """Writes all models and the config.

    Args:
        folder: str, absolute.

    Returns:
        str, path of the config.
    """
    line(f"{folder}/half_plus_two/00000123", 2.0)
    line(f"{folder}/half_plus_three/1", 3.0)
    for name, version in (
        ("two_versions", "123"),
        ("version_zero", "0"),
        ("a b:é?", "1"),
    ):
        os.makedirs(f"{folder}/{name}")
        exports.copy(f"{folder}/half_plus_two/00000123", f"{folder}/{name}/{version}")
    exports.copy(f"{folder}/half_plus_three/1", f"{folder}/two_versions/124")
    counter = _Counter()
    signatures = {n: getattr(counter, n) for n in ("get", "incr", "reset", "incr_by")}
    exports.save(counter, f"{folder}/counter/1", signatures)
    exports.detector(f"{folder}/detector/1")
    path = f"{folder}/models.config"
    with open(path, "w", encoding="utf-8") as file:
        file.write(config(folder, POLICIES))
    return path


def config(folder, policies, labels=()):
    """Text of a `ModelServerConfig`.

    Args:
        folder: str, which holds the base paths.
        policies: dict of str to str: model and its version policy.
        labels: iterable of (model, label, version).

    Returns:
        str.
    """
    entries = []
    for name, policy in policies.items():
        own = "".join(
            f' version_labels {{ key: "{label}" value: {version} }}'
            for model, label, version in labels
            if model == name
        )
        entries.append(
            f'  config {{ name: "{name}" base_path: "{folder}/{name}" '
            f'model_platform: "tensorflow" '
            f"model_version_policy {{ {policy} }}{own} }}"
        )
    return "model_config_list {\n" + "\n".join(entries) + "\n}\n"


if __name__ == "__main__":
    print(write(os.path.abspath(sys.argv[1])))
