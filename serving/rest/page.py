"""The page at `/ui`: static files of the package `serving.ui`, nothing else."""

import pathlib

from starlette.exceptions import HTTPException
from starlette.responses import RedirectResponse
from starlette.staticfiles import StaticFiles

from serving.rest import answers

PATH = "/ui"
_FOLDER = pathlib.Path(__file__).parent.parent / "ui"
_SUFFIXES = (".html", ".js", ".css", ".svg")
_HEADERS = {
    # The page and its requests stay on this server; pictures may come from memory.
    "content-security-policy": "default-src 'self'; img-src 'self' data: blob:; "
    "base-uri 'none'; form-action 'self'; frame-ancestors 'none'",
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "cache-control": "no-cache",
}


class Page:
    """Answers the paths from `/ui` on."""

    def __init__(self):
        self._files = StaticFiles(directory=_FOLDER, check_dir=False)

    async def answer(self, request):
        """Finds a file.

        Args:
            request: `starlette.requests.Request` whose path begins with `/ui`.

        Returns:
            `starlette.responses.Response`.
        """
        path = request.scope["path"].removeprefix(PATH)
        if request.method not in ("GET", "HEAD"):
            return answers.not_found()
        if not path:
            return RedirectResponse(f"{PATH}/")
        name = path.removeprefix("/") or "index.html"
        if not name.endswith(_SUFFIXES) or not _FOLDER.is_dir():
            return answers.not_found()
        try:
            response = await self._files.get_response(name, request.scope)
        except HTTPException:
            return answers.not_found()
        response.headers.update(_HEADERS)
        return response
