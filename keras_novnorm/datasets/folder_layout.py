"""What the folders that pictures lie in say of them."""

import collections
import dataclasses

from keras_novnorm.datasets.mask_files import is_mask_folder
from keras_novnorm.datasets.normal_names import TAKEN, may_be_normal
from keras_novnorm.datasets.one_class_split import CALIBRATION, TEST, TRAIN
from keras_novnorm.datasets.source_image import SourceImage

NORMAL_CLASS = "good"
"""The class of a flat folder, and the normal class of the MVTec AD layout."""

SPLIT_FOLDERS = {
    "train": TRAIN,
    "training": TRAIN,
    "val": CALIBRATION,
    "valid": CALIBRATION,
    "validation": CALIBRATION,
    "calibration": CALIBRATION,
    "test": TEST,
    "testing": TEST,
}
"""Names of folders that say what pictures are for, in whatever case."""

_CLASSLESS = {TRAIN: NORMAL_CLASS, CALIBRATION: NORMAL_CLASS, TEST: "unnamed"}
_DEEPEST = 4


@dataclasses.dataclass(frozen=True)
class FolderLayout:
    """How a folder was understood.

    Attributes:
        words: str, one sentence.
        elements: list of `SourceImage`.
        inner: list of str, folders in it that look like data sets of their own, where
            it has none of the known layouts itself.
    """

    words: str
    elements: list
    inner: list = dataclasses.field(default_factory=list)


def split_of_folder(name):
    """Returns "train", "calibration", "test" or None, what a folder's name says."""
    return SPLIT_FOLDERS.get(name.lower())


def arrange(parts):
    """Finds out which layout a folder has.

    Args:
        parts: list of tuples of str, the parts of all paths in it.

    Returns:
        `FolderLayout`.
    """
    tops = {p[0] for p in parts if len(p) > 1}
    splits = {top: split_of_folder(top) for top in tops if split_of_folder(top)}
    others = sorted(top for top in tops - set(splits) if not is_mask_folder(top))
    found = set(splits.values())
    # A class of trains is called so, too: alone, `train` beside others says nothing.
    if (TRAIN in found and len(found) > 1) or (found and not others):
        if found == {TRAIN}:
            return _train_alone(parts, splits)
        return _splits(parts, splits, others)
    if tops:
        return _classes(parts)
    elements = [_element(p, NORMAL_CLASS, None) for p in parts]
    return FolderLayout("a flat folder, all pictures normal", elements)


def _train_alone(parts, splits):
    elements = [
        _element(p, p[1] if len(p) > 2 else NORMAL_CLASS, None)
        for p in parts
        if len(p) > 1 and p[0] in splits
    ]
    return FolderLayout("a train folder without a test folder", elements)


def _splits(parts, splits, others):
    chosen = [p for p in parts if len(p) > 1 and p[0] in splits]
    named = [(p[1] if len(p) > 2 else _CLASSLESS[splits[p[0]]]) for p in chosen]
    spelling = _spelling(
        (splits[p[0]], name) for p, name in zip(chosen, named, strict=True)
    )
    elements = [
        _element(p, spelling.get(name, name), splits[p[0]])
        for p, name in zip(chosen, named, strict=True)
    ]
    order = (TRAIN, CALIBRATION, TEST)
    words = [
        f"{top}/CLASS" + " (calibrates)" * (splits[top] == CALIBRATION)
        for top in sorted(splits, key=lambda top: (order.index(splits[top]), top))
    ]
    listed = " and ".join(filter(None, [", ".join(words[:-1]), words[-1]]))
    masks = sorted({p[0] for p in parts if len(p) > 1 and is_mask_folder(p[0])})
    masks = f", masks in {', '.join(masks)}" if masks else ""
    passed = f"; passed over: {', '.join(others)}" if others else ""
    return FolderLayout(f"{listed} folders{masks}{passed}", elements)


def _spelling(named):
    """One spelling for classes that differ in case, from one split to another.

    In one and the same folder they are two classes.
    """
    spellings = collections.defaultdict(lambda: collections.defaultdict(set))
    for split, name in named:
        spellings[name.lower()][split].add(name)
    found = {}
    for by_split in spellings.values():
        if all(len(names) == 1 for names in by_split.values()):
            first = next(
                by_split[s] for s in (TRAIN, CALIBRATION, TEST) if s in by_split
            )
            (chosen,) = first
            found |= {name: chosen for names in by_split.values() for name in names}
    return found


def _classes(parts):
    elements = [_element(p, p[0], None) for p in parts if len(p) > 1]
    beside = len(parts) - len(elements)
    note = f"; {beside} files beside them have no class and are passed over"
    words = f"one folder per class{note if beside else ''}"
    return FolderLayout(words, elements, _inner(parts))


def _inner(parts):
    """Folders further down that hold what would be understood here."""
    below = collections.defaultdict(set)
    for p in parts:
        for depth in range(1, min(_DEEPEST, len(p) - 1)):
            below[p[:depth]].add(p[depth])
    found = []
    for folder in sorted(below, key=lambda folder: (len(folder), folder)):
        inside = any(folder[: len(outer)] == outer for outer in found)
        if not inside and _is_data_set(below[folder]):
            found.append(folder)
    return ["/".join(folder) for folder in found]


def _is_data_set(names):
    if any(split_of_folder(name) == TRAIN for name in names):
        return True
    return len(names) > 1 and any(
        name.lower() in TAKEN or may_be_normal(name) for name in names
    )


def _element(parts, class_name, split):
    return SourceImage(path="/".join(parts), class_name=class_name, split=split)
