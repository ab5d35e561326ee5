"""Dockerfile and Compose files."""

import pytest
import yaml

from tests.deployment.tools import END_SECONDS, FOLDER, check

DOCKERFILE = FOLDER / "novnorm_serve" / "Dockerfile"
GPU_WORKER = FOLDER / "gpu_worker" / "Dockerfile"
COMPOSE = [FOLDER / name / "compose.yaml" for name in ("tf_serving", "novnorm_serve")]


def services(path):
    return yaml.safe_load(path.read_text())["services"].values()


@pytest.mark.parametrize("path", [DOCKERFILE, GPU_WORKER], ids=lambda p: p.parent.name)
def test_dockerfile_has_nothing_that_the_linter_minds(path):
    assert check("hadolint", path) == ""


@pytest.mark.parametrize("path", [DOCKERFILE, GPU_WORKER], ids=lambda p: p.parent.name)
def test_the_image_holds_what_the_package_needs(path):
    words = path.read_text()
    allowed = path.with_name("Dockerfile.dockerignore").read_text().split()
    code = ("keras_novnorm", "novnorm_pictures", "pipeline", "serving")
    for name in (*code, "setup.py", "pyproject.toml"):
        assert f"{name}" in words
        assert f"!{name}" in allowed
        assert (FOLDER.parent / name).exists()


def test_the_server_is_no_root_and_tells_ready_from_alive():
    words = DOCKERFILE.read_text()
    assert "\nUSER 10001\n" in words and "/readyz" in words


def test_the_gpu_worker_starts_as_beam_expects():
    words = GPU_WORKER.read_text()
    assert 'ENTRYPOINT ["/opt/apache/beam/boot"]' in words
    # Of one version: the launcher, and what it launches.
    assert words.count("${BEAM}") == 2


@pytest.mark.parametrize("path", COMPOSE, ids=lambda path: path.parent.name)
def test_compose_file_follows_the_specification(path):
    check("check-jsonschema", "--builtin-schema", "vendor.compose-spec", path)


@pytest.mark.parametrize("path", COMPOSE, ids=lambda path: path.parent.name)
def test_containers_are_closed_to_all_but_this_machine(path):
    for service in services(path):
        assert all(port.startswith("127.0.0.1:") for port in service["ports"])
        assert service["read_only"] and service["cap_drop"] == ["ALL"]
        binds = [v for v in service["volumes"] if v["target"].startswith("/models")]
        assert binds and all(volume["read_only"] for volume in binds)


def test_drain_fits_into_the_time_before_the_kill():
    (service,) = services(COMPOSE[1])
    (drain,) = [c for c in service["command"] if c.startswith("--drain_seconds=")]
    grace = service["stop_grace_period"].removesuffix("s")
    assert float(drain.partition("=")[2]) + END_SECONDS < float(grace)
