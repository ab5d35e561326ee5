"""The configuration of all workers: what one of them is told, each serves."""

import logging
import os
import pathlib
import threading

from tensorflow_serving.config import model_server_config_pb2

from serving.configuration import model_config
from serving.status import ServingError

_log = logging.getLogger(__name__)
_LOOK_SECONDS = 0.2


class SharedConfig:
    """Spreads reloads over the workers, through a file that each looks at.

    The system chooses the worker that a client speaks to, so all have to serve what
    one was told, and so has one that is started again. The last one told wins.

    Args:
        core: `ServerCore`.
        path: str or path; the file is there after the first reload.
    """

    def __init__(self, core, path):
        self._core = core
        self._path = pathlib.Path(path)
        self._served = None
        self._said = None
        self._stop = threading.Event()
        self._thread = threading.Thread(
            target=self._watch, name="shared configuration", daemon=True
        )

    def read(self):
        """Reads what was spread before this worker started.

        Returns:
            list of `ModelConfig`, or None if there was no reload so far.
        """
        content = self._content()
        if content is None:
            return None
        self._served = content
        return model_config.read(_parsed(content))

    def start(self):
        """Begins to look for what other workers are told."""
        self._thread.start()

    def stop(self):
        """Looks no more."""
        self._stop.set()

    def reload(self, config):
        """Serves another configuration here, and has the others serve it.

        It returns when this worker serves what is new in it; the others begin to
        load at the same time, and may be a little behind.

        Args:
            config: `ModelServerConfig`.

        Raises:
            ServingError: as of `ServerCore.reload`. One that is refused is not
                spread.
        """
        content = config.SerializeToString(deterministic=True)
        self._core.reload(config, lambda: self._spread(content))

    def look(self):
        """Looks once, and serves what another worker was told."""
        content = self._content()
        if content is None or content == self._served:
            return
        try:
            self._core.reload(_parsed(content), lambda: self._note(content))
            self._said = None
        except ServingError as error:
            # One that another reload held up is not noted, and tried again.
            self._say(error.message)

    def _watch(self):
        while not self._stop.wait(_LOOK_SECONDS):
            try:
                self.look()
            except Exception as error:
                self._say(f"{type(error).__name__}: {error}")

    def _content(self):
        try:
            return self._path.read_bytes()
        except FileNotFoundError:
            return None

    def _spread(self, content):
        partial = self._path.with_name(f"{self._path.name}.{os.getpid()}.tmp")
        partial.write_bytes(content)
        partial.replace(self._path)
        self._served = content

    def _note(self, content):
        _log.info("another worker was told to serve another configuration")
        self._served = content

    def _say(self, text):
        if text != self._said:
            self._said = text
            _log.error(
                "the configuration that another worker was told is not in force here "
                "as a whole: %s",
                text,
            )


def _parsed(content):
    return model_server_config_pb2.ModelServerConfig.FromString(content)
