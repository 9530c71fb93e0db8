"""What a file for people shows: sentences, turns with tokens ready to be drawn, findings, settings.

Made by the web layer, which knows how a token is drawn; here so that the writers of files stay pure.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from ..state.structure import TokenState


class DrawnToken(NamedTuple):
    """One token. `text` has a sign for all that is unseen, `plain` has spaces as they are; a line
    break in either stands behind its sign and breaks the line."""

    text: str
    plain: str
    state: TokenState
    special: bool = False
    marked: bool = False
    """Whether an error or a warning is about it."""


class SheetTurn(NamedTuple):
    """One row: whose turn (counted from 1, None outside messages), and how many of its tokens train."""

    role: str
    number: int | None
    tokens: int
    trained: int
    parts: tuple[str, ...]
    """In the order of `Sheet.parts`: `yes`, `no`, `partly`, or empty where there is no such part."""
    first: int
    """Position of its first token."""

    @property
    def title(self) -> str:
        """`2 assistant`, or what stands outside of messages."""
        return self.role if self.number is None else f"{self.number} {self.role}"


@dataclass(frozen=True, slots=True)
class SheetExample:
    """One row of training data: its verdict, and its tokens by turns."""

    verdict: str
    turns: tuple[SheetTurn, ...]
    """All of its tokens, row by row."""
    cut: int
    """Tokens that truncation took off."""
    draw: Callable[[int, int], Sequence[DrawnToken]]
    """The tokens from one position to another; drawn when they are asked for."""

    @property
    def total(self) -> int:
        return sum(turn.tokens for turn in self.turns)


class SheetFinding(NamedTuple):
    """One finding in words, and the tokens it is about."""

    severity: str
    code: str
    sentence: str
    fix: str | None
    at: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Sheet:
    """One analysis as a file shows it. `link` is None where a link could not hold it."""

    examples: tuple[SheetExample, ...]
    parts: tuple[str, ...]
    findings: tuple[SheetFinding, ...]
    settings: tuple[tuple[str, str], ...]
    versions: tuple[tuple[str, str], ...]
    digest: str
    link: str | None
    refusal: str | None = None
    """What the framework says of a row that it leaves out or raises on."""
    local: bool = False
    """Whether the link begins with this computer's own address."""

    @property
    def title(self) -> str:
        """The verdict on the first example, or the refusal."""
        return self.examples[0].verdict if self.examples else self.refusal or ""

    @property
    def on_server(self) -> bool:
        """Whether the link leads to a server, rather than being what stands behind an address."""
        return self.link is not None and not self.link.startswith("#")
