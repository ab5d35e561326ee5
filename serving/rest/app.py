"""The REST door's application: which path is answered by what."""

import asyncio
import concurrent.futures
import functools
import logging
import threading
import time

from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response

from serving.error_text import without_paths
from serving.monitoring.metrics_text import CONTENT_TYPE
from serving.rest import answers, body, json_document, page, pool_work, url
from serving.rest.callers import Callers
from serving.rest.model_requests import ModelRequests
from serving.status import Code, ServingError, from_exception
from serving.versions.memory import give_back

_log = logging.getLogger(__name__)
_METRICS_PATH = "/metrics"
_LARGEST_UNPACKED = 100 << 20
_BODY_SECONDS = 60.0
# What such a one has taken is asked back of the C library, a moment later.
_LARGE_BODY = 4 << 20
_CORS = {
    "access-control-allow-origin": "*",
    "access-control-allow-methods": "GET, POST, OPTIONS",
    "access-control-allow-headers": "Content-Type, X-Signature-Name",
}


def _last(response):
    """The response, after which the connection is closed."""
    response.headers["connection"] = "close"
    return response


class RestApp:
    """An ASGI application in front of the core.

    Args:
        core: `ServerCore`.
        metrics: `Metrics`.
        threads: int, predictions that run at the same time.
        timeout: float, seconds after which a prediction is answered with 504.
        largest_body: int, bytes.
        stock: bool, do as TF Serving does where this server does better.
        metrics_path: str, where the metrics are, or None for nowhere.
        cors: bool, let pages of other hosts send requests.
        ui: bool, whether there is the page at `/ui`.
        largest_unpacked: int, bytes of a body after gzip.
        json_depth: int, as of `json_document.parse`.
        method_name_check: bool, as of `ModelRequests`.
        hosts: iterable of str, names of this server, as of `Callers`.
    """

    def __init__(
        self,
        core,
        metrics,
        threads,
        timeout,
        largest_body,
        *,
        stock=False,
        metrics_path=None,
        cors=False,
        ui=True,
        largest_unpacked=_LARGEST_UNPACKED,
        json_depth=json_document.DEPTH,
        method_name_check=False,
        hosts=("*",),
    ):
        self._core = core
        self._metrics = metrics
        self._pool = concurrent.futures.ThreadPoolExecutor(threads, "rest")
        self._timeout = timeout
        self._largest_body = largest_body
        self._largest_unpacked = largest_unpacked
        self._stock = stock
        self._metrics_path = metrics_path
        self._cors = cors
        self._callers = Callers(hosts, cross_origin=cors or stock)
        self._is_ending = False
        self._page = page.Page() if ui and not stock else None
        self._models = ModelRequests(
            core, metrics, stock, json_depth, method_name_check
        )

    def end(self):
        """Is not ready from now on; requests are answered as before."""
        self._is_ending = True

    async def __call__(self, scope, receive, send):
        """Answers one request."""
        if scope["type"] != "http":
            return
        request = Request(scope, receive)
        try:
            response = self._refused(request) or await self._answer(request)
        except ClientDisconnect:
            return
        except asyncio.CancelledError:
            if not self._is_ending:
                raise
            # Its time was up when the server was asked to stop.
            response = _last(answers.error("the server is stopping", 503))
        except Exception as exception:
            response = self._error(request, from_exception(exception))
        await response(scope, receive, send)

    def _refused(self, request):
        """Response to what is not looked at any further, or None."""
        headers = request.headers
        if "content-length" in headers and "transfer-encoding" in headers:
            # Where one ends and the next begins is for nobody to guess.
            message = "Content-Length and Transfer-Encoding are both given"
            return _last(answers.error(message, 400))
        reason = self._callers.refusal(request.method, headers)
        return reason and _last(answers.error(reason, 403))

    async def _answer(self, request):
        # As sent: the query string is no part of the syntax, so it stays on.
        path = request.scope["raw_path"].decode("latin-1")
        query = request.scope["query_string"].decode("latin-1")
        full = f"{path}?{query}" if query else path
        if request.method in ("TRACE", "CONNECT"):
            return Response(status_code=501)
        if full.lower().startswith("/v1/"):
            response = await self._answer_model(request, full)
            if self._cors:
                response.headers.update(_CORS)
            return response
        if self._metrics_path is not None:
            if path == self._metrics_path:
                return await self._metrics_text(query)
            if path == _METRICS_PATH and not self._stock:
                return await self._metrics_text("")
        if self._stock:
            return answers.not_found()
        return await self._answer_own(request, path)

    async def _answer_own(self, request, path):
        """The paths that TF Serving does not have."""
        if path == "/healthz":
            return answers.document({"status": "alive"})
        if path == "/readyz":
            ready = self._core.is_ready() and not self._is_ending
            return answers.document({"ready": ready}, 200 if ready else 503)
        if path == "/models" and request.method in ("GET", "HEAD"):
            return answers.document(self._list_models())
        under_page = path == page.PATH or path.startswith(f"{page.PATH}/")
        if self._page is not None and under_page:
            return await self._page.answer(request)
        return answers.not_found()

    async def _answer_model(self, request, path):
        """A request under `/v1/`, counted whatever becomes of it."""
        if request.method == "OPTIONS":
            origin = request.headers.get("origin", "")
            known = origin.startswith(("http://", "https://"))
            return Response(status_code=200 if known else 400)
        record = self._metrics.begin("REST", "")
        try:
            target = url.parse(request.method, path)
            record.model = target.name
            if target.is_run:
                record.api = target.action
            response = await self._run(request, target, record)
        except (ClientDisconnect, asyncio.CancelledError):
            self._end(record, Code.CANCELLED)
            raise
        except body.BodyRefusedError as error:
            self._end(record, Code.INVALID_ARGUMENT)
            return _last(answers.error(str(error), error.status))
        except Exception as exception:
            error = from_exception(exception)
            self._end(record, error.code)
            return self._error(request, error)
        self._end(record, Code.OK)
        return response

    async def _run(self, request, target, record):
        content = b""
        if request.method == "POST":
            content = await body.read(
                request, self._largest_body, self._largest_unpacked, _BODY_SECONDS
            )
        gone = threading.Event()
        answer = functools.partial(
            *(self._models.answer, target, content, request.headers),
            deadline=time.monotonic() + self._timeout,
            record=record,
            has_gone=None if self._stock else gone.is_set,
        )
        loop = asyncio.get_running_loop()
        work = loop.run_in_executor(self._pool, answer)
        watch = target.is_run and not self._stock
        try:
            return await pool_work.result(work, request, self._timeout, watch)
        except TimeoutError:
            message = f"Timed out: not answered within {self._timeout:g} s"
            raise ServingError(Code.DEADLINE_EXCEEDED, message) from None
        finally:
            gone.set()  # what still runs ends after the part it is in
            if len(content) > _LARGE_BODY:
                loop.call_later(1.0, loop.run_in_executor, None, give_back)

    def _end(self, record, code):
        is_known = record.version is not None or (
            record.model in self._core.model_names()
        )
        self._metrics.end(record, code, is_known)

    def _error(self, request, error):
        if error.code is Code.INTERNAL:
            _log.error("%s %s: %s", request.method, request.url.path, error.message)
        text = error.message if self._stock else without_paths(error.message)
        return answers.error(text, error.code.http)

    async def _metrics_text(self, query):
        if query:
            path = f"{self._metrics_path}?{query}"
            text = f"Unexpected path: {path}. Should be {self._metrics_path}"
            return Response(text, 400, {"content-type": CONTENT_TYPE})
        text = await asyncio.to_thread(self._metrics.text)
        return Response(text, headers={"content-type": CONTENT_TYPE})

    def _list_models(self):
        """dict, each model with the states of its versions."""
        models = []
        for name in self._core.model_names():
            try:
                states = self._core.version_states(name)
            except ServingError:  # configured, and no version seen so far
                states = []
            versions = [{"version": str(v), "state": s.name} for v, s, _ in states]
            models.append({"name": name, "versions": versions, **self._card(name)})
        return {"models": models}

    def _card(self, name):
        """dict, what the version that answers says of its pictures, if it does."""
        try:
            with self._core.handle(name) as (_, servable):
                card = getattr(servable, "card", None)
        except ServingError:
            return {}
        return {"detector": card} if card else {}
