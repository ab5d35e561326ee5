"""Which version to load or unload next: a function from states to one action."""

import dataclasses
import enum


class State(enum.IntEnum):
    """State of a version, numbered as `GetModelStatus` reports it."""

    START = 10
    LOADING = 20
    AVAILABLE = 30
    UNLOADING = 40
    END = 50


@dataclasses.dataclass(frozen=True)
class Latest:
    """Serve the versions with the largest numbers.

    Args:
        count: int, how many, from 1 on.
    """

    count: int = 1


@dataclasses.dataclass(frozen=True)
class All:
    """Serve every version there is."""


@dataclasses.dataclass(frozen=True)
class Specific:
    """Serve these versions, where they are there.

    Args:
        numbers: frozenset of int.
    """

    numbers: frozenset


@dataclasses.dataclass(frozen=True)
class Version:
    """What the policy sees of one version.

    Args:
        number: int.
        state: `State`.
        on_disk: bool, whether its folder is there now.
        loadable: bool, whether a load may be tried now: not while it is loaded
            or going, nor while a failed one waits for its next try.
    """

    number: int
    state: State
    on_disk: bool = True
    loadable: bool = False


@dataclasses.dataclass(frozen=True)
class Load:
    """Load this version now."""

    number: int


@dataclasses.dataclass(frozen=True)
class Unload:
    """Take this version out of service."""

    number: int


def next_action(versions, policy=None, stock=False):
    """Decides one step towards serving what the policy wants.

    Availability comes first: a new version is loaded completely before the old
    one goes, and one that fails to load replaces nothing. While the newest is
    broken, the newest whole one serves, and the last good version is kept even
    when its folder vanishes.

    Args:
        versions: iterable of `Version`.
        policy: `Latest`, `All` or `Specific`; None is the latest one.
        stock: bool, do as TF Serving does: a broken version still counts among
            the latest, and where nothing is wanted nothing is kept.

    Returns:
        `Load`, `Unload`, or None if there is nothing to do now.
    """
    versions = sorted(versions, key=lambda version: version.number, reverse=True)
    wanted = _wanted(versions, policy or Latest(), stock)
    ready = [version for version in versions if version.state is State.AVAILABLE]
    unwanted = [version for version in ready if version not in wanted]
    if stock:
        covered = len(unwanted) < len(ready) or not wanted
        surplus = covered or len(unwanted) > 1
    else:
        surplus = len(ready) > max(1, len(wanted))
    if unwanted and surplus:
        return Unload(unwanted[-1].number)
    for version in wanted:
        if version.state is not State.AVAILABLE and version.loadable:
            return Load(version.number)
    return None


def is_still_wanted(number, versions, policy):
    """Says whether a version that failed to load is worth another try.

    Args:
        number: int.
        versions: iterable of `Version`.
        policy: `Latest`, `All` or `Specific`.

    Returns:
        bool: not if it vanished, or was overtaken by loaded ones.
    """
    on_disk = [version for version in versions if version.on_disk]
    if number not in {version.number for version in on_disk}:
        return False
    if isinstance(policy, Specific):
        return number in policy.numbers
    if isinstance(policy, All):
        return True
    ready = [v.number for v in on_disk if v.state is State.AVAILABLE]
    return len([other for other in ready if other > number]) < policy.count


def _wanted(versions, policy, stock):
    on_disk = [version for version in versions if version.on_disk]
    if isinstance(policy, All):
        return on_disk
    if isinstance(policy, Specific):
        return [version for version in on_disk if version.number in policy.numbers]
    if not stock:
        on_disk = [v for v in on_disk if v.state is State.AVAILABLE or v.loadable]
    return on_disk[: policy.count]
