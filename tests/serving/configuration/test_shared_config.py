"""Reloads that reach all workers, over cores that only take notes."""

import pytest
from google.protobuf import text_format
from tensorflow_serving.config import model_server_config_pb2

from serving.configuration.shared_config import SharedConfig
from serving.status import Code, ServingError
from tests.serving.fake_core import FakeCore


def config(*names):
    models = " ".join(
        f'config {{ name: "{name}" base_path: "/{name}" model_platform: "tensorflow" '
        'version_labels { key: "a" value: 1 } version_labels { key: "b" value: 2 } }'
        for name in names
    )
    text = f"model_config_list {{ {models} }}"
    return text_format.Parse(text, model_server_config_pb2.ModelServerConfig())


class Worker:
    def __init__(self, folder):
        self.core = FakeCore()
        self.shared = SharedConfig(self.core, folder / "shared.config")

    def serves(self):
        """What the last reload here named, after a look."""
        self.shared.look()
        models = self.core.reloaded[-1].model_config_list.config
        return [model.name for model in models]


@pytest.fixture
def workers(tmp_path):
    return Worker(tmp_path), Worker(tmp_path)


def refuse(code, text="said by the core"):
    def on_reload(config):
        raise ServingError(code, text)

    return on_reload


def test_all_serve_what_one_was_told(workers):
    one, other = workers
    other.shared.look()
    assert other.core.reloaded == []
    one.shared.reload(config("a", "b"))
    assert (one.serves(), other.serves()) == (["a", "b"], ["a", "b"])
    other.shared.reload(config("c"))
    assert (one.serves(), other.serves()) == (["c"], ["c"])
    one.shared.reload(config())
    assert (one.serves(), other.serves()) == ([], [])
    assert len(one.core.reloaded) == len(other.core.reloaded) == 3


def test_who_starts_again_begins_with_it(workers, tmp_path):
    one, other = workers
    assert other.shared.read() is None
    one.shared.reload(config("a"))
    again = Worker(tmp_path)
    assert [model.name for model in again.shared.read()] == ["a"]
    again.shared.look()
    assert again.core.reloaded == []


def test_what_is_refused_is_not_spread(workers):
    one, other = workers
    one.shared.reload(config("a"))
    other.shared.look()
    one.core.on_reload = refuse(Code.INVALID_ARGUMENT)
    with pytest.raises(ServingError, match="said by the core"):
        one.shared.reload(config("b"))
    assert other.serves() == ["a"]


def test_what_another_reload_held_up_is_tried_again(workers, caplog):
    one, other = workers
    one.shared.reload(config("a"))
    other.core.on_reload = refuse(Code.DEADLINE_EXCEEDED)
    for _ in range(3):
        other.shared.look()
    assert len(other.core.reloaded) == 3
    assert caplog.text.count("is not in force here as a whole: said by the core") == 1


def test_a_model_that_does_not_come_is_missed_by_all_and_said_to_the_asker(
    workers, monkeypatch, caplog
):
    def reload(self, config, accepted):
        self.reloaded.append(config)
        accepted()
        raise ServingError(Code.UNKNOWN, "b did not become available")

    monkeypatch.setattr(FakeCore, "reload", reload)
    one, other = workers
    with pytest.raises(ServingError, match="did not become available"):
        one.shared.reload(config("a", "b"))
    for _ in range(2):
        assert other.serves() == ["a", "b"]
    assert len(other.core.reloaded) == 1
    assert "did not become available" in caplog.text


def test_the_last_one_told_wins_over_what_was_being_spread(workers):
    one, other = workers
    one.shared.reload(config("a"))
    # While the other waits to serve that, a client tells it something else.
    plain = other.core.on_reload

    def told_meanwhile(_):
        other.core.on_reload = plain
        other.shared.reload(config("b"))

    other.core.on_reload = told_meanwhile
    other.shared.look()
    assert (one.serves(), other.serves()) == (["b"], ["b"])
