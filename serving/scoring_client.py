"""Scores pictures on a server that speaks TF Serving's protocol."""

import collections
import concurrent.futures
import itertools
import time

import grpc
import numpy as np

from serving import client_messages, client_tensors, picture_files

_CHANNEL_OPTIONS = [
    # gRPC's own limit of 4 MiB is less than one large picture.
    ("grpc.max_receive_message_length", -1),
    ("grpc.max_send_message_length", -1),
    ("grpc.enable_http_proxy", 0),
    ("grpc.initial_reconnect_backoff_ms", 200),
    ("grpc.max_reconnect_backoff_ms", 2000),
]
_LARGEST_BATCH_BYTES = 32 << 20
_TRY_AGAIN = (grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.RESOURCE_EXHAUSTED)
_ABOUT_A_PICTURE = (
    grpc.StatusCode.INVALID_ARGUMENT,
    grpc.StatusCode.OUT_OF_RANGE,
    grpc.StatusCode.DATA_LOSS,
)
_STATES = {10: "START", 20: "LOADING", 30: "AVAILABLE", 40: "UNLOADING", 50: "END"}


class ScoringError(Exception):
    """The server cannot score at all, whatever the picture.

    Args:
        code: `grpc.StatusCode`.
        message: str.
    """

    def __init__(self, code, message):
        super().__init__(f"{code.name}: {message}")
        self.code = code
        self.message = message


class ScoringClient:
    """A connection to one model. Usable from several threads, and in `with`.

    Scores come as one dict per picture, in the order of the pictures: the
    model's outputs by name (`score`, higher is more novel; `threshold`,
    `is_novel`, `p_value`, ...), `file`, and `error`: None, or why this picture
    could not be scored, and then there are no outputs.

    Args:
        target: str, `HOST:PORT` of the gRPC port.
        model: str, the model's name on the server.
        version: int, or None for the newest.
        batch_size: int, pictures per request at most.
        in_flight: int, requests at a time.
        timeout: float, seconds for one request.
        retries: int, tries again while the server is not reachable or busy.
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
    ):
        self._model = model
        self._version = version
        self._batch_size = batch_size
        self._in_flight = in_flight
        self._timeout = timeout
        self._retries = retries
        self._channel = grpc.insecure_channel(target, _CHANNEL_OPTIONS)
        messages = client_messages
        self._predict = self._method(messages.PREDICT, messages.PredictResponse)
        self._get_metadata = self._method(
            messages.GET_MODEL_METADATA, messages.MetadataResponse
        )
        self._get_status = self._method(
            messages.GET_MODEL_STATUS, messages.StatusResponse
        )

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        """Closes the connection."""
        self._channel.close()

    def score_files(self, paths):
        """Scores picture files.

        Args:
            paths: iterable of str, files, or folders to search through.

        Returns:
            list of dict, one per picture found.

        Raises:
            ScoringError: if the server cannot score at all.
        """
        files, _ = picture_files.find(paths)
        return self._score(files, _read_file)

    def score_bytes(self, contents):
        """Scores encoded pictures.

        Args:
            contents: iterable of bytes, each a PNG, JPEG, BMP or GIF file.

        Returns:
            list of dict, one per picture; `file` is None.

        Raises:
            ScoringError: if the server cannot score at all.
        """
        return self._score(contents, lambda content: (None, content, None))

    def score_images(self, images):
        """Scores pixels.

        Args:
            images: uint8 array [B, H, W, C] in [0, 255], of the model's size.

        Returns:
            list of dict, one per image; `file` is None.

        Raises:
            ScoringError: if the server refuses the images or cannot score.
        """
        images = np.asarray(images)
        if images.dtype != np.uint8 or images.ndim != 4:
            raise ValueError(
                "images must be a uint8 array [B, H, W, C], got "
                f"{images.dtype} {list(images.shape)}"
            )
        per_image = max(1, images[:1].nbytes)
        size = max(1, min(self._batch_size, _LARGEST_BATCH_BYTES // per_image))
        batches = (images[i : i + size] for i in range(0, len(images), size))

        def score(batch):
            request = self._request("serving_default")
            client_tensors.write_images(request.inputs["images"], batch)
            rows = client_tensors.to_rows(self._call(request), len(batch))
            return [{"file": None, **row, "error": None} for row in rows]

        return list(self._in_order(score, batches))

    def metadata(self):
        """Asks what the model takes and gives.

        Returns:
            dict: `version`, and `signatures`: by name, `inputs` and `outputs`,
            each by alias a dict of `dtype` and `shape` (None for any size).
        """
        request = client_messages.MetadataRequest(metadata_field=["signature_def"])
        self._name_model(request.model_spec)
        response = self._try(self._get_metadata, request)
        packed = response.metadata["signature_def"].value
        signatures = client_messages.SignatureDefMap.FromString(packed).signature_def
        return {
            "version": response.model_spec.version.value,
            "signatures": {
                name: {
                    "inputs": _describe(signature.inputs),
                    "outputs": _describe(signature.outputs),
                }
                for name, signature in signatures.items()
            },
        }

    def status(self):
        """Asks for the states of the model's versions.

        Returns:
            list of dict, newest first: `version`, `state` (`AVAILABLE`, ...),
            and `error`, empty while all is well.
        """
        request = client_messages.StatusRequest()
        self._name_model(request.model_spec)
        response = self._try(self._get_status, request)
        return [
            {
                "version": entry.version,
                "state": _STATES.get(entry.state, str(entry.state)),
                "error": entry.status.error_message,
            }
            for entry in response.model_version_status
        ]

    def _score(self, items, read):
        return list(self._in_order(self._score_batch, self._batches(items, read)))

    def _batches(self, items, read):
        """Groups (file, content, error) by number and by size."""
        batch, size = [], 0
        for item in items:
            entry = read(item)
            length = len(entry[1] or b"")
            full = len(batch) >= self._batch_size
            if batch and (full or size + length > _LARGEST_BATCH_BYTES):
                yield batch
                batch, size = [], 0
            batch.append(entry)
            size += length
        if batch:
            yield batch

    def _score_batch(self, batch):
        contents = [content for _, content, error in batch if error is None]
        scored = iter(self._score_contents(contents))
        return [
            {"file": file, **(next(scored) if error is None else {"error": error})}
            for file, _, error in batch
        ]

    def _score_contents(self, contents):
        if not contents:
            return []
        request = self._request("serving_bytes")
        client_tensors.write_strings(request.inputs["image_bytes"], contents)
        try:
            rows = client_tensors.to_rows(self._call(request), len(contents))
        except ScoringError as error:
            if error.code not in _ABOUT_A_PICTURE:
                raise
            if len(contents) == 1:
                return [{"error": error.message}]
            # One bad picture fails its batch: find out which, keep the others.
            return [self._score_contents([content])[0] for content in contents]
        return [{**row, "error": None} for row in rows]

    def _in_order(self, work, batches):
        """Runs work on batches, few at a time, and gives the rows in order."""
        with concurrent.futures.ThreadPoolExecutor(self._in_flight) as pool:
            waiting = collections.deque()
            try:
                for batch in batches:
                    waiting.append(pool.submit(work, batch))
                    if len(waiting) > self._in_flight:
                        yield from waiting.popleft().result()
                while waiting:
                    yield from waiting.popleft().result()
            finally:
                for future in waiting:
                    future.cancel()

    def _request(self, signature_name):
        request = client_messages.PredictRequest()
        self._name_model(request.model_spec)
        request.model_spec.signature_name = signature_name
        return request

    def _name_model(self, spec):
        spec.name = self._model
        if self._version is not None:
            spec.version.value = self._version

    def _call(self, request):
        return self._try(self._predict, request).outputs

    def _try(self, method, request):
        for attempt in itertools.count():
            try:
                return method(request, timeout=self._timeout)
            except grpc.RpcError as error:
                if error.code() not in _TRY_AGAIN or attempt >= self._retries:
                    raise ScoringError(error.code(), error.details()) from error
            time.sleep(0.1 * 2**attempt)

    def _method(self, path, response_class):
        return self._channel.unary_unary(
            path,
            request_serializer=lambda message: message.SerializeToString(),
            response_deserializer=response_class.FromString,
        )


def _read_file(path):
    try:
        with open(path, "rb") as file:
            return path, file.read(), None
    except OSError as error:
        return path, None, f"cannot be read: {error.strerror}"


def _describe(infos):
    return {
        alias: {
            "dtype": client_messages.DTYPES.get(info.dtype, str(info.dtype)),
            "shape": None
            if info.tensor_shape.unknown_rank
            else [d.size if d.size >= 0 else None for d in info.tensor_shape.dim],
        }
        for alias, info in infos.items()
    }
