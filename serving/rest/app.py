"""The REST requests: paths, bodies and answers of TF Serving, and two probes."""

import asyncio
import concurrent.futures
import functools
import json
import logging
import zlib

from google.protobuf import json_format
from starlette.requests import ClientDisconnect, Request
from starlette.responses import HTMLResponse, Response

from serving import metadata, predict
from serving.rest import json_request, json_response, url
from serving.status import Code, ServingError, from_exception

_log = logging.getLogger(__name__)
_NOT_FOUND_PAGE = "<html><body><h1>404 Not Found</h1></body></html>"
_LARGEST_UNPACKED = 100 << 20


class BodyTooLargeError(Exception):
    """A request body over the limit, which is answered with HTTP 413."""


class RestApp:
    """An ASGI application in front of the core.

    Args:
        core: `ServerCore`.
        threads: int, predictions that run at the same time.
        timeout: float, seconds after which a prediction is answered with 504.
        largest_body: int, bytes.
    """

    def __init__(self, core, threads, timeout, largest_body):
        self._core = core
        self._pool = concurrent.futures.ThreadPoolExecutor(threads, "rest")
        self._timeout = timeout
        self._largest_body = largest_body

    async def __call__(self, scope, receive, send):
        """Answers one request."""
        if scope["type"] != "http":
            return
        request = Request(scope, receive)
        try:
            response = await self._answer(request)
        except ClientDisconnect:
            return
        except BodyTooLargeError as error:
            response = _json({"error": str(error)}, 413)
            response.headers["connection"] = "close"
        except Exception as exception:
            error = from_exception(exception)
            if error.code is Code.INTERNAL:
                _log.error("%s %s: %s", request.method, request.url, error.message)
            response = _json({"error": error.message}, error.code.http)
        await response(scope, receive, send)

    async def _answer(self, request):
        # As sent: the query string is no part of the syntax, so it stays on.
        path = request.scope["raw_path"].decode("latin-1")
        query = request.scope["query_string"].decode("latin-1")
        path = f"{path}?{query}" if query else path
        if request.method in ("TRACE", "CONNECT"):
            return Response(status_code=501)
        if path == "/healthz":
            return _json({"status": "alive"})
        if path == "/readyz":
            ready = self._core.is_ready()
            return _json({"ready": ready}, 200 if ready else 503)
        if not path.lower().startswith("/v1/"):
            return HTMLResponse(_NOT_FOUND_PAGE, 404)
        if request.method == "OPTIONS":
            origin = request.headers.get("origin", "")
            known = origin.startswith(("http://", "https://"))
            return Response(status_code=200 if known else 400)
        target = url.parse(request.method, path)
        body = await self._body(request) if request.method == "POST" else b""
        answer = functools.partial(getattr(self, f"_{target.action}"), target, body)
        work = asyncio.get_running_loop().run_in_executor(self._pool, answer)
        try:
            return await asyncio.wait_for(work, self._timeout)
        except TimeoutError:
            message = f"not answered within {self._timeout:g} s"
            raise ServingError(Code.DEADLINE_EXCEEDED, message) from None

    async def _body(self, request):
        chunks, size = [], 0
        async for chunk in request.stream():
            size += len(chunk)
            if size > self._largest_body:
                raise BodyTooLargeError(
                    f"the body is larger than {self._largest_body} bytes, the limit "
                    "set by --rest_api_max_body_mb"
                )
            chunks.append(chunk)
        body = b"".join(chunks)
        if "gzip" in request.headers.get("content-encoding", ""):
            return _unpack(body, min(_LARGEST_UNPACKED, self._largest_body))
        return body

    def _predict(self, target, body):
        body = json_request.parse(body)
        with self._held(target) as (_, servable):
            signatures = servable.signatures
            key = body.signature_name or predict.DEFAULT_SIGNATURE
            if key not in signatures:
                known = ", ".join(sorted(signatures))
                raise ServingError(
                    Code.INVALID_ARGUMENT,
                    f'Serving signature name: "{key}" not found in signature def. '
                    f"Signatures are: {known}",
                )
            signature = signatures[key]
            arrays = json_request.to_arrays(body, signature, signatures)
            outputs = predict.select_outputs(signature, ())
            values = predict.run(servable, signature, arrays, outputs)
        content = json_response.write(outputs, values, body.row)
        return Response(content, media_type="application/json")

    def _classify(self, target, body):
        with self._held(target):
            message = f"{target.action} is not offered by this server; use predict"
            raise ServingError(Code.UNIMPLEMENTED, message)

    _regress = _classify

    def _status(self, target, body):
        states = self._core.version_states(target.name, target.version)
        return _json(_to_dict(metadata.status_response(states)))

    def _metadata(self, target, body):
        with self._held(target) as (version, servable):
            signatures = _to_dict(metadata.signature_map(servable))
        spec = {"name": target.name, "signature_name": "", "version": str(version)}
        fields = {metadata.SIGNATURE_FIELD: signatures}
        return _json({"model_spec": spec, "metadata": fields})

    def _held(self, target):
        return self._core.handle(target.name, target.version, target.label)


def _json(document, status=200):
    content = json.dumps(document, indent=1)
    return Response(content, status, media_type="application/json")


def _to_dict(message):
    return json_format.MessageToDict(
        message,
        preserving_proto_field_name=True,
        always_print_fields_with_no_presence=True,
    )


def _unpack(body, largest):
    """bytes; empty if it is no gzip or unpacks to too much, as in TF Serving."""
    unpacker = zlib.decompressobj(wbits=31)
    try:
        content = unpacker.decompress(body, largest)
    except zlib.error:
        return b""
    return b"" if unpacker.unconsumed_tail or not unpacker.eof else content
