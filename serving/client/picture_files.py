"""Finds pictures among the files and folders a user names."""

import os

ENDINGS = (
    *(".png", ".jpg", ".jpeg", ".bmp", ".gif"),
    # No server reads these: they are sent as PNG.
    *(".tif", ".tiff", ".webp", ".ppm", ".pgm"),
)


def find(paths):
    """Lists files as given, and the pictures in folders.

    Args:
        paths: iterable of str; a file counts whatever it is called, a folder is
            searched through for picture endings, upper or lower case. Hidden
            files and folders are left out.

    Returns:
        tuple of list of str and int: the files, sorted within each folder, and
        how many other files the folders held.
    """
    found, others = [], 0
    for path in paths:
        if not os.path.isdir(path):
            found.append(path)
            continue
        for folder, folders, names in os.walk(path):
            folders[:] = sorted(name for name in folders if not name.startswith("."))
            for name in sorted(names):
                if name.startswith("."):
                    continue
                if name.lower().endswith(ENDINGS):
                    found.append(os.path.join(folder, name))
                else:
                    others += 1
    return found, others
