"""From where clients may have models loaded."""

import os

from serving.configuration import model_config
from serving.status import Code, ServingError

ANY = "*"


class ReloadPaths:
    """Refuses a reload that names other folders than the configured ones.

    A model is code: it can read any file that the server can. Whoever reaches the
    port may ask for a reload, so its base paths must be among those, or within, that
    whoever runs the server has named.

    Args:
        configured: function to a list of `ModelConfig`, what the server was
            configured with.
        allowed: sequence of str, further folders; `*` for any.
    """

    def __init__(self, configured, allowed=()):
        self._configured = configured
        self._allowed = list(allowed)

    def check(self, config):
        """Looks at the base paths of a reload.

        Args:
            config: `ModelServerConfig`.

        Raises:
            ServingError: `PERMISSION_DENIED`, or as `model_config.read`.
        """
        if ANY in self._allowed or config.WhichOneof("config") != "model_config_list":
            return
        paths = [*self._allowed, *(model.base_path for model in self._configured())]
        roots = [os.path.realpath(path) for path in paths]
        for model in model_config.read(config):
            path = os.path.realpath(model.base_path)
            if not any(os.path.commonpath([root, path]) == root for root in roots):
                raise ServingError(
                    Code.PERMISSION_DENIED,
                    f"model {model.name!r}: its base_path is none that this server was "
                    "configured with. Models are code, so clients may not choose from "
                    "where they come; allow the folder with --reload_base_paths",
                )
