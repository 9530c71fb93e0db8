"""`--save`: the analysis in a file, of the kind that its name ends in."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from ..core.analysis import Analysis
from ..core.files import Body
from ..core.files.body import state_of_request
from ..core.request import AnalysisRequest
from ..errors import LossmaskError

if TYPE_CHECKING:
    from ..web.save import Kind


def kind_of_file(name: str) -> Kind:
    """The kind of file that a name stands for, by its extension.

    Raises:
        FileError: there is no such kind.
    """
    from ..web.save import kind_of

    return kind_of(Path(name).suffix.removeprefix(".").lower())


def save(name: str, kind: Kind, request: AnalysisRequest, analysis: Analysis) -> None:
    """Write the file, in place of one of that name.

    Raises:
        LossmaskError: it cannot be written.
    """
    body = Body(state_of_request(request, analysis), analysis, request.conversation)
    written = kind.write(body, None).encode()
    try:
        Path(name).write_bytes(written)
    except OSError as error:
        raise LossmaskError(f"{name} cannot be written: {error.strerror}.", code="no-file") from None
