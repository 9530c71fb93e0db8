"""What was shared against what came out now: the same, or the first token that differs and what changed."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from ..analysis import Analysis
from ..digest import digest
from .check import Stretch, first_difference
from .schema import State

SHORT = 12
"""Characters of a revision or a hash that are enough to tell two apart."""

LIBRARIES = ("transformers", "tokenizers", "jinja2")


class Change(NamedTuple):
    """One thing that the analysis depends on, as it was and as it is."""

    what: str
    shared: str
    now: str


class Place(NamedTuple):
    """Tokens of one example, half-open; the first that differs is among them."""

    example: int
    start: int
    end: int
    ends: bool = False
    """Whether one of the two ends here, where the other goes on."""


class Comparison(NamedTuple):
    """`same` where ids and labels are equal; `place` is None where it is not known."""

    same: bool
    place: Place | None = None
    changes: tuple[Change, ...] = ()

    @property
    def sentence(self) -> str:
        """The whole of it, for people.

        >>> Comparison(False, Place(0, 7, 8), (Change("tokenizer revision", "a", "b"),)).sentence
        'This differs from what was shared, from token 7 on. Changed since: tokenizer revision a → b.'
        """
        if self.same:
            return "Same result as shared."
        listed = "; ".join(f"{what} {shared} → {now}" for what, shared, now in self.changes)
        why = f"Changed since: {listed}." if listed else "Nothing that the link records has changed."
        return f"This differs from what was shared{_where(self.place)}. {why}"


def compared(state: State, analysis: Analysis) -> Comparison | None:
    """The comparison; None where nothing was recorded to compare with."""
    if state.digest is None:
        return None
    if state.digest == digest(analysis):
        return Comparison(True)
    stretch = None if state.check is None else first_difference(state.check, analysis)
    place = None if stretch is None else _place(stretch, analysis)
    return Comparison(False, place, tuple(_changes(state, analysis)))


def _changes(state: State, analysis: Analysis) -> Iterator[Change]:
    shared, now = state.tokenizer.revision, analysis.tokenizer.revision
    if shared != now:
        yield Change("tokenizer revision", _short(shared), _short(now))
    shared, now = state.template_sha256, analysis.tokenizer.template_sha256
    # A link holds the beginning of the hash.
    if shared is not None and not (now or "").startswith(shared):
        yield Change("chat template", _short(shared), _short(now))
    here = analysis.versions
    for name in LIBRARIES:
        if name in state.versions and state.versions[name] != here.get(name):
            yield Change(name, state.versions[name], here.get(name, "none"))
    if state.app != here.get("lossmask", state.app):
        yield Change("Lossmask", state.app, here["lossmask"])


def _short(text: str | None) -> str:
    return "none" if text is None else text[:SHORT]


def _place(stretch: Stretch, analysis: Analysis) -> Place:
    """Counted within the example that the stretch begins in."""
    before = 0
    for number, one in enumerate(analysis.examples):
        count = len(one.example.tokens)
        if stretch.start < before + count:
            return Place(number, stretch.start - before, min(stretch.end - before, count))
        before += count
    last = max(len(analysis.examples) - 1, 0)
    tokens = len(analysis.examples[last].example.tokens) if analysis.examples else 0
    return Place(last, tokens, tokens, ends=True)


def _where(place: Place | None) -> str:
    if place is None:
        return ""
    of = f" of example {place.example + 1}" if place.example else ""
    if place.ends:
        return f", which goes on after token {place.start - 1}{of}"
    if place.end - place.start == 1:
        return f", from token {place.start}{of} on"
    return f", from somewhere among tokens {place.start} to {place.end - 1}{of} on"
