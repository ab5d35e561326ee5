"""Which of our source files a piece of work depends on: what it imports, and so on."""

import ast
import functools
import importlib.util
import pathlib

SOURCES = pathlib.Path(__file__).resolve().parents[1]
OWN = ("keras_novnorm", "novnorm_pictures", "pipeline", "serving")


def import_closure(*files):
    """All files of ours that are imported on the way, within functions, too.

    A package's `__init__` is a door: of `from package import name` only the file that
    `name` comes from is followed. A string that names a module counts as an import of
    it, as a registry has some.

    Args:
        *files: `pathlib.Path` of Python files.

    Returns:
        Sorted list of `pathlib.Path`, the files themselves among them.
    """
    found, waiting = set(), [pathlib.Path(file) for file in files]
    while waiting:
        file = waiting.pop()
        if file not in found:
            found.add(file)
            waiting += _imported(file)
    return sorted(found)


def module_file(name):
    """The file of a module that is no part of ours.

    Args:
        name: str, `"package.module"`.

    Returns:
        `pathlib.Path`, or None: it has none.
    """
    spec = importlib.util.find_spec(name)
    return pathlib.Path(spec.origin) if spec and spec.has_location else None


@functools.cache
def _imported(file):
    found = []
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found += [_file_of(alias.name) for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            found += [_file_of(node.module, alias.name) for alias in node.names]
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            found.append(_file_of(node.value) if "." in node.value else None)
    return tuple(one for one in found if one is not None)


def _file_of(module, name=None):
    """The file that a module, or a name in it, comes from; None: none of ours."""
    if module.split(".")[0] not in OWN or not module.replace(".", "").isidentifier():
        return None
    place = SOURCES.joinpath(*module.split("."))
    if name and (place / f"{name}.py").is_file():
        return place / f"{name}.py"
    if place.with_suffix(".py").is_file():
        return place.with_suffix(".py")
    door = place / "__init__.py"
    if name is None or not door.is_file():
        return None
    return _behind(door).get(name)


@functools.cache
def _behind(door):
    """From names that a package's door offers to the files they come from."""
    return {
        alias.asname or alias.name: _file_of(node.module, alias.name)
        for node in ast.walk(ast.parse(door.read_text(encoding="utf-8")))
        if isinstance(node, ast.ImportFrom) and node.module and not node.level
        for alias in node.names
    }
