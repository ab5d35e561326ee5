"""What one request may ask of the machine."""

import dataclasses

# A decoder holds about so much for each pixel: 16 bit with transparency, then floats.
BYTES_PER_PIXEL = 24
# A picture may take so much of the memory that is free when it comes.
SHARE_OF_MEMORY = 1 / 8


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
    try:
        with open("/proc/meminfo", encoding="ascii") as file:
            for line in file:
                if line.startswith("MemAvailable:"):
                    yield int(line.split()[1]) << 10
    except (OSError, ValueError):
        return


def _of_group():
    try:
        with open("/sys/fs/cgroup/memory.max", encoding="ascii") as file:
            most = file.read().strip()
        with open("/sys/fs/cgroup/memory.current", encoding="ascii") as file:
            used = int(file.read())
    except (OSError, ValueError):
        return
    if most.isdigit():
        yield int(most) - used
