"""Models that come, change and go, with servables that only pretend to load."""

import concurrent.futures
import threading

import pytest
from google.protobuf import text_format
from tensorflow_serving.config import model_server_config_pb2

from serving.configuration import model_config
from serving.configuration.model_config import ModelConfig
from serving.server_core import ServerCore
from serving.status import Code, ServingError
from serving.versions.served_model import ServedModel, Watching
from serving.versions.version_policy import All, Latest, Specific, State
from tests.waiting import PATIENCE, wait_until


class Fake:
    def __init__(self, path):
        self.path = path

    def close(self):
        pass


def load(path):
    if path.endswith("666"):
        raise ServingError(Code.DATA_LOSS, "broken on purpose")
    return Fake(path)


@pytest.fixture
def make_core():
    cores = []

    def make(**options):
        watching = Watching(poll_seconds=0.02, max_retries=1, retry_seconds=0.05)

        def make_model(config, on_change):
            return ServedModel(
                *(config.name, config.base_path, load, config.policy),
                watching=watching,
                on_change=on_change,
            )

        cores.append(ServerCore(make_model, reload_seconds=PATIENCE, **options))
        return cores[-1]

    yield make
    for core in cores:
        core.stop()


@pytest.fixture
def base(tmp_path):
    for name in ("a/1", "a/2", "a/3", "b/7", "c/666"):
        (tmp_path / name).mkdir(parents=True)
    (tmp_path / "empty").mkdir()
    return tmp_path


def config(base, text):
    text = text.replace("BASE", str(base))
    return text_format.Parse(text, model_server_config_pb2.ModelServerConfig())


def one(name, more=""):
    return (
        f'config {{ name: "{name}" base_path: "BASE/{name}" '
        f'model_platform: "tensorflow" {more} }}'
    )


def listed(*models):
    return f"model_config_list {{ {' '.join(models)} }}"


def served(core, name, **choice):
    with core.handle(name, **choice) as (number, _):
        return number


def refused(core, name, **choice):
    with pytest.raises(ServingError) as caught:
        served(core, name, **choice)
    return caught.value.code, caught.value.message


def available(core, name):
    return {v for v, state, _ in core.version_states(name) if state is State.AVAILABLE}


def test_models_come_change_and_go(make_core, base):
    core = make_core()
    changes = []
    core.subscribe(lambda *change: changes.append(change))
    core.start([])
    assert core.is_ready()
    assert core.wait(PATIENCE)
    core.reload(config(base, listed(one("a"), one("b"))))
    assert core.model_names() == ["a", "b"]
    assert (served(core, "a"), served(core, "b")) == (3, 7)
    assert ("a", 3, State.AVAILABLE) in changes

    policy = "model_version_policy { specific { versions: 1 versions: 3 } }"
    core.reload(config(base, listed(one("a", policy), one("b"))))
    wait_until(lambda: available(core, "a") == {1, 3})
    assert served(core, "a", version=1) == 1

    moved = listed(one("a").replace("BASE/a", "BASE/b"))
    core.reload(config(base, moved))
    wait_until(lambda: available(core, "a") == {7})
    code, message = refused(core, "b")
    assert (code, message) == (
        Code.NOT_FOUND,
        "Servable not found for request: Latest(b)",
    )
    wait_until(lambda: core.version_states("b")[0][1] is State.END)

    core.reload(config(base, listed(one("b"))))
    assert served(core, "b") == 7
    core.reload(config(base, "model_config_list {}"))
    assert core.model_names() == []
    assert refused(core, "b")[0] is Code.NOT_FOUND


def test_model_that_leaves_lets_its_last_request_end(make_core, base):
    core = make_core()
    core.start([ModelConfig("a", f"{base}/a")])
    assert core.wait(PATIENCE)
    with core.handle("a"):
        core.reload(config(base, listed(one("b"))))
        wait_until(lambda: core.version_states("a")[0][1] is State.UNLOADING)
    wait_until(lambda: core.version_states("a")[0][1] is State.END)


def test_reload_names_the_models_that_failed(make_core, base):
    core = make_core()
    core.start([])
    with pytest.raises(ServingError) as caught:
        core.reload(config(base, listed(one("a"), one("c"), one("empty"))))
    assert caught.value.code is Code.UNKNOWN
    message = caught.value.message
    assert "2 model(s) did not become available: {c due to error:" in message
    assert "broken on purpose" in message
    assert "empty due to error: no version is found" in message
    assert served(core, "a") == 3, "the good one is served all the same"
    assert not core.is_ready()
    assert core.problems().keys() == {"empty"}
    (base / "empty" / "5").mkdir()
    wait_until(lambda: available(core, "empty") == {5} if core.problems() == {} else 0)


def test_faulty_config_changes_nothing(make_core, base):
    core = make_core()
    core.start([ModelConfig("a", f"{base}/a")])
    assert core.wait(PATIENCE)
    for text in ("", "custom_model_config { }"):
        with pytest.raises(ServingError, match="Only ModelConfigList is currently"):
            core.reload(config(base, text))
    with pytest.raises(ServingError, match="multiple times in config list"):
        core.reload(config(base, listed(one("b"), one("b"))))
    assert core.model_names() == ["a"]


def test_only_what_is_accepted_is_said_to_be(make_core, base):
    core = make_core(stock=True)
    core.start([])
    said = []

    def accepted():
        said.append(core.model_names())

    label = listed(one("a", 'version_labels { key: "s" value: 3 }'))
    for text in ("", listed(one("b"), one("b")), label):
        with pytest.raises(ServingError):
            core.reload(config(base, text), accepted)
    assert said == []
    with pytest.raises(ServingError, match="did not become available"):
        core.reload(config(base, listed(one("a"), one("c"))), accepted)
    assert said == [[]], "before anything has changed"


def test_labels_that_others_serve_are_taken_as_they_are(make_core, base):
    core = make_core(stock=True)
    core.start([ModelConfig("a", f"{base}/a", Latest(), {"s": 3})], check_labels=False)
    assert core.wait(PATIENCE)
    assert served(core, "a", label="s") == 3


LABELS = (
    'version_labels { key: "stable" value: 2 } version_labels { key: "new" value: 3 }'
)
TWO = "model_version_policy { latest { num_versions: 2 } }"


def test_labels(make_core, base):
    core = make_core()
    core.start([])
    core.reload(config(base, listed(one("a", TWO + LABELS), one("b"))))
    wait_until(lambda: available(core, "a") == {2, 3})
    assert served(core, "a", label="stable") == 2
    assert served(core, "a", label="new") == 3
    for name in ("a", "b", "nowhere"):
        assert refused(core, name, label="odd") == (
            Code.INVALID_ARGUMENT,
            "Unrecognized servable version label: odd",
        )
    # A label moves only once its version is there.
    moved = TWO + LABELS.replace("value: 2", "value: 4")
    with pytest.raises(
        ServingError, match="not currently available for inference"
    ) as e:
        core.reload(config(base, listed(one("a", moved), one("b"))))
    assert e.value.code is Code.FAILED_PRECONDITION
    assert served(core, "a", label="stable") == 2
    (base / "a" / "4").mkdir()
    wait_until(lambda: served(core, "a", label="stable") == 4)


def test_labels_of_the_first_config_are_applied_after_loading(make_core, base):
    core = make_core()
    core.start([ModelConfig("a", f"{base}/a", Latest(), {"s": 3, "t": 9})])
    assert core.wait(PATIENCE)
    assert served(core, "a", label="s") == 3
    assert refused(core, "a", label="t") == (
        Code.NOT_FOUND,
        "Servable not found for request: Specific(a, 9)",
    )


def test_stock_labels(make_core, base):
    core = make_core(stock=True)
    with pytest.raises(ServingError, match="not currently available for inference"):
        core.start([ModelConfig("a", f"{base}/a", Latest(), {"s": 3})])
    core = make_core(stock=True)
    core.start([ModelConfig("a", f"{base}/a")])
    assert core.wait(PATIENCE)
    core.reload(config(base, listed(one("a", 'version_labels {key: "s" value: 3}'))))
    assert served(core, "a", label="s") == 3
    other = listed(one("a", 'version_labels {key: "s" value: 2}'))
    with pytest.raises(ServingError, match="not currently available for inference"):
        core.reload(config(base, other))
    allowing = make_core(stock=True, allow_unavailable_labels=True)
    allowing.start([ModelConfig("a", f"{base}/a", Latest(), {"s": 3, "t": 9})])
    assert allowing.wait(PATIENCE)
    with pytest.raises(ServingError, match="not currently available"):
        allowing.reload(config(base, other))


def test_another_reload_is_not_waited_for_for_ever(base):
    core = ServerCore(None, reload_seconds=0.05)
    with core._reload_lock, pytest.raises(ServingError, match="another reload") as e:
        core.reload(config(base, "model_config_list {}"))
    assert e.value.code is Code.DEADLINE_EXCEEDED


def test_a_reload_waits_no_longer_than_the_server_lives(base):
    loads, goes_on = threading.Event(), threading.Event()

    def load_long(path):
        loads.set()
        goes_on.wait()
        return Fake(path)

    core = ServerCore(
        lambda config, on_change: ServedModel(
            config.name, config.base_path, load_long, on_change=on_change
        ),
        reload_seconds=None,
    )
    asked = config(base, listed(one("a")))
    with concurrent.futures.ThreadPoolExecutor() as pool:
        waiting = pool.submit(core.reload, asked)
        assert loads.wait(PATIENCE)
        core.end()
        assert waiting.exception(PATIENCE).code is Code.UNAVAILABLE
        with pytest.raises(ServingError, match="the server is stopping"):
            core.reload(asked)
        assert not core.stop(0.0)
        goes_on.set()
        assert core.stop(PATIENCE)


def test_models_load_side_by_side(base):
    barrier = threading.Barrier(2, timeout=PATIENCE)

    def load_together(path):
        barrier.wait()
        return Fake(path)

    core = ServerCore(
        lambda config, on_change: ServedModel(
            config.name, config.base_path, load_together, on_change=on_change
        )
    )
    core.start([ModelConfig("a", f"{base}/a"), ModelConfig("b", f"{base}/b")])
    assert core.wait(PATIENCE)
    assert (served(core, "a"), served(core, "b")) == (3, 7)
    core.stop()


@pytest.mark.parametrize(
    ("policy", "expected"),
    [
        ("", Latest(1)),
        ("model_version_policy { latest { num_versions: 0 } }", Latest(1)),
        ("model_version_policy { latest { num_versions: 4 } }", Latest(4)),
        ("model_version_policy { all {} }", All()),
        (
            "model_version_policy { specific { versions: 3 versions: 1 } }",
            Specific(frozenset({1, 3})),
        ),
    ],
)
def test_policies_are_read(policy, expected):
    (read,) = model_config.read(config("/m", listed(one("a", policy))))
    assert (read.name, read.base_path, read.policy) == ("a", "/m/a", expected)


@pytest.mark.parametrize(
    ("model", "said"),
    [
        ('config { base_path: "/m" model_platform: "tensorflow" }', "has no name"),
        ('config { name: "a" base_path: "/m" }', "model_platform '' is not supported"),
        (
            'config { name: "a" base_path: "/m" model_platform: "torch" }',
            "'torch' is not supported",
        ),
        (one("a", "model_type: TENSORFLOW"), "both model_platform and model_type"),
        (
            'config { name: "a" base_path: "m" model_platform: "tensorflow" }',
            "expected an absolute path or URI; got base_path='m'",
        ),
        (
            'config { name: "a" base_path: "gs://m" model_platform: "tensorflow" }',
            "is not on a file system",
        ),
        (one("a", "model_version_policy { specific {} }"), "names no versions"),
        (one("a", "logging_config {}"), "No request-logger-creator provided"),
    ],
)
def test_faulty_models(model, said):
    with pytest.raises(ServingError) as caught:
        model_config.read(config("/m", listed(model)))
    assert caught.value.code is Code.INVALID_ARGUMENT
    assert said in caught.value.message


def test_deprecated_type_and_file_urls_are_read():
    text = 'config { name: "a" base_path: "file:///m/a/" model_type: TENSORFLOW }'
    (read,) = model_config.read(config("/m", listed(text)))
    assert read.base_path == "/m/a"


def test_config_file(tmp_path):
    file = tmp_path / "models.txt"
    file.write_text(listed(one("a")).replace("BASE", "/m"))
    assert [m.name for m in model_config.read(model_config.read_file(str(file)))] == [
        "a"
    ]
    file.write_text("model_config_list {")
    with pytest.raises(ServingError) as caught:
        model_config.read_file(str(file))
    assert caught.value.message.startswith(
        "Error parsing text-format tensorflow.serving.ModelServerConfig: 1:19"
    )
    with pytest.raises(ServingError, match="cannot be read"):
        model_config.read_file(str(tmp_path / "nothing"))
