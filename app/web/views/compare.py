"""A comparison, put together for the page: a sentence, the two columns, the lists, the findings."""

from __future__ import annotations

from dataclasses import dataclass

from ...core.analysis import Analysis, Finding, Outcome
from ...core.comparison import Comparison, TokenComparison
from ...core.conversation import Conversation
from .columns import count, listed
from .columns import states as states_of
from .compare_lines import Lines, lines_view
from .compare_list import Listed, OtherId, other_ids
from .compare_list import listed as listed_differences
from .compare_rows import MOST_DRAWN, RowView, row_views

_REFUSES = {"dropped": "leaves the row out", "error": "raises an error"}


@dataclass(frozen=True, slots=True)
class SideView:
    """One side in figures; `refusal` is there where its framework refuses the row."""

    letter: str
    tokens: int
    trained: int
    example: int
    examples: tuple[str, ...]
    refusal: Outcome | None
    cut: int
    drawn: int

    @property
    def refuses(self) -> str:
        """`leaves the row out`."""
        return "" if self.refusal is None else _REFUSES[self.refusal.kind]


@dataclass(frozen=True, slots=True)
class CompareView:
    """What the page draws of a comparison."""

    title: str
    chips: tuple[str, ...]
    sides: tuple[SideView, SideView]
    total: int
    """Tokens that differ."""
    rows: tuple[RowView, ...]
    listed: tuple[Listed, ...]
    differences: int
    other_ids: int
    listed_ids: tuple[OtherId, ...]
    texts: Lines | None
    sources: Lines | None
    findings: tuple[tuple[Finding, ...], tuple[Finding, ...]]


def compare_view(found: Comparison, conversations: tuple[Conversation, Conversation]) -> CompareView:
    """The view of a comparison; the conversations are A's and B's."""
    sides = _side("A", found.a, found.examples[0]), _side("B", found.b, found.examples[1])
    tokens = found.tokens
    return CompareView(
        title=_title(tokens, sides),
        chips=() if tokens is None else _chips(tokens, sides),
        sides=sides,
        total=0 if tokens is None else tokens.tokens,
        rows=row_views(found, conversations),
        listed=listed_differences(found),
        differences=0 if tokens is None else len(tokens.differences),
        other_ids=0 if tokens is None else tokens.other_ids,
        listed_ids=other_ids(found),
        texts=_texts(found),
        sources=_sources(found),
        findings=found.findings,
    )


def _side(letter: str, analysis: Analysis, number: int) -> SideView:
    columns = [states_of(one.example) for one in analysis.examples]
    figures = [(int((column == 1).sum()), len(column)) for column in columns]
    trained, tokens = figures[number] if figures else (0, 0)
    return SideView(
        letter=letter,
        tokens=tokens,
        trained=trained,
        example=number,
        examples=tuple(f"{part:,} of {count(whole, 'token')} trained" for part, whole in figures),
        refusal=None if figures else analysis.outcome,
        cut=analysis.examples[number].example.cut_tokens if figures else 0,
        drawn=min(tokens, MOST_DRAWN),
    )


def _title(tokens: TokenComparison | None, sides: tuple[SideView, SideView]) -> str:
    if tokens is None:
        refusing = [f"{side.letter} {side.refuses}" for side in sides if side.refusal is not None]
        return f"Nothing to compare: {listed(refusing)}."
    if not tokens.differences:
        same = "the same tokens" if not tokens.other_ids else "the same pieces of text"
        return f"No token differs: {same}, trained alike."
    verb = "differs" if tokens.tokens == 1 else "differ"
    return f"{count(tokens.tokens, 'token')} {verb}, in {count(len(tokens.differences), 'place')}."


def _chips(tokens: TokenComparison, sides: tuple[SideView, SideView]) -> tuple[str, ...]:
    """How the tokens differ, and what is cut."""
    counts: dict[str, int] = {}
    for difference in tokens.differences:
        counts[difference.sentence] = counts.get(difference.sentence, 0) + difference.tokens
    chips = [f"{number:,} {sentence}" for sentence, number in counts.items()]
    chips += [f"{side.letter} cuts {count(side.cut, 'token')}" for side in sides if side.cut]
    if tokens.other_ids:
        chips.append(f"{tokens.other_ids:,} of the same text under other ids")
    return tuple(chips)


def _texts(found: Comparison) -> Lines | None:
    if found.tokens is None:
        return None
    a, b = (
        analysis.examples[number].example.rendering.text.split("\n")
        for analysis, number in zip((found.a, found.b), found.examples, strict=True)
    )
    return lines_view(a, b, found.texts)


def _sources(found: Comparison) -> Lines | None:
    a, b = (
        analysis.template.source.split("\n") if analysis.template else [] for analysis in (found.a, found.b)
    )
    return lines_view(a, b, found.sources, found.template_lines)
