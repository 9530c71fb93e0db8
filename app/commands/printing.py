"""What a command prints of its answer: the body of the API, or lines for a terminal."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable
from typing import Any, Protocol

from ..engine.encoding import encoded


class Answer(Protocol):
    """What the API answers too."""

    def as_json(self) -> dict[str, Any]: ...


def print_answer(answer: Answer, lines: Callable[[], Iterable[str]], *, as_json: bool) -> None:
    """Print the body that the API answers, or the lines; what the terminal cannot show is a `?` there."""
    if as_json:
        sys.stdout.buffer.write(encoded(answer.as_json()) + b"\n")
    else:
        sys.stdout.reconfigure(errors="replace")  # type: ignore[union-attr]
        for line in lines():
            print(line)
    sys.stdout.flush()
