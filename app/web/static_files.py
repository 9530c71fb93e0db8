"""Serves the page's styles and scripts: small files, read where they are asked for."""

from __future__ import annotations

import os
from pathlib import Path

from starlette.datastructures import Headers
from starlette.responses import FileResponse, Response
from starlette.staticfiles import StaticFiles
from starlette.types import Scope


class SmallFiles(StaticFiles):
    """As Starlette's, without threads to open, read and close a file, which take longer than the file.

    A page asks for fifty of them at once.
    """

    def file_response(
        self,
        full_path: str | os.PathLike[str],
        stat_result: os.stat_result,
        scope: Scope,
        status_code: int = 200,
    ) -> Response:
        """The file as Starlette would send it, at once; parts of it and bare headers as ever."""
        response = super().file_response(full_path, stat_result, scope, status_code)
        asks_for_part = scope["method"] == "HEAD" or "range" in Headers(scope=scope)
        if asks_for_part or not isinstance(response, FileResponse):
            return response
        return Response(Path(full_path).read_bytes(), status_code, response.headers)
