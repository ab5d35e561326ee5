"""Looks again and again at the `--model_config_file`."""

import logging
import threading

from serving.configuration import model_config
from serving.status import Code, ServingError

_log = logging.getLogger(__name__)
# Whoever writes a file empties it first: that must not unload anything.
_NOTHING_SET = (
    "{!r} is empty, or sets nothing; what is served stays. To serve no model, write "
    "model_config_list {{}}"
)


class ConfigFile:
    """Reloads the core when the text of the file has changed.

    A file that cannot be parsed, or one in which nothing is set, or a configuration
    that is refused, is logged, and what is served stays.

    Args:
        core: `ServerCore`, or the `SharedConfig` before it.
        path: str.
        seconds: float, time between looks; 0 never looks again.
    """

    def __init__(self, core, path, seconds):
        self._core = core
        self._path = path
        self._seconds = seconds
        self._tried = None
        self._said = None
        self._stop = threading.Event()
        self._thread = threading.Thread(
            target=self._watch, name="config file", daemon=True
        )

    def read(self):
        """Reads the file for the start.

        Returns:
            list of `ModelConfig`.

        Raises:
            ServingError: as `model_config.read_file` and `model_config.read` do.
        """
        config = model_config.read_file(self._path)
        models = model_config.read(config)
        self._tried = config
        return models

    def models(self):
        """list of `ModelConfig`, of what was last read."""
        try:
            return model_config.read(self._tried)
        except ServingError:
            return []

    def start(self):
        """Begins to look, if it is to."""
        if self._seconds > 0:
            self._thread.start()

    def stop(self):
        """Looks no more."""
        self._stop.set()

    def _watch(self):
        while not self._stop.wait(self._seconds):
            try:
                self.look()
            except Exception as error:
                self._say(f"{type(error).__name__}: {error}")

    def look(self):
        """Looks once, and reloads if the configuration has changed."""
        try:
            config = model_config.read_file(self._path)
            if config == self._tried:
                self._said = None
                return
            if config.WhichOneof("config") is None:
                self._say(_NOTHING_SET.format(self._path))
                return
            _log.info("the model configuration in %s has changed", self._path)
            self._reload(config)
            self._said = None
        except ServingError as error:
            self._say(error.message)

    def _reload(self, config):
        # Before it is served: one that is refused is not tried for ever.
        before, self._tried = self._tried, config
        try:
            self._core.reload(config)
        except ServingError as error:
            if error.code is Code.DEADLINE_EXCEEDED:  # another reload was in its way
                self._tried = before
            raise

    def _say(self, text):
        if text != self._said:
            self._said = text
            _log.error("the model configuration is not in force as a whole: %s", text)
