"""Processes of tests, none of which outlives the tests."""

import atexit
import os
import subprocess
import sys
import weakref

from tests.waiting import PATIENCE

# Becomes the command, and is killed by the system (Linux) when the tests' process ends,
# however that ends. A function to be run between fork and exec might hang: there are
# threads here.
_LAUNCH = """
import ctypes, os, signal, sys
if sys.platform == "linux":
    set_parent_death_signal = 1
    ctypes.CDLL(None).prctl(set_parent_death_signal, signal.SIGKILL)
if os.getppid() != int(sys.argv[1]):
    sys.exit("the tests have ended")
os.execvp(sys.argv[2], sys.argv[2:])
"""
_started = weakref.WeakSet()


def start(command, **options):
    """Starts a process that ends, at the latest, with the tests.

    Args:
        command: list of str.
        **options: of `subprocess.Popen`.

    Returns:
        `subprocess.Popen`.
    """
    launch = [sys.executable, "-I", "-S", "-c", _LAUNCH, str(os.getpid())]
    process = subprocess.Popen([*launch, *command], **options)
    _started.add(process)
    return process


def stop(process):
    """Ends a process by SIGTERM; one that does not end is killed, and the test fails.

    Args:
        process: `subprocess.Popen`.

    Returns:
        int, its exit status.
    """
    if process.poll() is None:
        process.terminate()
    try:
        return process.wait(PATIENCE)
    except BaseException:
        process.kill()
        process.wait()
        raise


@atexit.register
def _kill_all():
    for process in list(_started):
        if process.poll() is None:
            process.kill()
