"""The pictures that a command is given, and which of them are normal."""

import dataclasses
import os
import re
import shlex

from keras_novnorm.datasets.normal_names import find_normal_classes
from novnorm.exit_code import NotUnderstoodError


@dataclasses.dataclass(frozen=True)
class Data:
    """Pictures that were opened.

    Attributes:
        source: `ImageSource`.
        normal: tuple of str, the normal classes.
        reason: str, why these are normal.
    """

    source: object
    normal: tuple
    reason: str


def open_data(arguments, command):
    """Opens the pictures, and finds out what is normal.

    Args:
        arguments: parsed arguments `data`, `data_dir`, `normal`, and `groups`,
            `group_by` and `calibration` where there are these.
        command: str, the command to show in a question: "novnorm train DATA".

    Returns:
        `Data`.

    Raises:
        NotUnderstoodError: the data has no known form, or there is no telling what is
            normal.
        FileNotFoundError: there is no picture.
    """
    from keras_novnorm.datasets.held_out_normals import HeldOutNormals
    from novnorm.grouped_source import GroupedSource

    source = open_pictures(arguments.data, arguments.data_dir)
    held_out = getattr(arguments, "calibration", None)
    column = getattr(arguments, "groups", None)
    pattern = getattr(arguments, "group_by", None)
    if column or pattern:
        source = GroupedSource(source, column, pattern and _compiled(pattern))
    normal, reason = choose_normal(source, arguments.normal, command)
    if held_out:
        held_out = open_pictures(held_out, arguments.data_dir)
        try:
            source = HeldOutNormals(source, held_out, normal)
        except ValueError as error:
            raise NotUnderstoodError(f"--calibration: {error}") from error
    return Data(source, normal, reason)


def open_pictures(spec, data_dir=None):
    """Opens pictures by what stands on the command line.

    Args:
        spec: str, what `open_source` takes; or the name alone of a folder or of a
            `.csv` manifest.
        data_dir: str or None, where tensorflow-datasets keeps its files.

    Returns:
        `ImageSource`.

    Raises:
        NotUnderstoodError: it has none of these forms.
        FileNotFoundError: there is no picture.
    """
    from keras_novnorm.datasets.open_source import UnknownSourceError, open_source

    if spec.lower().endswith(".csv") and os.path.isfile(spec):
        spec = f"manifest:{spec}"
    elif os.path.isdir(spec):
        spec = f"folder:{spec}"
    elif os.path.isfile(spec):
        raise NotUnderstoodError(
            f"{spec} is one file. Give the folder that it lies in, or a .csv manifest."
        )
    elif ":" not in spec:
        raise FileNotFoundError(f"There is no folder and no .csv manifest {spec}.")
    try:
        return open_source(spec, data_dir)
    except UnknownSourceError as error:
        raise NotUnderstoodError(str(error)) from error


def choose_normal(source, wanted, command):
    """Which classes are normal.

    Args:
        source: `ImageSource`.
        wanted: list of str, what `--normal` says.
        command: str, as for `open_data`.

    Returns:
        Tuple of the names, tuple of str, and the reason, str.

    Raises:
        NotUnderstoodError: there is no telling.
    """
    from keras_novnorm.datasets.one_class_split import resolve_classes

    if wanted:
        try:
            return resolve_classes(wanted, source.class_names), "--normal says so"
        except ValueError as error:
            raise NotUnderstoodError(str(error)) from error
    found = find_normal_classes(
        source.class_names,
        source.default_normal,
        _trained_on(source),
        bool(source.inner),
    )
    if found.names:
        return found.names, found.reason
    raise NotUnderstoodError(_question(source, found.suggestion, command))


def _trained_on(source):
    if not (source.has_test_split or source.has_calibration_split):
        return None
    listed = source.elements(lambda _, split: split == "train")
    return {e.class_name for e in listed if e.split == "train"}


def _question(source, suggestion, command):
    counts = {}
    for element in source.elements():
        counts[element.class_name] = counts.get(element.class_name, 0) + 1
    listed = ", ".join(f"{n} ({counts.get(n, 0)})" for n in source.class_names[:20])
    layout = getattr(source, "layout", "")
    # Without a sign there is no name to be given: it might be that of a defect.
    names = " ".join(shlex.quote(name) for name in suggestion) or "NAME"
    may_be = f"{' and '.join(suggestion)} may be, by the name. " if suggestion else ""
    text = (
        f"Which class is normal? {source.name}"
        + (f" was read as {layout}" if layout else "")
        + f", with the classes {listed}. "
    )
    if source.inner:
        inner = [shlex.quote(name) for name in source.inner[:5]]
        return (
            f"{text}Data sets seem to lie further down: give the folder of one of "
            f"them, {', '.join(inner)}. If its folders are classes after all, say "
            f"which one is normal: {command} --normal NAME"
        )
    return f"{text}{may_be}Say it: {command} --normal {names}"


def _compiled(pattern):
    try:
        return re.compile(pattern)
    except re.error as error:
        raise NotUnderstoodError(
            f"--group-by is no regular expression: {pattern!r} ({error})"
        ) from error
