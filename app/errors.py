"""Every error a user can meet, as a tree that carries data.

    LossmaskError
    ├── ConversationError     what was pasted cannot be read (line and column of the paste)
    ├── TemplateError         the chat template cannot be compiled, or raised (line of the template)
    ├── TemplateStopped       the analysis ran too long or took too much memory and was killed
    ├── TokenizerError        the tokenizer is unknown, gated, out of reach or broken
    ├── OptionError           a strategy, a reduction or one of their options is not known or not valid
    ├── LossesError           losses were asked for that do not fit the example, or cannot be read
    │   ├── ModelError        the model is unknown, cannot be loaded here, or ran over a limit
    │   └── EndpointError     the server that was asked for losses refused, failed or was too slow
    ├── LinkError             a shared link or state cannot be read
    ├── FileError             a file is no analysis that was saved
    ├── LessonError           a lesson's file is not as it should be (its line)
    ├── TooLarge              an input exceeds a limit of `settings`
    ├── Busy                  every worker is taken and the queue is full
    ├── TooMany               one client asked more often than it may within an hour
    ├── SnapshotNotFound      there is no such snapshot: never was, expired or deleted, all alike
    ├── SecretRefused         the snapshot is there, and the secret does not delete it
    ├── StorageFull           the quota is taken up by snapshots that have not expired
    └── StorageError          the database is out of reach, damaged or of a later version

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


class LossesError(LossmaskError):
    """Codes: bad-losses, losses-length, losses-ambiguous, tokenizers-differ, no-endpoint.

    `where` is a place in the pasted text, where there is one.
    """

    code = "bad-losses"
    title = "The losses cannot be used"


class ModelError(LossesError):
    """Codes: no-torch, bad-model-id, unknown-model, unreadable-model, model-vocabulary, model-too-large,
    model-timeout, model-memory, model-stopped, cancelled, no-losses-job; and those of a download in
    `TokenizerError`.
    """

    code = "unreadable-model"
    title = "The model cannot be used"


class EndpointError(LossesError):
    """Codes: endpoint-timeout, endpoint-unreachable, endpoint-refused, endpoint-redirect, endpoint-answer."""

    code = "endpoint-answer"
    title = "The server that gives losses failed"


class LinkError(LossmaskError):
    """Codes: bad-link, link-version, link-too-large, link-structure."""

    code = "bad-link"
    title = "The link cannot be opened"


class FileError(LossmaskError):
    """Codes: bad-file, file-version, no-such-kind."""

    code = "bad-file"
    title = "The file cannot be opened"


class LessonError(LossmaskError):
    """`detail` names the file, the line and what is expected there; `where` has the line."""

    code = "bad-lesson"
    title = "The lesson cannot be read"


class TooLarge(LossmaskError):
    code = "too-large"
    title = "The input is too large"


class Busy(LossmaskError):
    """`retry_after` is in seconds."""

    code = "busy"
    title = "All workers are busy"
    retry_after: int = 2


class TooMany(LossmaskError):
    """`retry_after` is in seconds."""

    code = "too-many"
    title = "This was asked too often"
    retry_after: int = 3600


class SnapshotNotFound(LossmaskError):
    code = "no-snapshot"
    title = "There is no such snapshot"


class SecretRefused(LossmaskError):
    code = "wrong-secret"
    title = "This link does not delete the snapshot"


class StorageFull(LossmaskError):
    code = "storage-full"
    title = "There is no room for another snapshot"


class StorageError(LossmaskError):
    """Codes: storage-failed, database-busy, database-unreachable, database-broken, database-newer,
    database-foreign, bad-database-url, no-driver, snapshot-broken, snapshots-off.

    `detail` is for anyone; `reason`, what the database said, is for the operator; `retry_after` is seconds.
    """

    code = "storage-failed"
    title = "The stored snapshots cannot be reached"
    reason: str = ""
    retry_after: int = 10
