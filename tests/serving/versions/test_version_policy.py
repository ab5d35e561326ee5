import pytest

from serving.versions.version_policy import (
    All,
    Latest,
    Load,
    Specific,
    State,
    Unload,
    Version,
    is_still_wanted,
    next_action,
)

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


TWO_OF_THREE = Specific(frozenset({1, 3}))


@pytest.mark.parametrize(
    ("policy", "versions", "action"),
    [
        (All(), {1: UP, 2: NEW, 3: NEW}, Load(3)),
        (All(), {1: UP, 2: WAITING, 3: UP}, None),
        (All(), {1: GONE_UP, 2: UP}, Unload(1)),
        (TWO_OF_THREE, {1: NEW, 2: NEW, 3: NEW}, Load(3)),
        (TWO_OF_THREE, {1: NEW, 2: NEW, 3: UP}, Load(1)),
        (TWO_OF_THREE, {1: UP, 2: NEW, 3: UP}, None),
        # The one wanted is not there (yet): what serves goes on.
        (Specific(frozenset({9})), {1: UP, 2: UP}, Unload(1)),
        (Specific(frozenset({9})), {2: UP}, None),
        (Latest(2), {1: NEW, 2: NEW, 3: NEW}, Load(3)),
        (Latest(2), {1: UP, 2: UP, 3: RETRY}, Load(3)),
        (Latest(2), {1: UP, 2: UP, 3: WAITING}, None),
        (Latest(2), {1: UP, 2: UP, 3: UP}, Unload(1)),
        # From two to two others, with never more than three in memory.
        (Latest(2), {1: UP, 2: UP, 3: NEW, 4: NEW}, Load(4)),
        (Latest(2), {1: UP, 2: UP, 3: NEW, 4: UP}, Unload(1)),
        (Latest(2), {2: UP, 3: NEW, 4: UP}, Load(3)),
    ],
)
def test_policies(policy, versions, action):
    seen = [Version(number, **fields) for number, fields in versions.items()]
    assert next_action(seen, policy) == action


@pytest.mark.parametrize(
    ("policy", "versions", "action"),
    [
        # A broken newest one hides the older: nothing else is tried.
        (Latest(), {1: NEW, 2: WAITING}, None),
        (Latest(), {1: UP, 2: WAITING}, None),
        # An empty base path takes everything out of service.
        (Latest(), {1: GONE_UP}, Unload(1)),
        (Specific(frozenset({9})), {2: UP}, Unload(2)),
        # {1, 2} to {3, 4}: unload 1, load 4, unload 2, load 3.
        (Latest(2), {1: UP, 2: UP, 3: NEW, 4: NEW}, Unload(1)),
        (Latest(2), {2: UP, 3: NEW, 4: NEW}, Load(4)),
        (Latest(2), {2: UP, 3: NEW, 4: UP}, Unload(2)),
        (Latest(2), {3: NEW, 4: UP}, Load(3)),
    ],
)
def test_stock_behavior(policy, versions, action):
    seen = [Version(number, **fields) for number, fields in versions.items()]
    assert next_action(seen, policy, stock=True) == action


@pytest.mark.parametrize(
    ("policy", "wanted"),
    [
        (Latest(), {4}),
        (Latest(2), {4, 2, 1}),
        (All(), {4, 2, 1}),
        (Specific(frozenset({1, 7})), {1}),
    ],
)
def test_failed_versions_worth_another_try(policy, wanted):
    seen = {1: WAITING, 2: WAITING, 3: UP, 4: WAITING, 5: {**WAITING, "on_disk": False}}
    versions = [Version(number, **fields) for number, fields in seen.items()]
    failed = {n for n, fields in seen.items() if fields["state"] is State.LOADING}
    assert {n for n in failed if is_still_wanted(n, versions, policy)} == wanted
