"""What the model says of one batch, picture by picture."""

import grpc
import numpy as np

from serving.client import errors, tensors
from serving.client.errors import ScoringError
from serving.client.retry import is_too_large

MAP = "anomaly_map"
"""The output that holds the maps."""

_ABOUT_A_PICTURE = (
    grpc.StatusCode.INVALID_ARGUMENT,
    grpc.StatusCode.OUT_OF_RANGE,
    grpc.StatusCode.DATA_LOSS,
)
# What is asked of the model, by (of pixels, as a map): signature, input, purpose.
_SIGNATURES = {
    (True, False): ("serving_default", "images", "scores pixels"),
    (False, False): ("serving_bytes", "image_bytes", "scores whole picture files"),
    (True, True): ("anomaly_map", "images", "gives heat maps of pixels"),
    (False, True): ("anomaly_map_bytes", "image_bytes", "gives heat maps of files"),
}


class Answers:
    """Asks one model about batches.

    Args:
        connection: `Connection`.
    """

    def __init__(self, connection):
        self._connection = connection

    def rows(self, batch, maps):
        """Asks for one batch, and finds the pictures that the model refuses.

        Args:
            batch: list of `Picture`, files or pixels.
            maps: bool, ask for the maps too.

        Returns:
            list of dict, one per picture.

        Raises:
            ScoringError: the server cannot score at all.
        """
        sent = [picture for picture in batch if picture.error is None]
        answers = iter(self._answers(sent, maps))
        rows = []
        for picture in batch:
            row = {"error": picture.error} if picture.error else next(answers)
            rows.append({"file": picture.file, "note": picture.note, **row})
        return rows

    def _answers(self, sent, maps):
        """list of dict, one per picture, with `error` and what the model says."""
        if not sent:
            return []
        try:
            rows = tensors.to_rows(self._outputs(sent, False), len(sent))
            if maps:
                found = tensors.read(self._outputs(sent, True)[MAP])
                rows = [
                    {**row, MAP: values}
                    for row, values in zip(rows, found, strict=True)
                ]
        except ScoringError as error:
            if not _is_about_pictures(error):
                raise
            if len(sent) == 1:
                return [{"error": error.message}]
            # One bad picture fails its batch: find out which, keep the others.
            half = len(sent) // 2
            return self._answers(sent[:half], maps) + self._answers(sent[half:], maps)
        return [{**row, "error": None} for row in rows]

    def _outputs(self, sent, as_map):
        of_pixels = sent[0].pixels is not None
        signature, alias, purpose = _SIGNATURES[of_pixels, as_map]

        def fill(request):
            if of_pixels:
                images = np.stack([picture.pixels for picture in sent])
                tensors.write_images(request.inputs[alias], images)
            else:
                contents = [picture.content for picture in sent]
                tensors.write_strings(request.inputs[alias], contents)

        try:
            return self._connection.predict(signature, fill).outputs
        except ScoringError as error:
            if error.code is not grpc.StatusCode.FAILED_PRECONDITION:
                raise
            known = self._connection.metadata()["signatures"]
            if signature in known:
                raise
            found = errors.missing_signature(error, signature, purpose, known)
            raise found from error


def _is_about_pictures(error):
    # An unknown label has the same code as a bad picture, and is no picture's fault.
    if "version label" in error.message:
        return False
    return error.code in _ABOUT_A_PICTURE or is_too_large(error.message)
