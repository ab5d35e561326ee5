"""Starts the server so that it ends with whoever started it, however that ends.

`python -m pipeline.components.check.launch FLAGS` becomes `novnorm-serve FLAGS`. A
killed pipeline cannot stop its server; the system does, where it is Linux.
"""

import ctypes
import os
import signal
import sys

_SET_PARENT_DEATH_SIGNAL = 1
_PARENT = "NOVNORM_CHECK_PARENT"


def main():
    """Turns this process into the server."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_SET_PARENT_DEATH_SIGNAL, signal.SIGTERM)
        if os.getppid() != int(os.environ.get(_PARENT, os.getppid())):
            sys.exit("whoever started the server has ended")
    # By its command: the server is another program, which is not imported.
    os.execv(sys.executable, [sys.executable, "-m", "serving.main", *sys.argv[1:]])


if __name__ == "__main__":
    main()
