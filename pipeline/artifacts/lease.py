"""Who works on what, so that two runs on one root do not do the same work twice."""

import contextlib
import fcntl
import time

_FOLDER = ".leases"
_WAIT = 0.5


@contextlib.contextmanager
def hold(root, names, say):
    """Holds leases while a block runs; waits for those that others hold.

    The operating system releases a lease when its process ends, however it ends. In
    buckets there are none: two runs may do the same work there, of which the one that
    ends first counts. Nothing depends on leases but time.

    Args:
        root: `StoragePath`.
        names: list of str.
        say: callable, told once with the name that is waited for.

    Yields:
        bool, whether there was a wait: what was looked up before may be outdated.
    """
    if not root.is_local:
        yield False
        return
    waited = False
    with contextlib.ExitStack() as stack:
        # In one order for all, so that no two wait for each other.
        for name in sorted(names):
            file = root / _FOLDER / name
            file.parent.make_folder()
            lease = stack.enter_context(open(file.text, "a"))
            waited |= _lock(lease, name, say)
        yield waited


def is_held(root, name):
    """Whether a process of this machine holds a lease."""
    file = root / _FOLDER / name
    if not root.is_local or not file.exists():
        return False
    with open(file.text, "a") as lease:
        return not _try(lease)


def _lock(lease, name, say):
    if _try(lease):
        return False
    say(name)
    while not _try(lease):
        time.sleep(_WAIT)
    return True


def _try(lease):
    try:
        fcntl.flock(lease, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
