"""One of several processes of Beam's local runner.

Beam's own (`apache_beam.runners.worker.sdk_worker_main`) writes all it does to the
terminal, and when a run is killed in the middle of a training, it trains on to the end.
"""

import gc
import logging
import os
import threading
import time

from pipeline.terminal_log import log_to_terminal

_GLANCE = 1.0


def main():
    """Runs until the run that started it needs it no more, or is gone."""
    log_to_terminal()
    # All else is sent to the run, which shows it with --debug. Without a handler here,
    # the first that logs, Beam as it is imported, makes one for the terminal.
    logging.getLogger().addHandler(logging.NullHandler())
    from apache_beam.portability.api import endpoints_pb2
    from google.protobuf import text_format

    from pipeline.engines import worker

    text = os.environ["CONTROL_API_SERVICE_DESCRIPTOR"]
    control = text_format.Parse(text, endpoints_pb2.ApiServiceDescriptor()).url
    threading.Thread(target=_end_with, args=[control], daemon=True).start()
    worker.main()
    # The run waits for this process, and Python would look through all of TensorFlow's
    # objects once more before it ends.
    gc.freeze()


def _end_with(control):
    from pipeline.engines.listens import listens

    while listens(control):
        time.sleep(_GLANCE)
    os._exit(0)  # Nobody is there to be told; what is finished is in its place.


if __name__ == "__main__":
    main()
