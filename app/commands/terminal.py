"""An analysis as text for a terminal: the verdict, then every turn with its tokens marked.

Trained text is underlined and blue; where there is no colour it stands in ⟦ ⟧. A label that
no prediction uses stands in ⟨ ⟩ either way. Control characters are drawn, never sent.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TextIO

import numpy as np

from ..core.analysis import Analysis, ExampleAnalysis
from ..core.conversation import Conversation
from ..core.provenance import NO_MESSAGE
from ..tokenization.glyphs import Glyph, Row
from ..tokenization.glyphs import draw as draw_tokens
from ..web.views.columns import MASKED_STATE, TRAINED_STATE, UNUSED_STATE, StateColumn, runs, states
from ..web.views.verdict import verdict

_BLUE_UNDERLINED, _DIM, _BOLD, _PLAIN = "\x1b[4;34m", "\x1b[2m", "\x1b[1m", "\x1b[0m"


@dataclass(frozen=True, slots=True)
class Style:
    """What a terminal can show."""

    colour: bool
    unicode: bool = True

    @classmethod
    def of(cls, stream: TextIO) -> Style:
        """Colour for a terminal, unless `NO_COLOR` is set; symbols where its encoding has them."""
        dumb = bool(os.environ.get("NO_COLOR")) or os.environ.get("TERM") == "dumb"
        encoding = (stream.encoding or "").lower().replace("-", "")
        return cls(stream.isatty() and not dumb, encoding.startswith("utf"))

    def marked(self, text: str, state: int) -> str:
        """A run of tokens that share a state."""
        if state == MASKED_STATE:
            return text
        if state == UNUSED_STATE:
            return f"⟨{text}⟩" if self.unicode else f"<<{text}>>"
        if self.colour:
            # Ended before a line break, which would else underline the rest of the line.
            return "\n".join(f"{_BLUE_UNDERLINED}{line}{_PLAIN}" if line else "" for line in text.split("\n"))
        return f"⟦{text}⟧" if self.unicode else f"[[{text}]]"

    def quiet(self, text: str) -> str:
        return f"{_DIM}{text}{_PLAIN}" if self.colour else text

    def loud(self, text: str) -> str:
        return f"{_BOLD}{text}{_PLAIN}" if self.colour else text


def printable(text: str) -> str:
    """A sentence that holds a user's words, without what would drive the terminal."""
    return "".join(character if character.isprintable() else "\ufffd" for character in text)


def draw(analysis: Analysis, conversation: Conversation, style: Style) -> Iterator[str]:
    """The analysis, line by line."""
    if analysis.outcome.kind != "ok":
        yield style.loud(printable(_refusal(analysis)))
    for analysed in analysis.examples:
        yield from _example(analysis, analysed, conversation, style)
    for finding in analysis.findings:
        yield printable(f"{finding.severity}: {finding.sentence}")
    yield style.quiet(printable(_chosen(analysis)))


def _refusal(analysis: Analysis) -> str:
    verb = "leaves this row out" if analysis.outcome.kind == "dropped" else "raises on this row"
    return f"{analysis.strategy.framework} {verb}: {analysis.outcome.reason}"


def _example(
    analysis: Analysis, analysed: ExampleAnalysis, conversation: Conversation, style: Style
) -> Iterator[str]:
    column = states(analysed.example)
    said = verdict(analysis, analysed, column, conversation)
    yield style.loud(printable(said.sentence))
    if said.banner is not None:
        yield printable(f"{said.banner.title} {said.banner.cause} {said.banner.fix}")
    for chip in said.chips:
        yield printable(f"{'!' if chip.kind == 'warn' else '-'} {chip.text}")
    drawing = draw_tokens(analysed.example.rendering.text, analysed.example.tokens)
    for start, end, message in runs(analysed.messages):
        yield ""
        yield style.loud(printable(_turn_title(message, conversation, column[start:end])))
        yield _turn(drawing.rows[start:end], column[start:end], style)
        for sentence in _reasons(analysed, start, end):
            yield style.quiet(printable(f"  {sentence}"))
    yield ""


def _turn_title(message: int, conversation: Conversation, column: StateColumn) -> str:
    trained = int(np.count_nonzero(column == TRAINED_STATE))
    counts = f"{len(column)} tokens, {trained} trained"
    if message == NO_MESSAGE:
        return f"outside every turn: {counts}"
    return f"{message + 1} {conversation.role(message)}: {counts}"


def _turn(rows: Sequence[Row], column: StateColumn, style: Style) -> str:
    marked = (
        style.marked("".join(_shown(glyph) for row in rows[start:end] for glyph in row), state)
        for start, end, state in runs(column)
    )
    return "".join(marked).rstrip("\n")


def _shown(glyph: Glyph) -> str:
    return glyph.source if glyph.kind == "space" and glyph.source.strip(" ") == "" else glyph.shown


def _reasons(analysed: ExampleAnalysis, start: int, end: int) -> list[str]:
    table = analysed.example.reason_table
    seen = dict.fromkeys(analysed.example.reasons[start:end].tolist())
    return [table[index].sentence for index in seen]


def _chosen(analysis: Analysis) -> str:
    tokenizer = analysis.tokenizer
    revision = f"@{tokenizer.revision[:8]}" if tokenizer.revision else ""
    template = "none" if analysis.template is None else analysis.template.name
    rule = f"{analysis.strategy.name} ({analysis.strategy.framework} {analysis.strategy.version})"
    return f"tokenizer {tokenizer.name}{revision} | template {template} | {rule} | today {analysis.today}"
