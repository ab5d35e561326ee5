"""The manifests: against Kubernetes' schemas, and against each other."""

import pytest
import yaml

from tests.deployment.tools import FOLDER, check

MANIFEST = FOLDER / "kubernetes" / "tf_serving.yaml"


@pytest.fixture
def objects():
    """By kind and name."""
    documents = yaml.safe_load_all(MANIFEST.read_text())
    return {(one["kind"], one["metadata"]["name"]): one for one in documents}


@pytest.fixture
def deployment(objects):
    return objects["Deployment", "tf-serving"]["spec"]


@pytest.fixture
def container(deployment):
    (container,) = deployment["template"]["spec"]["containers"]
    return container


def test_manifests_follow_the_schemas():
    printed = check("kubernetes-validate", "--strict", MANIFEST)
    assert printed.count(" passed for resource ") == 6


def test_selectors_meet_the_pods(objects, deployment):
    labels = deployment["template"]["metadata"]["labels"]
    selectors = [deployment["selector"]["matchLabels"]]
    for kind, name in objects:
        spec = objects[kind, name].get("spec", {})
        if kind == "Service":
            selectors.append(spec["selector"])
        elif kind == "PodDisruptionBudget":
            selectors.append(spec["selector"]["matchLabels"])
    assert len(selectors) == 4
    assert all(selector == labels for selector in selectors)


def test_services_meet_the_ports(objects, container):
    ports = {port["name"]: port["containerPort"] for port in container["ports"]}
    for kind, name in objects:
        if kind == "Service":
            for port in objects[kind, name]["spec"]["ports"]:
                assert ports[port["targetPort"]] == port["port"]
    arguments = dict(word[2:].split("=", 1) for word in container["args"])
    assert ports == {
        "grpc": int(arguments["port"]),
        "rest": int(arguments["rest_api_port"]),
    }
    # A virtual address would keep a gRPC client on one pod.
    assert objects["Service", "tf-serving-grpc"]["spec"]["clusterIP"] == "None"


def test_probes_limits_and_rights(deployment, container):
    for probe in ("startupProbe", "readinessProbe", "livenessProbe"):
        assert probe in container
    # Readiness asks the health service, which is off unless it is asked for.
    assert "--enable_grpc_healthcheck_service=true" in container["args"]
    assert {"cpu", "memory"} == set(container["resources"]["limits"])
    rights = container["securityContext"]
    assert rights["readOnlyRootFilesystem"] and not rights["allowPrivilegeEscalation"]
    assert deployment["template"]["spec"]["securityContext"]["runAsNonRoot"]
    (sleep, seconds) = container["lifecycle"]["preStop"]["exec"]["command"]
    grace = deployment["template"]["spec"]["terminationGracePeriodSeconds"]
    assert sleep == "sleep" and int(seconds) < grace


def test_mounted_files_are_in_the_config_map(objects, container):
    files = objects["ConfigMap", "tf-serving"]["data"]
    paths = [word.partition("=")[2] for word in container["args"] if "_file=" in word]
    assert sorted(paths) == [f"/etc/tf_serving/{name}" for name in sorted(files)]


def test_the_autoscaler_s_metric_is_made_by_the_adapter(objects):
    scaler = objects["HorizontalPodAutoscaler", "tf-serving"]["spec"]
    assert scaler["scaleTargetRef"]["name"] == "tf-serving"
    wanted = {
        metric["pods"]["metric"]["name"]
        for metric in scaler["metrics"]
        if metric["type"] == "Pods"
    }
    adapter = yaml.safe_load((MANIFEST.parent / "prometheus_adapter.yaml").read_text())
    made = {rule["name"]["as"] for rule in adapter["rules"]["custom"]}
    assert wanted == made != set()
    assert {"Pods", "Resource"} == {metric["type"] for metric in scaler["metrics"]}
