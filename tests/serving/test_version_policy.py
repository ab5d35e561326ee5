import pytest

from serving.version_policy import Load, State, Unload, Version, next_action

NEW = {"state": State.START, "loadable": True}
UP = {"state": State.AVAILABLE}
GONE_UP = {"state": State.AVAILABLE, "on_disk": False}
WAITING = {"state": State.LOADING, "loadable": False}
RETRY = {"state": State.LOADING, "loadable": True}
GOING = {"state": State.UNLOADING}
ENDED = {"state": State.END, "loadable": True}
BROKEN = {"state": State.END, "loadable": False}


@pytest.mark.parametrize(
    ("versions", "action"),
    [
        ({}, None),
        ({1: NEW}, Load(1)),
        ({0: NEW}, Load(0)),
        ({1: NEW, 2: NEW}, Load(2)),
        ({1: UP}, None),
        # A swap: load the new one, and only then let the old one go.
        ({1: UP, 2: NEW}, Load(2)),
        ({1: UP, 2: UP}, Unload(1)),
        ({1: GOING, 2: UP}, None),
        ({1: ENDED, 2: UP}, None),
        # A broken newest version replaces nothing.
        ({1: UP, 2: WAITING}, None),
        ({1: UP, 2: BROKEN}, None),
        ({1: UP, 2: RETRY}, Load(2)),
        ({1: UP, 2: NEW, 3: BROKEN}, Load(2)),
        # At the start, the newest whole one serves.
        ({1: NEW, 2: WAITING}, Load(1)),
        ({1: NEW, 2: BROKEN, 3: BROKEN}, Load(1)),
        # Back to a smaller number: it is loaded before the vanished one goes.
        ({1: ENDED, 2: GONE_UP}, Load(1)),
        ({1: UP, 2: GONE_UP}, Unload(2)),
        # Nothing on disk any more: the last good one stays.
        ({2: GONE_UP}, None),
        ({1: {"state": State.END, "on_disk": False, "loadable": True}}, None),
        # More than one to unload: the lowest first.
        ({1: UP, 2: UP, 3: UP}, Unload(1)),
    ],
)
def test_next_action(versions, action):
    seen = [Version(number, **fields) for number, fields in versions.items()]
    assert next_action(seen) == action
    assert next_action(reversed(seen)) == action
