"""Every error a user can meet, as a tree that carries data.

    LossmaskError
    ├── ConversationError     what was pasted cannot be read (line and column of the paste)
    ├── TemplateError         the chat template cannot be compiled, or raised (line of the template)
    ├── TemplateStopped       the analysis ran too long or took too much memory and was killed
    ├── TokenizerError        the tokenizer is unknown, gated, out of reach or broken
    ├── OptionError           a strategy, a reduction or one of their options is not known or not valid
    ├── TooLarge              an input exceeds a limit of `settings`
    └── Busy                  every worker is taken and the queue is full

How each becomes an HTTP status is the web layer's business. What a training
framework itself refuses is no error here: it is an `Outcome`.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Where:
    """A place in a text, counted from 1; the column is unknown for most template errors."""

    line: int
    column: int | None = None


class LossmaskError(Exception):
    """Base of all: a stable `code`, a sentence for the user, and the place where it applies."""

    code = "error"
    title = "Something went wrong"

    def __init__(self, detail: str, *, code: str | None = None, where: Where | None = None) -> None:
        super().__init__(detail)
        self.detail = detail
        self.code = code or type(self).code
        self.where = where

    def __reduce__(self) -> tuple[object, ...]:
        # Errors cross process borders, and keyword-only arguments do not survive the default protocol.
        return (_rebuild, (type(self), self.detail, self.code, self.where, self.__dict__))


def _rebuild(
    kind: type[LossmaskError], detail: str, code: str, where: Where | None, state: dict[str, object]
) -> LossmaskError:
    error = kind(detail, code=code, where=where)
    error.__dict__.update(state)
    return error


class ConversationError(LossmaskError):
    code = "bad-conversation"
    title = "The conversation cannot be read"


class TemplateError(LossmaskError):
    """`where.line` is a line of the chat template; `kind` is the exception that transformers raises."""

    code = "template-error"
    title = "The chat template failed"
    kind: str = "TemplateError"


class TemplateStopped(LossmaskError):
    """Its code is `template-timeout` or `template-memory`."""

    code = "template-timeout"
    title = "The analysis was stopped"


class TokenizerError(LossmaskError):
    """Codes: unknown-tokenizer, unknown-revision, bad-model-id, hub-off, gated-tokenizer, no-network,
    no-tokenizer, no-offsets, tokenizer-too-large, cancelled, hub-timeout, cache-failed,
    broken-tokenizer, lone-surrogate.
    """

    code = "unknown-tokenizer"
    title = "The tokenizer cannot be loaded"


class OptionError(LossmaskError):
    """Codes: unknown-strategy, unknown-reduction, bad-option, bad-request."""

    code = "bad-option"
    title = "An option is not valid"


class TooLarge(LossmaskError):
    code = "too-large"
    title = "The input is too large"


class Busy(LossmaskError):
    """`retry_after` is in seconds."""

    code = "busy"
    title = "All workers are busy"
    retry_after: int = 2
