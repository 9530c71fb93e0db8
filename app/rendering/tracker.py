"""What happens during one render: the sources met, the turn the template is in, the text so far.

Compiled templates call a `Tracker` for every literal, output and loop. One tracker belongs
to one compiled template and is reset before each render, so a process renders one
conversation at a time.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from ..core.provenance import Origin
from .inputs import MessageDict
from .traced import DERIVED, NO_TURN, UNKNOWN, Piece, Traced, pieces_of


class Tracker:
    """Sources are origins without a start; the first ones are the template's lines."""

    def __init__(self) -> None:
        self.literals: list[tuple[str, int]] = []
        self._lines: dict[int, int] = {}
        self._line_sources: list[Origin] = []
        self.reset()

    # Called while a template is compiled.

    def literal(self, text: str, line: int) -> int:
        """Remember a literal of the template; gives its number for `text`."""
        self.literals.append((text, self.line(line)))
        return len(self.literals) - 1

    def line(self, line: int) -> int:
        """The source of a template line."""
        if line not in self._lines:
            self._lines[line] = len(self._line_sources)
            self._line_sources.append(Origin("template", line=line))
        return self._lines[line]

    # Called around a render.

    def reset(self) -> None:
        """Forget the last render."""
        self.sources: list[Origin] = list(self._line_sources)
        self.emitted = 0
        self.generation_spans: list[tuple[int, int]] = []
        self.turn = NO_TURN
        """The message that the template is walking over, or -1."""
        self._guessed = False
        self._stack: list[tuple[int, bool]] = []
        self._texts: dict[tuple[int, int], Traced] = {}

    def add_source(self, origin: Origin) -> int:
        """Register where input text comes from; gives the source for its pieces."""
        self.sources.append(origin)
        return len(self.sources) - 1

    # Called by the compiled template.

    def text(self, number: int) -> Traced:
        """A literal, marked with the turn that it is written in."""
        key = (number, self.turn)
        found = self._texts.get(key)
        if found is None:
            text, source = self.literals[number]
            found = Traced(text, ((len(text), source, DERIVED, self.turn),))
            self._texts[key] = found
        return found

    def emit(self, value: Any, source: int) -> Traced:
        """A value as the template writes it; what carries no trace came out of this line."""
        if type(value) is Traced and value._pieces and value._pieces[0][1] != UNKNOWN:
            return value
        text = str(value)
        if type(text) is Traced:
            return Traced(text, tuple(self._known(piece, source) for piece in text._pieces))
        # Markup and other string types would not survive being joined; their characters do.
        text = str.__str__(text)
        return Traced(text, ((len(text), source, DERIVED, self.turn),) if text else ())

    def _known(self, piece: Piece, source: int) -> Piece:
        return piece if piece[1] != UNKNOWN else (piece[0], source, DERIVED, self.turn)

    def join(self, values: Iterable[Any], source: int) -> Traced:
        """The operator `~`."""
        return concat(self.emit(value, source) for value in values)

    def push(self) -> None:
        """A loop begins."""
        self._stack.append((self.turn, self._guessed))

    def pop(self) -> None:
        """A loop is over."""
        self.turn, self._guessed = self._stack.pop()

    def enter(self, *targets: Any) -> None:
        """An iteration begins with these loop variables; a message among them tells the turn."""
        for target in targets:
            if type(target) is MessageDict:
                self.turn, self._guessed = target._index, False
                return

    def assigned(self, value: Any) -> None:
        """A variable was set to an item; inside a loop over numbers, that tells the turn."""
        if type(value) is MessageDict and self._stack and (self._guessed or self.turn == NO_TURN):
            self.turn, self._guessed = value._index, True


def concat(values: Iterable[Any]) -> Traced:
    """`"".join`, with the pieces kept."""
    parts = list(values)
    pieces: list[Piece] = []
    for part in parts:
        pieces += pieces_of(part)
    return Traced("".join(parts), tuple(pieces))
