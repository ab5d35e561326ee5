"""Resident memory of another process."""

import os


def resident_bytes(pid):
    """Memory that a process holds, as the kernel counts it.

    Args:
        pid: int.

    Returns:
        int, bytes.
    """
    with open(f"/proc/{pid}/statm", encoding="ascii") as file:
        return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def peak_bytes(pid):
    """The most memory that a process has held so far.

    Args:
        pid: int.

    Returns:
        int, bytes.
    """
    with open(f"/proc/{pid}/status", encoding="ascii") as file:
        line = next(line for line in file if line.startswith("VmHWM:"))
    return int(line.split()[1]) << 10
