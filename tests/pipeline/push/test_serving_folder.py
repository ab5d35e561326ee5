"""Versions appear as a whole, are never changed, and can be gone back to."""

import json

import pytest

from pipeline.pipeline_error import PipelineError, UsageError
from pipeline.serving_folder import ServingFolder, write_config
from pipeline.storage import StoragePath


@pytest.fixture
def model(tmp_path):
    """Writes a folder that looks like a SavedModel, with a mark in it."""

    def write(mark):
        folder = StoragePath(tmp_path) / "models" / mark
        (folder / "saved_model.pb").write_text(mark)
        (folder / "variables" / "variables.index").write_text("v")
        return folder

    return write


@pytest.fixture
def folder(tmp_path):
    """The versions of a model called tile."""
    return ServingFolder(StoragePath(tmp_path) / "serving", "tile")


def mark(folder, version):
    return (folder.path(version) / "saved_model.pb").read_text()


def test_each_model_is_the_next_version(folder, model):
    assert folder.versions() == [] and folder.ledger() == []
    assert folder.publish(model("a"), {"export": "1"}, {"threshold": 3}) == 1
    assert folder.publish(model("b"), {"export": "2"}) == 2
    assert folder.versions() == [1, 2] and mark(folder, 1) == "a"
    assert [entry["export"] for entry in folder.ledger()] == ["1", "2"]
    card = folder.path(1) / "assets.extra" / "model_card.json"
    assert json.loads(card.read_text()) == {"threshold": 3}
    assert (folder.path(2) / "variables" / "variables.index").read_text() == "v"


def test_a_number_is_never_used_again(folder, model):
    folder.publish(model("a"), {})
    folder.publish(model("b"), {})
    folder.path(2).delete()
    assert folder.publish(model("c"), {}) == 3


def test_what_was_cut_off_is_no_version(folder, model, monkeypatch):
    def full(self, target):
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(StoragePath, "rename", full)
        with pytest.raises(OSError, match="No space"):
            folder.publish(model("a"), {})
    assert folder.versions() == [] and folder.ledger() == []
    assert folder.publish(model("b"), {}) == 1 and mark(folder, 1) == "b"


def test_rolling_back_publishes_the_version_before(folder, model):
    for name in "abc":
        folder.publish(model(name), {"export": name}, {"mark": name})
    assert folder.roll_back() == (2, 4)
    assert mark(folder, 4) == "b"
    assert folder.ledger()[-1]["rolled_back_to"] == 2
    assert folder.ledger()[-1]["export"] == "b"
    # Once more goes further back, and not to the one that was wrong.
    assert folder.roll_back() == (1, 5)
    assert mark(folder, 5) == "a"
    with pytest.raises(PipelineError, match="no version before 1"):
        folder.roll_back()
    assert folder.roll_back(3) == (3, 6) and mark(folder, 6) == "c"


def test_a_version_that_was_rolled_back_from_is_never_gone_back_to(folder, model):
    folder.publish(model("good"), {})
    folder.publish(model("bad"), {})
    assert folder.roll_back() == (1, 3)
    folder.publish(model("c"), {})
    # What was served before the newest is version 3, and that is version 1.
    assert folder.roll_back() == (1, 5) and mark(folder, 5) == "good"
    with pytest.raises(PipelineError, match="before 1 .* --to; it has 1, 2, 3, 4, 5"):
        folder.roll_back()
    # Asked for by number it counts again, and what it took the place of does not.
    folder.roll_back(2)
    with pytest.raises(PipelineError, match="before 2 "):
        folder.roll_back()
    folder.publish(model("d"), {})
    assert folder.roll_back() == (2, 8) and mark(folder, 8) == "bad"


def test_versions_that_were_removed_are_not_gone_back_to(folder, model):
    for name in "abcd":
        folder.publish(model(name), {})
    folder.path(4).delete()  # So servers take version 3,
    folder.path(2).delete()
    assert folder.roll_back() == (1, 5)  # and this was served before it.
    folder.path(1).delete()
    folder.publish(model("e"), {})
    assert folder.roll_back() == (5, 7) and mark(folder, 7) == "a"


def test_a_model_is_published_again_where_another_is_served(folder, model):
    assert "was removed" in folder.why_publish("a")
    folder.publish(model("a"), {"export": "a"})
    assert folder.why_publish("a") is None and folder.held_back("b") is None
    folder.publish(model("b"), {"export": "b"})
    assert folder.why_publish("a").endswith("/tile/2 serves another model")
    assert folder.held_back("a") is None
    folder.roll_back()
    assert folder.why_publish("a") is None and folder.held_back("a") is None
    assert "was version 2 before, and version 3, a rollback to version 1, stays" in (
        folder.held_back("b")
    )
    assert folder.held_back("new") is None
    (folder.path(3) / "saved_model.pb").delete()
    assert folder.why_publish("a").endswith("/tile/3 was removed")


def test_a_version_that_is_not_there_is_refused(folder, model):
    with pytest.raises(UsageError, match="No version of 'tile'"):
        folder.roll_back()
    folder.publish(model("a"), {})
    with pytest.raises(UsageError, match="no version 7; it has 1"):
        folder.roll_back(7)


def test_one_configuration_names_all_models(tmp_path, model):
    serving = StoragePath(tmp_path) / "serving"
    for name in ("one", "two"):
        ServingFolder(serving, name).publish(model(name), {})
    text = write_config(serving).read_text()
    assert text.count("config {") == 2
    assert f'base_path: "{serving}/one"' in text and 'name: "two"' in text
