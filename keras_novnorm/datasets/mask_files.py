"""Which files are the masks of which picture, in the layouts of MVTec."""

import collections
import pathlib

MASK_FOLDER = "ground_truth"
"""The folder beside `train` and `test` that holds the masks, in whatever case."""


def is_mask_folder(name):
    """Returns bool, whether a folder is called as that of masks is."""
    return name.lower() == MASK_FOLDER


def find_masks(files, pictures):
    """Finds the masks of pictures by their names.

    The mask of `test/TYPE/x.png` is `ground_truth/TYPE/x_mask.*`, or else
    `ground_truth/TYPE/x.*`, of whatever ending (MVTec AD); or else all files in
    `ground_truth/TYPE/x/` together, one for each defect (MVTec LOCO). Of names that
    differ in case alone, the same one is taken first.

    Args:
        files: iterable of str, all paths in the data set, with `/`.
        pictures: iterable of str, the pictures that should have a mask. Those of the
            normal class have none: theirs is all zero by definition.

    Returns:
        dict from each picture to a tuple of the paths of its masks, empty where it has
        none. Empty where there is no folder of masks.
    """
    by_name, by_folder = collections.defaultdict(list), collections.defaultdict(list)
    for file in sorted(files):
        path = pathlib.PurePosixPath(file)
        folder, *inner = path.parent.parts or ("",)
        if is_mask_folder(folder):
            by_name[_key(*inner, path.stem)].append(file)
            by_folder[_key(*inner)].append(file)
    if not by_name:
        return {}
    found = {}
    for picture in pictures:
        path = pathlib.PurePosixPath(picture)
        inner, stem = path.parent.parts[1:], path.stem
        single = [
            _best(by_name[_key(*inner, name)], (*inner, name))
            for name in (f"{stem}_mask", stem)
            if _key(*inner, name) in by_name
        ]
        several = by_folder.get(_key(*inner, stem), ())
        found[picture] = tuple(single[:1] or several)
    return found


def _key(*names):
    return tuple(name.lower() for name in names)


def _best(files, names):
    def differs(file):
        path = pathlib.PurePosixPath(file)
        return (*path.parent.parts[1:], path.stem) != names

    return min(files, key=lambda file: (differs(file), file))
