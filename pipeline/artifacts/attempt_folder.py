"""The folder of one attempt, named such that its root can be moved."""


def below_root(directory):
    """Names the folder of finished work by its place below the root.

    Args:
        directory: `StoragePath`, `ROOT/COMPONENT/FINGERPRINT/ATTEMPT`.

    Returns:
        str, `COMPONENT/FINGERPRINT/ATTEMPT`.
    """
    return "/".join(str(directory).split("/")[-3:])


def work_of(directory):
    """Names the work that an attempt belongs to.

    Args:
        directory: str, as for `find_below`.

    Returns:
        str, `COMPONENT/FINGERPRINT`.
    """
    return "/".join(directory.rstrip("/").split("/")[-3:-1])


def find_below(root, text):
    """Finds the folder of finished work below a root.

    Args:
        root: `StoragePath`, where the root lies now.
        text: str, as `below_root` gives it; or a whole path, as it was written before,
            wherever the root lay then.

    Returns:
        `StoragePath`.
    """
    return root / below_root(text.rstrip("/"))
