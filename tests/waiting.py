"""How long tests wait for what will come: so long that no busy machine loses."""

import time

PATIENCE = 300  # seconds; where all is well none of it is used


def wait_until(condition, seconds=PATIENCE, pause=0.02, check=lambda: None):
    """Polls until a condition gives something true.

    Args:
        condition: function without arguments.
        seconds: float, after which the test fails.
        pause: float, seconds between two looks.
        check: function that raises where waiting is in vain, as a process has died.

    Returns:
        What the condition gave.
    """
    deadline = time.monotonic() + seconds
    while True:
        found = condition()
        if found:
            return found
        check()
        assert time.monotonic() < deadline, f"not within {seconds} s: {condition}"
        time.sleep(pause)
