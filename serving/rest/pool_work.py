"""Waits for work on another thread as long as the client does."""

import asyncio

from starlette.requests import ClientDisconnect


async def result(work, request, timeout, watch):
    """Waits for a result, the client's going, or the end of the time.

    Args:
        work: `asyncio.Future`.
        request: `starlette.requests.Request`, whose body has been read.
        timeout: float, seconds.
        watch: bool, whether to look if the client goes.

    Returns:
        what the work gives.

    Raises:
        TimeoutError: after the timeout.
        ClientDisconnect: the client has closed its connection.
    """
    awaited = [work]
    if watch:
        awaited.append(asyncio.ensure_future(_until_gone(request)))
    try:
        first = asyncio.FIRST_COMPLETED
        done, _ = await asyncio.wait(awaited, timeout=timeout, return_when=first)
        if work in done:
            return work.result()
        if done:
            raise ClientDisconnect
        raise TimeoutError
    finally:
        for future in awaited:
            future.cancel()


async def _until_gone(request):
    while (await request.receive())["type"] != "http.disconnect":
        await asyncio.sleep(0.1)
