"""A configuration file that changes, over a core that only takes notes."""

import logging

import pytest

from serving.configuration.config_file import ConfigFile
from serving.status import Code, ServingError
from tests.serving.fake_core import FakeCore

ONE = (
    'model_config_list { config { name: "a" base_path: "/a" '
    'model_platform: "tensorflow" } }'
)
TWO = ONE.replace('"a"', '"b"')


class Watched:
    """A file, and the names that each reload was for."""

    def __init__(self, folder, text):
        self.file, self.core = folder / "models.config", FakeCore()
        self.write(text)
        self.watching = ConfigFile(self.core, str(self.file), 1)
        self.watching.read()

    def write(self, text):
        self.file.write_text(text)

    def look(self, text):
        self.write(text)
        self.watching.look()
        return [
            [model.name for model in config.model_config_list.config]
            for config in self.core.reloaded
        ]


@pytest.fixture
def watched(tmp_path, caplog):
    caplog.set_level(logging.INFO)
    return Watched(tmp_path, ONE)


def test_a_change_is_served_once(watched):
    assert watched.look(ONE) == []
    assert watched.look(TWO) == [["b"]]
    assert watched.look(TWO) == [["b"]]


@pytest.mark.parametrize("text", ["", "\n", "# a comment alone\n"])
def test_a_file_that_is_being_written_unloads_nothing(watched, caplog, text):
    for _ in range(2):
        assert watched.look(text) == []
    assert caplog.text.count("is empty, or sets nothing; what is served stays") == 1
    assert watched.look(ONE) == []
    watched.look(text)
    assert caplog.text.count("what is served stays") == 2, "it happened again"
    assert watched.look(TWO) == [["b"]]


def test_an_empty_list_unloads(watched):
    assert watched.look("model_config_list {}") == [[]]


def test_an_empty_file_at_the_start_is_no_models_yet(tmp_path):
    watched = Watched(tmp_path, "")
    assert watched.look("") == []
    assert watched.look(ONE) == [["a"]]


@pytest.mark.parametrize(
    ("code", "tries"),
    [(Code.UNKNOWN, 1), (Code.INVALID_ARGUMENT, 1), (Code.DEADLINE_EXCEEDED, 3)],
)
def test_only_what_another_reload_held_up_is_tried_again(watched, caplog, code, tries):
    def refuse(config):
        raise ServingError(code, "said by the core")

    watched.core.on_reload = refuse
    for _ in range(3):
        watched.look(TWO)
    assert len(watched.core.reloaded) == tries
    assert caplog.text.count("not in force as a whole: said by the core") == 1
    watched.core.on_reload = lambda config: None
    assert len(watched.look(TWO)) == tries + (tries == 3)
    assert len(watched.look(TWO)) == tries + (tries == 3)
