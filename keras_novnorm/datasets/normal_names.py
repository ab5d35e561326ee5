"""Which class of a source is normal, where nobody says: by its name alone."""

import dataclasses
import re

TAKEN = ("good", "normal")
"""Names of normal that are taken for what they say."""

SUGGESTED = ("ok", "okay", "pass", "passed", "fine", "clean", "healthy", "io", "intact")
"""Names that may mean normal: a person is asked."""


# `good_with_scratch` is none of the kinds of good.
_NOVEL = {
    "anomalies",
    "anomalous",
    "anomaly",
    "abnormal",
    "bad",
    "broken",
    "but",
    "contaminated",
    "crack",
    "damaged",
    "defect",
    "defective",
    "defects",
    "dirty",
    "fail",
    "failed",
    "faulty",
    "ng",
    "nio",
    "no",
    "nok",
    "not",
    "reject",
    "rejected",
    "scratch",
    "scratched",
    "with",
}


@dataclasses.dataclass(frozen=True)
class NormalClasses:
    """Which classes are normal, and why.

    Attributes:
        names: tuple of str; empty where there is no telling.
        reason: str, why these.
        suggestion: tuple of str, what may be meant where there is no telling.
    """

    names: tuple
    reason: str
    suggestion: tuple = ()


def find_normal_classes(
    class_names, said_by_source=(), trained_on=None, has_inner=False
):
    """The one rule by which a normal class is recognized.

    What the source itself says is taken; then the only class there is; then the only
    one that the source has pictures of to train on; then a class called by one of the
    names `TAKEN`, in whatever case. Nothing else is guessed: of other names that may
    mean normal, `SUGGESTED` ones and variants such as `good_a`, a suggestion is made.

    Args:
        class_names: list of str, all classes.
        said_by_source: list of str, what a manifest's labels say.
        trained_on: set of str, the classes of the source's training split; None: it
            has no split.
        has_inner: bool, whether the only class is a folder that looks like a data set
            of its own, with defects in it for all that is known.

    Returns:
        `NormalClasses`.
    """
    if {name.lower() for name in said_by_source} - set(TAKEN):
        return NormalClasses(tuple(said_by_source), "the labels say so")
    if len(class_names) == 1 and not has_inner:
        return NormalClasses(tuple(class_names), "there is no other class")
    if trained_on and len(trained_on) == 1:
        return NormalClasses(tuple(trained_on), "the only class to train on")
    named = tuple(n for n in class_names if n.lower() in TAKEN)
    if len(named) == 1:
        return NormalClasses(named, "by its name")
    suggestion = named or tuple(n for n in class_names if may_be_normal(n))
    return NormalClasses((), "", suggestion)


def may_be_normal(name):
    """Returns bool, whether a class may be normal by its name: OK, good_a, io left."""
    words = re.split(r"[\W_]+", name.lower())
    return words[0] in (*TAKEN, *SUGGESTED) and not _NOVEL & set(words)
