"""How far the finding of losses is, for whoever waits for it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any, Literal, TypeAlias

Step: TypeAlias = Literal[
    "waiting",
    "analysing",
    "resolving",
    "downloading",
    "starting",
    "loading",
    "forward",
    "scoring",
    "asking",
    "done",
]


@dataclass(frozen=True, slots=True)
class Progress:
    """One step and how much of it is done; `total` is 0 where it is not known.

    Counted are bytes of files while `downloading`, weights while `loading`, layers of the model
    in `forward`, and tokens while `scoring` or `asking`.
    """

    step: Step
    done: int = 0
    total: int = 0
    file: str = ""

    def as_json(self) -> dict[str, Any]:
        """The members as the API writes them."""
        return asdict(self)


Report: TypeAlias = Callable[[Progress], None]


def ignore(progress: Progress) -> None:
    """Nobody wants to know."""
