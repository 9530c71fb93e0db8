"""What went wrong, for the page: which field, which line, quoted with a caret, and one next step."""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

from ...core.parsing import caret
from ...errors import (
    ConversationError,
    LossesError,
    LossmaskError,
    OptionError,
    TemplateError,
    TemplateStopped,
    TokenizerError,
    Where,
)

Field: TypeAlias = Literal["conversation", "tokenizer", "template", "strategy", "arguments", "today", "none"]


@dataclass(frozen=True, slots=True)
class FailureView:
    """An error as the page shows it; `quoted` is a line and a caret under the place."""

    code: str
    title: str
    detail: str
    field: Field
    where: Where | None = None
    quoted: str = ""
    hint: str = ""
    suggestions: tuple[str, ...] = ()


def failure_view(
    error: LossmaskError, *, paste: str, template: str | None, tokenizer: str, known: Sequence[str]
) -> FailureView:
    """Say what stopped the analysis. `template` is the chat template's source, where it is known."""
    field = _field(error)
    return FailureView(
        code=error.code,
        title=error.title,
        detail=error.detail,
        field=field,
        where=error.where,
        quoted=_quoted(error, field, paste, template),
        hint="" if isinstance(error, LossesError) else _HINTS.get(error.code, ""),
        suggestions=_nearest(tokenizer, known) if field == "tokenizer" else (),
    )


_HINTS = {
    "no-network": "Tokenizers that are on this computer, and the bundled one, need no network.",
    "hub-off": "This server does not download; choose the bundled tokenizer or a local one.",
    "gated-tokenizer": "Accept the model's terms on its page, then restart the server with HF_TOKEN set. "
    "Do not paste a token here.",
    "template-timeout": "Look for a loop in the template that does not end.",
    "template-memory": "Look for a loop or a repetition in the template that grows without end.",
    "busy": "Try again in a moment.",
}

_OPTION_FIELDS: dict[str, Field] = {"bad-arguments": "arguments", "bad-date": "today"}


def _field(error: LossmaskError) -> Field:
    if isinstance(error, ConversationError):
        return "conversation"
    if isinstance(error, TemplateError | TemplateStopped):
        return "template"
    if isinstance(error, TokenizerError):
        return "tokenizer"
    if isinstance(error, OptionError):
        return _OPTION_FIELDS.get(error.code, "strategy")
    return "conversation" if error.code == "too-large" else "none"


def _quoted(error: LossmaskError, field: Field, paste: str, template: str | None) -> str:
    if error.where is None:
        return ""
    if field == "conversation":
        return caret(paste, error.where)
    if field != "template" or not template:
        return ""
    quoted = caret(template, error.where)
    # Most template errors know their line alone, and a caret at a made-up column would point at nothing.
    return quoted if error.where.column else quoted.split("\n")[0]


def _nearest(tokenizer: str, known: Sequence[str]) -> tuple[str, ...]:
    """Names on this computer that look like the one asked for, the bundled one last."""
    plain = {name: name.lower().removeprefix("local:").replace("__", "/") for name in known}
    wanted = tokenizer.lower().removeprefix("hub:").removeprefix("local:").partition("@")[0]
    close = difflib.get_close_matches(wanted, list(plain.values()), n=3, cutoff=0.4)
    found = [name for text in close for name, spelled in plain.items() if spelled == text]
    return (*dict.fromkeys(found), "bundled")
