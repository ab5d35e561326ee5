"""The flags in all files are flags that the servers have, and their config parses."""

import re
import shlex

import pytest
import yaml
from google.protobuf import text_format
from tensorflow_serving.config import model_server_config_pb2

from serving.configuration import flags, monitoring_config
from tests.deployment.tools import FOLDER


def words_of_compose(path):
    for service in yaml.safe_load(path.read_text())["services"].values():
        yield from service["command"]


def words_of_manifest(path):
    for document in yaml.safe_load_all(path.read_text()):
        if document["kind"] == "Deployment":
            for container in document["spec"]["template"]["spec"]["containers"]:
                yield from container["args"]


def words_of_unit(path):
    words = path.read_text().replace("\\\n", " ")
    (start,) = re.findall(r"^ExecStart=(.*)$", words, re.MULTILINE)
    start = start.replace("${PORT}", "8500").replace("${REST_API_PORT}", "8501")
    return [word for word in shlex.split(start)[1:] if word != "$EXTRA_FLAGS"]


def words_of_image(path):
    for line in re.findall(
        r"^(?:ENTRYPOINT|CMD) (.*)$", path.read_text(), re.MULTILINE
    ):
        yield from (w for w in yaml.safe_load(line) if w.startswith("--"))


READERS = {
    "tf_serving/compose.yaml": words_of_compose,
    "novnorm_serve/compose.yaml": words_of_compose,
    "kubernetes/tf_serving.yaml": words_of_manifest,
    "systemd/novnorm-serve.service": words_of_unit,
    "novnorm_serve/Dockerfile": words_of_image,
}


@pytest.mark.parametrize("name", READERS)
def test_all_flags_are_known(name):
    words = list(READERS[name](FOLDER / name))
    if not any(word.startswith("--model_config_file=") for word in words):
        words.append("--model_base_path=/models/any")
    _, unknown = flags.parse(words)
    assert len(words) >= 3 and unknown == []


def test_stock_files_name_no_flag_of_ours():
    own = {"--drain_seconds", "--workers", "--ui", "--host", "--strict"}
    for name in ("tf_serving/compose.yaml", "kubernetes/tf_serving.yaml"):
        words = {word.partition("=")[0] for word in READERS[name](FOLDER / name)}
        assert not words & own


def model_configs():
    yield (FOLDER / "tf_serving" / "models.config").read_text()
    manifest = (FOLDER / "kubernetes" / "tf_serving.yaml").read_text()
    for document in yaml.safe_load_all(manifest):
        if document["kind"] == "ConfigMap":
            yield document["data"]["models.config"]


def test_model_configs_parse_and_name_the_model_of_the_probes():
    for words in model_configs():
        config = model_server_config_pb2.ModelServerConfig()
        text_format.Parse(words, config)
        (model,) = config.model_config_list.config
        assert (model.name, model.base_path) == ("mnist8", "/models/mnist8")
    manifest = (FOLDER / "kubernetes" / "tf_serving.yaml").read_text()
    assert f"path: /v1/models/{model.name}," in manifest


def test_monitoring_config_gives_the_path_that_is_scraped():
    path = str(FOLDER / "tf_serving" / "monitoring.config")
    found = monitoring_config.metrics_path(path, stock=True)
    manifest = (FOLDER / "kubernetes" / "tf_serving.yaml").read_text()
    assert f"prometheus.io/path: {found}\n" in manifest
