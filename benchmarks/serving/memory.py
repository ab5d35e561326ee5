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


def forget_peak(pid):
    """Has `peak_bytes` count anew from now on.

    Args:
        pid: int.
    """
    with open(f"/proc/{pid}/clear_refs", "w", encoding="ascii") as file:
        file.write("5")


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
