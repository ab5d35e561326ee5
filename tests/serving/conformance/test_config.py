"""Configuration, reloads and version folders: cases 32 to 38."""

import os
import subprocess
import time

import numpy as np
import pytest
from google.protobuf import text_format
from tensorflow_serving.config import model_server_config_pb2

from tests.serving import exports
from tests.serving.conformance.cases import case
from tests.serving.conformance.models import config
from tests.serving.conformance.server import refused
from tests.waiting import PATIENCE, wait_until

LATEST = "latest { num_versions: 1 }"
X = {"x": np.array([2.0], np.float32)}
LOADING, AVAILABLE, END = 20, 30, 50
FAST = "--file_system_poll_wait_seconds=1"


def parsed(text):
    return text_format.Parse(text, model_server_config_pb2.ModelServerConfig())


def answered(server, model, **choice):
    response = server.predict(model, X, **choice)
    return response.model_spec.version.value, response.outputs["y"].float_val[0]


def states(server, model):
    return {version: state for version, state, _ in server.status(model)}


@pytest.fixture(scope="module")
def reloaded(start, folder, tmp_path_factory):
    """A server whose configuration each test replaces."""
    file = tmp_path_factory.mktemp("config") / "models.config"
    file.write_text(config(folder, {"half_plus_two": LATEST}))
    with start(f"--model_config_file={file}", FAST) as server:
        yield server


@pytest.mark.slow
@case(32)
@case(33)
def test_config_file_is_read_again(start, folder, tmp_path):
    file = tmp_path / "models.config"
    file.write_text(
        config(folder, {"half_plus_two": LATEST, "half_plus_three": LATEST})
    )
    with start(
        f"--model_config_file={file}", "--model_config_file_poll_wait_seconds=1", FAST
    ) as server:
        assert answered(server, "half_plus_two") == (123, 3.0)
        assert answered(server, "half_plus_three") == (1, 4.0)
        file.write_text("no config {")  # logged; what is served stays
        time.sleep(1.5)
        assert answered(server, "half_plus_two") == (123, 3.0)
        file.write_text("")
        time.sleep(1.5)
        assert answered(server, "half_plus_two") == (123, 3.0)
        file.write_text(config(folder, {"half_plus_three": LATEST, "counter": LATEST}))
        wait_until(lambda: _is_served(server, "counter"))
        with refused("NOT_FOUND", "Servable"):
            answered(server, "half_plus_two")
        assert answered(server, "half_plus_three") == (1, 4.0)


def _is_served(server, model):
    try:
        return AVAILABLE in states(server, model).values()
    except Exception:
        return False


@case(33)
@pytest.mark.slow
def test_config_file_is_read_once_by_default(start, folder, tmp_path):
    file = tmp_path / "models.config"
    file.write_text(config(folder, {"half_plus_two": LATEST}))
    with start(f"--model_config_file={file}") as server:
        file.write_text(config(folder, {"half_plus_three": LATEST}))
        time.sleep(2.5)
        assert answered(server, "half_plus_two") == (123, 3.0)
        assert not _is_served(server, "half_plus_three")


@pytest.mark.slow
@case(32)
def test_config_file_that_cannot_be_parsed(start, tmp_path):
    file = tmp_path / "models.config"
    file.write_text("this is no config {")
    server = start(f"--model_config_file={file}", wait=False)
    assert server.process.wait(PATIENCE) != 0
    server.close()
    gist = "Error parsing text-format tensorflow.serving.ModelServerConfig"
    assert gist in server.output()


def entry(name, path, more='model_platform: "tensorflow"'):
    return f'config {{ name: "{name}" base_path: "{path}" {more} }}'


@pytest.mark.slow
@case(34)
def test_configs_that_are_refused(reloaded, folder):
    path = f"{folder}/half_plus_two"
    both = 'model_platform: "tensorflow" model_type: TENSORFLOW'
    for entries in (
        [entry("m", path), entry("m", path)],
        [entry("m", path, 'model_platform: "unheard_of"')],
        [entry("m", path, "")],
        [entry("m", path, both)],
        [entry("m", "relative/path")],
    ):
        text = f"model_config_list {{ {' '.join(entries)} }}"
        with refused("INVALID_ARGUMENT"):
            reloaded.reload(parsed(text))


@case(35)
def test_reloads(reloaded, folder):
    both = parsed(config(folder, {"half_plus_two": LATEST, "half_plus_three": LATEST}))
    assert reloaded.reload(both).status.error_code == 0
    # It returns only when the new model answers.
    assert answered(reloaded, "half_plus_three") == (1, 4.0)
    assert reloaded.reload(both).status.error_code == 0
    assert answered(reloaded, "half_plus_two") == (123, 3.0)
    for custom in (
        parsed("custom_model_config { }"),
        model_server_config_pb2.ModelServerConfig(),
    ):
        with refused("INVALID_ARGUMENT", "Only ModelConfigList is currently supported"):
            reloaded.reload(custom)

    moved = entry("half_plus_two", f"{folder}/two_versions")
    reloaded.reload(parsed(f"model_config_list {{ {moved} }}"))
    wait_until(
        lambda: states(reloaded, "half_plus_two") == {124: AVAILABLE, 123: END}, 20
    )
    assert answered(reloaded, "half_plus_two") == (124, 4.0)

    reloaded.reload(parsed("model_config_list { }"))
    wait_until(lambda: END in states(reloaded, "half_plus_two").values())
    with refused("NOT_FOUND", "Servable"):
        answered(reloaded, "half_plus_two")
    reloaded.reload(both)
    assert answered(reloaded, "half_plus_two") == (123, 3.0)


@case(36)
def test_labels_on_unavailable_versions(reloaded, folder):
    def label(version):
        return parsed(
            config(
                folder,
                {"half_plus_two": LATEST},
                [("half_plus_two", "stable", version)],
            )
        )

    reloaded.reload(parsed(config(folder, {"half_plus_two": LATEST})))
    with refused("FAILED_PRECONDITION", "not currently available for inference"):
        reloaded.reload(label(7))
    reloaded.reload(label(123))
    assert answered(reloaded, "half_plus_two", label="stable") == (123, 3.0)


@case(36)
@pytest.mark.slow
def test_labels_with_the_flag(start, folder, tmp_path):
    def text(version):
        labels = [("half_plus_two", "new", version)]
        return config(folder, {"half_plus_two": LATEST}, labels)

    file = tmp_path / "models.config"
    file.write_text(text(123))
    with start(
        f"--model_config_file={file}",
        "--allow_version_labels_for_unavailable_models",
        FAST,
    ) as server:
        assert answered(server, "half_plus_two", label="new") == (123, 3.0)
        with refused("FAILED_PRECONDITION", "not currently available for inference"):
            server.reload(parsed(text(7)))


@pytest.fixture(scope="module")
def versions(folder, tmp_path_factory):
    """Base path with the versions 1, 2, 3, 5, 8, 13 in several spellings."""
    base = tmp_path_factory.mktemp("versions") / "m"
    base.mkdir()
    source = f"{folder}/half_plus_two/00000123"
    for name in ("1", "02", "3", "5", "8", "13", "1.tmp", "v9", ".21"):
        os.symlink(source, base / name)
    return base


@case(37)
@case(38)
def test_which_folders_are_versions(reloaded, versions, folder):
    def serve(policy):
        entry = config(versions.parent, {"m": policy})
        reloaded.reload(parsed(entry))

    def ready():
        return {v for v, s in states(reloaded, "m").items() if s == AVAILABLE}

    serve("latest { num_versions: 2 }")
    wait_until(lambda: ready() == {8, 13}, 30)
    serve("specific { versions: 2 versions: 5 }")
    wait_until(lambda: ready() == {2, 5}, 30)
    assert answered(reloaded, "m", version=2) == (2, 3.0)
    serve("all { }")
    wait_until(lambda: ready() == {1, 2, 3, 5, 8, 13}, 60)
    with refused("NOT_FOUND"):
        reloaded.status("m", version=21)


@case(37)
def test_timestamps_are_versions(reloaded, folder, tmp_path):
    (tmp_path / "stamped").mkdir()
    source = f"{folder}/half_plus_two/00000123"
    os.symlink(source, tmp_path / "stamped" / "20261125103059")
    reloaded.reload(parsed(config(tmp_path, {"stamped": LATEST})))
    assert answered(reloaded, "stamped") == (20261125103059, 3.0)


@case(38)
@pytest.mark.slow
def test_folder_that_appears_later(start, folder, tmp_path):
    base = tmp_path / "m"
    source = f"{folder}/half_plus_two/00000123"
    base.mkdir()
    server = start("--model_name=m", f"--model_base_path={base}", FAST, wait=False)
    with server:
        time.sleep(1.5)
        assert server.process.poll() is None
        exports.copy(source, str(base / "1"))
        server.wait()
        assert answered(server, "m") == (1, 3.0)


@case(38)
@pytest.mark.slow
def test_polling_off(start, folder, tmp_path):
    base = tmp_path / "m"
    base.mkdir()
    exports.copy(f"{folder}/half_plus_two/00000123", str(base / "1"))
    with start(
        "--model_name=m",
        f"--model_base_path={base}",
        "--file_system_poll_wait_seconds=0",
    ) as server:
        exports.copy(f"{folder}/half_plus_two/00000123", str(base / "2"))
        time.sleep(1.5)
        assert states(server, "m") == {1: AVAILABLE}


@pytest.mark.slow
def test_the_suite_s_own_command_is_one_that_a_script_could_name():
    from tests.serving.conformance.server import OWN_COMMAND

    shown = subprocess.run(
        [*OWN_COMMAND.split(), "--version"], capture_output=True, text=True, check=True
    )
    first, second = shown.stdout.splitlines()
    assert first.startswith("TensorFlow ModelServer: ")
    assert second.startswith("TensorFlow Library: ")
