"""Why the storage refused, in words that a person can act on."""

import errno

_CAUSES = (
    (errno.ENOSPC, "No space left", "Free some, or give another --root"),
    (errno.EDQUOT, "Disk quota exceeded", "Free some, or give another --root"),
    (errno.EACCES, "Permission denied", "Allow writing there, or give another --root"),
    (errno.EPERM, "Operation not permitted", "Allow writing there"),
    (errno.EROFS, "Read-only file system", "Give another --root"),
    (None, "AccessDenied", "Allow reading and writing there"),
    (None, "Could not connect", "Look whether it can be reached"),
    (None, "NoSuchBucket", "Make the bucket, or give another --root"),
)


def explain(error, place):
    """Words a refusal of the storage.

    Args:
        error: exception, of the storage itself or of a library or a worker that met
            it.
        place: `StoragePath` that was worked at.

    Returns:
        str, or None where the error is of another kind.
    """
    text = f"{error}"
    seen = error
    while seen is not None:
        number = getattr(seen, "errno", None)
        for known, words, advice in _CAUSES:
            if (known and number == known) or words.lower() in text.lower():
                return (
                    f"{words}: {place} cannot be written ({text.splitlines()[0]}). "
                    f"{advice}, and run again: what was finished is kept."
                )
        seen = seen.__cause__ or seen.__context__
        text = f"{seen}"
    return None
