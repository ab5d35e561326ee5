"""What is on disk under a model's base path, and what is wrong with it."""

import dataclasses
import os

_MAX_VERSION = 2**63 - 1
_RULE = (
    "a version is a folder named by a whole number, such as {example}, "
    "holding saved_model.pb"
)
_MOST_NAMES = 10
NO_VERSION = "no version is found; " + _RULE.format(example="'1'")
"""What clients are told, who need not know what else is in the folder."""


@dataclasses.dataclass(frozen=True)
class Listing:
    """One look at a base path.

    Args:
        versions: dict of int to str, version number to folder.
        ignored: tuple of str, names there that are no versions, sorted.
        problem: str or None: why there is no version, in one message.
        readable: bool, False if the base path could not be listed at all.
    """

    versions: dict
    ignored: tuple = ()
    problem: str | None = None
    readable: bool = True


def parse_version(name):
    """Reads a version number from a folder's name.

    Args:
        name: str; leading zeros are fine, so `00000123` is 123.

    Returns:
        int, or None if the name is no version.
    """
    if not (name.isascii() and name.isdigit()):
        return None
    number = int(name) if len(name) < 64 else _MAX_VERSION + 1
    return number if number <= _MAX_VERSION else None


def scan(base_path):
    """Lists the versions under a base path.

    Of two names with the same number (`7`, `007`), the later in byte order
    counts. A plain file with a version's name counts, and will fail to load.

    Args:
        base_path: str, the folder that holds the version folders.

    Returns:
        `Listing`.
    """
    example = repr(os.path.join(base_path, "1"))
    rule = _RULE.format(example=example)
    try:
        names = sorted(os.listdir(base_path), key=os.fsencode)
    except FileNotFoundError:
        problem = f"base path {base_path!r} does not exist; {rule}"
        return Listing({}, problem=problem, readable=False)
    except NotADirectoryError:
        problem = f"base path {base_path!r} is a file, not a folder; {rule}"
        return Listing({}, problem=problem, readable=False)
    except OSError as error:
        problem = f"base path {base_path!r} cannot be read ({error.strerror}); {rule}"
        return Listing({}, problem=problem, readable=False)
    versions, ignored = {}, []
    for name in names:
        number = parse_version(name)
        if number is None:
            ignored.append(name)
        else:
            versions[number] = os.path.join(base_path, name)
    problem = None if versions else _no_versions(base_path, names, rule)
    return Listing(versions, tuple(ignored), problem)


def fingerprint(path):
    """Sums up the files of a version, to see whether they changed.

    Args:
        path: str, the version's folder (or file).

    Returns:
        tuple of (path, size, modification time in ns), sorted; files that
        vanish meanwhile are left out.
    """
    found = []
    paths = [path] if os.path.isfile(path) else []
    for folder, _, names in os.walk(path):
        paths += [os.path.join(folder, name) for name in names]
    for name in paths:
        try:
            stat = os.stat(name)
        except OSError:
            continue
        found.append((name, stat.st_size, stat.st_mtime_ns))
    return tuple(sorted(found))


def _no_versions(base_path, names, rule):
    """Says what was looked at, what was there, and the likely right path."""
    looked = f"base path {base_path!r} holds no version: "
    if "saved_model.pb" in names:
        parent, own_name = os.path.split(base_path.rstrip(os.sep))
        if parse_version(own_name) is not None:
            rule = _RULE.format(example=repr(base_path))
            return (
                f"{looked}it is itself version {own_name} (it holds saved_model.pb); "
                f"the likely right base path is {parent!r}; {rule}"
            )
        return (
            f"{looked}saved_model.pb lies in it directly; move the model into "
            f"{os.path.join(base_path, '1')!r}; {rule}"
        )
    if not names:
        return f"{looked}it is empty; {rule}"
    shown = ", ".join(repr(name) for name in names[:_MOST_NAMES])
    more = f" and {len(names) - _MOST_NAMES} more" if len(names) > _MOST_NAMES else ""
    models = [name for name in names if _holds_versions(os.path.join(base_path, name))]
    hint = ""
    if models:
        likely = " or ".join(repr(os.path.join(base_path, name)) for name in models[:3])
        hint = f"the likely right base path is {likely}; "
    return f"{looked}there is {shown}{more}; {hint}{rule}"


def _holds_versions(path):
    try:
        return any(
            parse_version(name) is not None
            and os.path.exists(os.path.join(path, name, "saved_model.pb"))
            for name in os.listdir(path)
        )
    except OSError:
        return False
