"""Where the tokens that a framework trains on and those of the chat template part, in words."""

from __future__ import annotations

from collections.abc import Sequence

from ..core.analysis import ExampleAnalysis
from ..core.difference import Difference
from ..core.tokens import Tokens
from .subject import Subject


def other_tokens(subject: Subject, first: ExampleAnalysis, rows: Sequence[Difference]) -> str:
    """One sentence on the first stretch that is more than an added BOS or EOS, and on how many there are."""
    ends = ends_of_row(subject)
    telling = [row for row in rows if not only_adds(row, first, ends)]
    where, there = (telling or rows)[0]
    return (
        f"{subject.strategy.framework} trains on other tokens than the chat template gives for the whole "
        f"conversation: {_stretches(len(rows))} at token {where[0]}, "
        f"{quoted_here(first, *where)} here and {_quoted_there(subject, *there)} there."
    )


def ends_of_row(subject: Subject) -> set[int | None]:
    """The ids of BOS and EOS."""
    return {subject.context.tokenizer.bos_id, subject.context.tokenizer.eos_id}


def only_adds(row: Difference, first: ExampleAnalysis, ends: set[int | None]) -> bool:
    """Whether a stretch is a BOS or an EOS that the chat template does not write."""
    (start, stop), (there, there_stop) = row
    return there == there_stop and set(first.example.tokens.ids[start:stop].tolist()) <= ends


def _stretches(count: int) -> str:
    return "one stretch differs," if count == 1 else f"{count} stretches differ, one"


def shown(row: Difference) -> tuple[int, int]:
    """The stretch in the example; of one that is missing there, the token before it."""
    start, stop = row.example
    return (start, stop) if start < stop else (max(start - 1, 0), max(start, 1))


def quoted_here(first: ExampleAnalysis, start: int, stop: int) -> str:
    """Tokens of the example, clipped, with the ids of a few."""
    return _clipped(first.example.rendering.text, first.example.tokens.part(slice(start, stop)))


def _quoted_there(subject: Subject, start: int, stop: int) -> str:
    return _clipped(subject.context.rendering.text, subject.context.tokens.part(slice(start, stop)))


def _clipped(text: str, part: Tokens) -> str:
    if not len(part):
        return "nothing"
    found = text[int(part.offsets[:, 0].min()) : int(part.offsets[:, 1].max())]
    said = repr(found if len(found) <= 40 else found[:37] + "…")
    return said if len(part) > 3 else f"{said} {part.ids.tolist()}"
