"""Scores pictures on a server that speaks TF Serving's protocol."""

import functools
import math

import numpy as np

from serving.client import pictures
from serving.client.answers import MAP, Answers
from serving.client.batches import LARGEST_BATCH_BYTES, batches
from serving.client.connection import Connection
from serving.client.ordered_work import in_order


class ScoringClient:
    """A connection to one model. Usable from several threads, and in `with`.

    Scores come as one dict per picture, in the order of the pictures: the
    model's outputs by name (`score`, higher is more novel; `threshold`,
    `is_novel`, `p_value`, ...), `file`, `note`: None, or what was changed before
    sending, and `error`: None, or why this picture could not be scored, and then
    there are no outputs.

    Args:
        target: str, `HOST:PORT` of the gRPC port.
        model: str, the model's name on the server.
        version: int, or None for the newest.
        batch_size: int, pictures per request at most.
        in_flight: int, requests at a time.
        timeout: float, seconds for one request, further tries included.
        retries: int, tries again while the server is not reachable or busy.
        label: str, in the place of a version, or None.
        tls: `Tls`, or None for a connection in the clear.
    """

    def __init__(
        self,
        target,
        model,
        version=None,
        batch_size=32,
        in_flight=4,
        timeout=60.0,
        retries=5,
        label=None,
        tls=None,
    ):
        self._batch_size = batch_size
        self._in_flight = in_flight
        self._connection = Connection(
            target, model, version, label, timeout, retries, tls
        )
        self._answers = Answers(self._connection)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        """Closes the connection."""
        self._connection.close()

    def score(self, given, maps=False):
        """Scores whatever holds pictures.

        Args:
            given: one picture, or an iterable of pictures: str or path of a file,
                or of a folder to search through; bytes of a file; uint8 array
                [H, W], [H, W, C] or [B, H, W, C] in [0, 255]. Arrays of another
                size than the model's are sent as PNG, and made smaller there.
            maps: bool, ask for heat maps too: `anomaly_map`, a float array of the
                model's size.

        Returns:
            list of dict, one per picture.

        Raises:
            ScoringError: if the server cannot score at all.
            TypeError, ValueError: if something given is no picture.
        """
        return list(self.score_each(given, maps))

    def score_each(self, given, maps=False):
        """Scores as answers come, for more pictures than fit into memory.

        Args:
            given: as for `score`.
            maps: as for `score`.

        Yields:
            dict, one per picture, in order.

        Raises:
            ScoringError: if the server cannot score at all.
            TypeError, ValueError: if something given is no picture.
        """
        found = pictures.read(given, lambda: self._model_shape)
        work = functools.partial(self._answers.rows, maps=maps)
        most = min(self._batch_size, self._most_maps()) if maps else self._batch_size
        return in_order(work, batches(found, most), self._in_flight)

    def score_files(self, paths):
        """Scores picture files.

        Args:
            paths: iterable of str or path, files, or folders to search through.

        Returns:
            list of dict, one per picture found.

        Raises:
            ScoringError: if the server cannot score at all.
        """
        return self.score(paths)

    def score_bytes(self, contents):
        """Scores encoded pictures.

        Args:
            contents: iterable of bytes, each a picture file.

        Returns:
            list of dict, one per picture; `file` is None.

        Raises:
            ScoringError: if the server cannot score at all.
        """
        return self.score(contents)

    def score_images(self, images):
        """Scores pixels.

        Args:
            images: uint8 array [B, H, W, C] or [H, W, C] in [0, 255], or a list of
                arrays [H, W, C] of any sizes.

        Returns:
            list of dict, one per image; `file` is None.

        Raises:
            ScoringError: if the server cannot score at all.
            ValueError: if the images are not of that form.
        """
        if not isinstance(images, (list, tuple)):
            images = np.asarray(images)
            pictures.check_array(images)
        return self.score(images)

    def metadata(self):
        """Asks what the model takes and gives.

        Returns:
            dict: `version`, and `signatures`: by name, `inputs` and `outputs`,
            each by alias a dict of `dtype` and `shape` (None for any size).

        Raises:
            ScoringError: if the server does not answer, or has no such model.
        """
        return self._connection.metadata()

    def status(self):
        """Asks for the states of the model's versions.

        Returns:
            list of dict, newest first: `version`, `state` (`AVAILABLE`, ...),
            and `error`, empty while all is well.

        Raises:
            ScoringError: if the server does not answer, or knows no such model.
        """
        return self._connection.status()

    @functools.cached_property
    def _model_shape(self):
        """[H, W, C] of pixels that the model takes as they are, or None."""
        signatures = self.metadata()["signatures"]
        images = signatures.get("serving_default", {}).get("inputs", {}).get("images")
        if images is None or images["dtype"] != "uint8" or images["shape"] is None:
            return None
        return images["shape"][1:]

    def _most_maps(self):
        """int, how many maps one answer may hold."""
        signatures = self.metadata()["signatures"]
        outputs = signatures.get("anomaly_map_bytes", {}).get("outputs", {})
        shape = outputs.get(MAP, {}).get("shape") or [None]
        if None in shape[1:]:
            return self._batch_size
        return max(1, LARGEST_BATCH_BYTES // (4 * math.prod(shape[1:])))
