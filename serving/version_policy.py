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


def next_action(versions):
    """Decides one step towards serving the newest version that can be served.

    Availability comes first: the new version is loaded completely before the
    old one goes, one that fails to load replaces nothing, and the last good
    version is kept even when its folder vanishes. While the newest is broken,
    the newest whole one serves.

    Args:
        versions: iterable of `Version`.

    Returns:
        `Load`, `Unload`, or None if there is nothing to do now.
    """
    versions = sorted(versions, key=lambda version: version.number, reverse=True)
    available = [v for v in versions if v.state is State.AVAILABLE]
    keep = next((v for v in available if v.on_disk), None)
    if keep is None and available:
        keep = available[0]
    for version in reversed(available):
        if version is not keep:
            return Unload(version.number)
    for version in versions:
        if not version.on_disk:
            continue
        if version.state is State.AVAILABLE:
            return None
        if version.loadable:
            return Load(version.number)
    return None
