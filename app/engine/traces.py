"""A fault as a log may have it: its kind and where it happened, and nothing of what it says.

The message of an exception often quotes the very text that it stumbled over, and that text is a stranger's.
"""

from __future__ import annotations

import traceback
from collections.abc import Iterator

MOST_FRAMES = 30
"""Of one exception, from the innermost; a recursion has a thousand."""


class Traced(Exception):
    """Its message is itself a trace, made by `trace_of` where the fault was."""


class WorkerError(Traced):
    """A job failed through a fault of this program.

    A library's exception may not survive the way between processes; and its text may quote the conversation.
    """


def trace_of(error: BaseException) -> str:
    """The exception and those it came from, the first one first: kinds, files, lines and functions.

    >>> print(trace_of(KeyError("a stranger's words")))
    KeyError
    """
    return "\nwhich led to\n".join("\n".join(_lines(one)) for one in reversed(list(_chain(error))))


def _chain(error: BaseException | None) -> Iterator[BaseException]:
    seen: set[int] = set()
    while error is not None and id(error) not in seen:
        seen.add(id(error))
        yield error
        error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)


def _lines(error: BaseException) -> Iterator[str]:
    yield type(error).__name__
    if isinstance(error, Traced):
        yield str(error)
    frames = traceback.StackSummary.extract(
        traceback.walk_tb(error.__traceback__), limit=-MOST_FRAMES, lookup_lines=False
    )
    for frame in reversed(frames):
        # A chat template's own names are a stranger's words too.
        name = "a template" if frame.filename.startswith("<") else frame.name
        yield f"  {frame.filename}:{frame.lineno} in {name}"
