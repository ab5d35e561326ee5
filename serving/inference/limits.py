"""What one request may ask of the machine."""

import dataclasses
import pathlib

# So much is taken for each pixel: 16 bit with transparency, then floats, 31 bytes in
# all; and TensorFlow's allocator takes its memory in regions that double in size.
BYTES_PER_PIXEL = 48
# A picture may take so much of the memory that is free when it comes.
SHARE_OF_MEMORY = 1 / 5
_GROUPS = pathlib.Path("/sys/fs/cgroup")


@dataclasses.dataclass(frozen=True)
class Limits:
    """Bounds that hold for each request.

    Args:
        request_bytes: int, of its tensors once they are decoded.
        request_seconds: float, of runs that the model's measured cost foretells; 0
            for no limit.
    """

    request_bytes: int = 512 << 20
    request_seconds: float = 120.0


UNBOUNDED = Limits(request_bytes=2 << 30, request_seconds=0.0)
"""What holds where nothing else is said: what a message of TF Serving can hold."""


def free_memory():
    """Memory that this process may still take.

    Returns:
        int, bytes: what the system has, or what is left of its control group's
        limit; or None where neither is told.
    """
    found = [*_of_system(), *_of_group()]
    return max(0, min(found)) if found else None


def _of_system():
    for name, value in _fields("/proc/meminfo"):
        if name == "MemAvailable:":
            yield value << 10


def _of_group():
    """What is left of the limit of the control group, and of those it is in."""
    folder = _group()
    while folder is not None:
        most = _number(_GROUPS / folder / "memory.max")
        used = _number(_GROUPS / folder / "memory.current")
        if most is not None and used is not None:
            # Files that were read are kept while there is room, and no longer.
            kept = dict(_fields(_GROUPS / folder / "memory.stat"))
            yield most - used + kept.get("inactive_file", 0)
        folder = folder.parent if folder.name else None


def _group():
    """`PurePath` of this process's group, or None where there is none."""
    try:
        lines = pathlib.Path("/proc/self/cgroup").read_text("utf-8").splitlines()
    except OSError:
        return None
    found = [line.removeprefix("0::") for line in lines if line.startswith("0::")]
    return pathlib.PurePath(found[0].strip("/")) if found else None


def _number(path):
    """int of a file that holds one number, or None: `max` is no limit."""
    try:
        return int(path.read_text("ascii"))
    except (OSError, ValueError):
        return None


def _fields(path):
    """Yields (name, number) of the lines of a file, none where it is not there."""
    try:
        lines = pathlib.Path(path).read_text("ascii").splitlines()
    except OSError:
        return
    for line in lines:
        name, number, *_ = [*line.split(), "", ""]
        if number.isdigit():
            yield name, int(number)
