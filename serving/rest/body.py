"""Takes in the body of a request, within limits of size and time."""

import asyncio
import zlib


class BodyRefusedError(Exception):
    """A body that is not taken in; the connection cannot be used any more.

    Args:
        status: int, of HTTP: 413 or 408.
        message: str.
    """

    def __init__(self, status, message):
        super().__init__(message)
        self.status = status


async def read(request, largest, largest_unpacked, seconds):
    """Reads a body, and unpacks it if it is gzip.

    Args:
        request: `starlette.requests.Request`.
        largest: int, bytes as sent.
        largest_unpacked: int, bytes after unpacking.
        seconds: float, in which all of it must have come.

    Returns:
        bytes; empty if it is no gzip or unpacks to too much, as in TF Serving.

    Raises:
        BodyRefusedError: it is too large, or comes too slowly.
    """
    if request.headers.get("expect", "").lower() == "100-continue":
        # Said before it is sent, which is what the client asks for.
        announced = request.headers.get("content-length", "")
        if announced.isdecimal() and len(announced) < 20 and int(announced) > largest:
            raise _too_large(largest)
    try:
        async with asyncio.timeout(seconds):
            body = await _collect(request, largest)
    except TimeoutError:
        message = f"the body did not arrive within {seconds:g} s"
        raise BodyRefusedError(408, message) from None
    if "gzip" in request.headers.get("content-encoding", ""):
        return await asyncio.to_thread(_unpack, body, largest_unpacked)
    return body


async def _collect(request, largest):
    chunks, size = [], 0
    async for chunk in request.stream():
        size += len(chunk)
        if size > largest:
            raise _too_large(largest)
        chunks.append(chunk)
    return b"".join(chunks)


def _too_large(largest):
    return BodyRefusedError(
        413,
        f"the body is larger than {largest} bytes, the limit set by "
        "--rest_api_max_body_mb",
    )


def _unpack(body, largest):
    unpacker = zlib.decompressobj(wbits=31)
    try:
        content = unpacker.decompress(body, largest)
    except zlib.error:
        return b""
    return b"" if unpacker.unconsumed_tail or not unpacker.eof else content
