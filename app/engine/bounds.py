"""How large a request may be; what is beyond is refused before any work is done on it."""

from __future__ import annotations

import json

from ..core.batch.request import BatchRequest
from ..core.request import AnalysisRequest
from ..errors import TooLarge
from ..settings import Settings


def check_size(request: AnalysisRequest, settings: Settings) -> None:
    """Hold a request against the limits on its chat template and its conversation.

    Raises:
        TooLarge: naming the part, its length and the limit.
    """
    check_template(request.chat_template or "", settings)
    written = json.dumps(request.conversation.as_json(), ensure_ascii=False)
    _check("The conversation", len(written), settings.integer("conversation_characters"))


def check_template(source: str, settings: Settings) -> None:
    """Hold a chat template, the user's or a tokenizer's own, against the limit; raises as `check_size`."""
    _check("The chat template", len(source), settings.integer("template_characters"))


def check_batch_size(request: BatchRequest, settings: Settings) -> None:
    """Hold a batch against the limits on its conversations.

    Raises:
        TooLarge: naming what there is too much of, and the limit.
    """
    most = settings.integer("batch_conversations")
    if len(request.conversations) > most:
        raise TooLarge(
            f"The batch has {len(request.conversations):,} conversations; at most {most:,} are taken."
        )
    written = sum(
        len(json.dumps(conversation.as_json(), ensure_ascii=False)) for conversation in request.conversations
    )
    _check("The batch", written, settings.integer("batch_characters"))


def _check(what: str, length: int, limit: int) -> None:
    if length > limit:
        raise TooLarge(f"{what} has {length:,} characters; at most {limit:,} are read.")
