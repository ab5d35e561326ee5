"""Which file is the mask of which picture, in the MVTec AD layout."""

import collections
import pathlib

MASK_FOLDER = "ground_truth"
"""The folder beside `train` and `test` that holds the masks."""


def find_masks(files, normal_class):
    """Finds the masks of test pictures by their names.

    The mask of `test/TYPE/x.png` is `ground_truth/TYPE/x_mask.*`, or else
    `ground_truth/TYPE/x.*`, of whatever ending. Pictures of the normal class have
    none: theirs is all zero by definition.

    Args:
        files: iterable of str, all paths in the data set, with `/`.
        normal_class: str, the type whose pictures have no mask.

    Returns:
        dict from each test picture that should have a mask to the path of its mask, or
        to None where it has none. Empty where there is no folder of masks.
    """
    stems = collections.defaultdict(list)
    pictures = []
    for file in sorted(files):
        path = pathlib.PurePosixPath(file)
        folder, *inner = path.parent.parts or ("",)
        if folder == MASK_FOLDER:
            stems[*inner, path.stem].append(file)
        elif folder == "test" and inner[:1] != [normal_class]:
            pictures.append((file, (*inner, path.stem)))
    if not stems:
        return {}
    return {file: _first_of(stems, key) for file, key in pictures}


def _first_of(stems, key):
    *inner, stem = key
    for name in (f"{stem}_mask", stem):
        if (*inner, name) in stems:
            return stems[*inner, name][0]
    return None
