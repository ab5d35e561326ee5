"""The detectors that one run makes: normal classes x presets x seeds."""

import dataclasses
import re
import urllib.parse

from pipeline.pipeline_error import UsageError


@dataclasses.dataclass(frozen=True)
class Detector:
    """One detector of a run.

    Attributes:
        name: str, under which it is served.
        normal_classes: tuple of str, the classes that are normal together.
        preset: str.
        seed: int.
        label: str, what tells it from the others; empty where there is one only.
        method: str or None, where to import the preset's method from, if it is none
            that comes with the package.
    """

    name: str
    normal_classes: tuple
    preset: str
    seed: int
    label: str = ""
    method: str | None = None


def plan_detectors(name, normal_classes, each_normal, presets, seeds, methods=()):
    """Lists the detectors of a run.

    Args:
        name: str, name of the served model; the head of all names where there are more.
        normal_classes: tuple of str.
        each_normal: bool; True: a detector for each class; False: one for all of them.
        presets: tuple of str.
        seeds: tuple of int.
        methods: tuple of str, names of methods; those of a user's own are looked at.

    Returns:
        List of `Detector`.

    Raises:
        UsageError: two of them would have one name.
    """
    groups = [(one,) for one in normal_classes] if each_normal else [normal_classes]
    detectors = []
    own = _own_presets(methods)
    for group in groups:
        for preset in presets:
            for seed in seeds:
                marks = [
                    *(map(_safe, group) if len(groups) > 1 else ()),
                    *((preset,) if len(presets) > 1 else ()),
                    *((f"seed{seed}",) if len(seeds) > 1 else ()),
                ]
                label = "-".join(marks)
                full = "-".join((name, *marks))
                detectors.append(
                    Detector(full, tuple(group), preset, seed, label, own.get(preset))
                )
    names = [detector.name for detector in detectors]
    twice = sorted({one for one in names if names.count(one) > 1})
    if twice:
        raise UsageError(
            f"Two detectors would have the name {', '.join(twice)}: give each class, "
            "preset and seed once."
        )
    return detectors


def _own_presets(methods):
    """From presets of a user's own methods to where these are imported from."""
    own = [method for method in methods if ":" in method]
    if not own:
        return {}
    from keras_novnorm.detectors import registry

    return {preset: method for method in own for preset in registry.presets(method)}


def _safe(class_name):
    # Of letters that a path and a URL take as they are.
    return re.sub("%", "_", urllib.parse.quote(class_name, safe=" ")).replace(" ", "_")
