"""How large a request may be; what is beyond is refused before any work is done on it."""

from __future__ import annotations

import json

from ..core.request import AnalysisRequest
from ..errors import TooLarge
from ..settings import Settings


def check_size(request: AnalysisRequest, settings: Settings) -> None:
    """Hold a request against the limits on its chat template and its conversation.

    Raises:
        TooLarge: naming the part, its length and the limit.
    """
    _check("The chat template", len(request.chat_template or ""), settings.integer("template_characters"))
    written = json.dumps(request.conversation.as_json(), ensure_ascii=False)
    _check("The conversation", len(written), settings.integer("conversation_characters"))


def _check(what: str, length: int, limit: int) -> None:
    if length > limit:
        raise TooLarge(f"{what} has {length:,} characters; at most {limit:,} are read.")
