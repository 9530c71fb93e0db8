"""What the page says about sharing: what goes into a link, and what came out of one."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby

from ...core.analysis import Analysis
from ...core.conversation import Conversation
from ...core.parsing import Parsed
from ...core.state import Comparison, Pasted, Run, State, compared
from ..forms import PASTED, AnalysisForm
from ..share import state_of, structure_state
from .columns import count

MOST = 2**20
"""Characters of a state that goes along with the page; a longer one fits nowhere but in a file."""


@dataclass(frozen=True, slots=True)
class ShareView:
    """A result's state as JSON, whole and without words, empty where it is too long; and what is in it."""

    whole: str
    structure: str
    contents: tuple[str, ...]
    left_out: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class TurnStructure:
    """One turn without its words: its role, its runs, and how many tokens they have."""

    role: str
    runs: tuple[Run, ...]

    @property
    def tokens(self) -> int:
        return sum(run.tokens for run in self.runs)

    @property
    def trained(self) -> int:
        return sum(run.tokens for run in self.runs if run.state == "trained")


@dataclass(frozen=True, slots=True)
class StructureView:
    """A state without words: every example as turns."""

    state: State
    examples: tuple[tuple[TurnStructure, ...], ...]

    @property
    def tokens(self) -> int:
        return sum(turn.tokens for turns in self.examples for turn in turns)

    @property
    def trained(self) -> int:
        return sum(turn.trained for turns in self.examples for turn in turns)


@dataclass(frozen=True, slots=True)
class SharedView:
    """What came of a link: the comparison with what its author saw, or the structure it holds."""

    comparison: Comparison | None = None
    structure: StructureView | None = None


def share_view(form: AnalysisForm, parsed: Parsed, analysis: Analysis) -> ShareView:
    """What a link of this result holds."""
    state = state_of(form, analysis)
    structure = structure_state(state, analysis, parsed.conversation)
    listed = tuple(_contents(state, parsed))
    return ShareView(_json(state), _json(structure), listed, tuple(_left_out(parsed, analysis)))


def shared_view(form: AnalysisForm, analysis: Analysis | None) -> SharedView | None:
    """What the page says of the link that its form came from; None where there was none."""
    if form.shared is None:
        return None
    if analysis is None:
        return SharedView(structure=structure_view(form.shared))
    return SharedView(compared(form.shared, analysis))


def structure_view(state: State) -> StructureView | None:
    """The turns of a state without words; None where there are none in it."""
    if state.structure is None:
        return None
    roles = state.structure.roles
    return StructureView(state, tuple(tuple(_turns(runs, roles)) for runs in state.structure.examples))


def _turns(runs: tuple[Run, ...], roles: tuple[str, ...]) -> Iterator[TurnStructure]:
    for message, group in groupby(runs, key=lambda run: run.message):
        yield TurnStructure(roles[message] if message >= 0 else "", tuple(group))


def _json(state: State) -> str:
    text = json.dumps(state.as_json(), ensure_ascii=False, separators=(",", ":"))
    return text if len(text) <= MOST else ""


def _contents(state: State, parsed: Parsed) -> Iterator[str]:
    """Everything that a reader of the link can see."""
    yield count(len(parsed.conversation.messages), "message")
    yield from _tools(parsed.conversation)
    if isinstance(state.conversation, Pasted) and parsed.rows > 1:
        yield f"row {parsed.row} of {parsed.rows:,} alone"
    if state.template.name == PASTED:
        yield "1 custom template"
    if state.template_arguments:
        yield count(len(state.template_arguments), "template argument")
    if state.strategy.options:
        yield count(len(state.strategy.options), "option")


def _tools(conversation: Conversation) -> Iterator[str]:
    if conversation.tools:
        yield count(len(conversation.tools), "tool")


def _left_out(parsed: Parsed, analysis: Analysis) -> Iterator[str]:
    if parsed.rows > 1:
        yield "the paste's other rows"
    if any(one.losses is not None for one in analysis.examples):
        yield "the losses, which a link has no room for"
