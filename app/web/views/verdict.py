"""The verdict: one sentence and at most three chips, of counts and the most severe findings.

A banner stands where the mask is no mask, unless a finding says so and is a banner itself.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from ...core.analysis import Analysis, ExampleAnalysis, Finding
from ...core.conversation import Conversation
from ...core.parts import PART_ID
from ...core.provenance import NO_MESSAGE
from .chips import by_code, chip_words, title
from .columns import MASKED_STATE, TRAINED_STATE, UNUSED_STATE, StateColumn, count, percent
from .findings import TITLES

MOST_CHIPS = 3
_OF_STOPS = frozenset({"LM201", "LM202", "LM204", "LM206"})
_OF_LENGTH = frozenset({"LM601", "LM602"})
_COUNTED = frozenset({*TITLES, "LM306"})
"""Findings whose consequence the sentence tells by counting, of which it may say more than a title."""

ChipKind = Literal["good", "warn", "note"]


@dataclass(frozen=True, slots=True)
class Chip:
    """A fact in a few words; `token` is where a click leads."""

    kind: ChipKind
    text: str
    token: int | None = None


@dataclass(frozen=True, slots=True)
class Banner:
    """Why a mask that is empty or full is so, and what to do."""

    title: str
    cause: str
    fix: str


@dataclass(frozen=True, slots=True)
class Verdict:
    sentence: str
    chips: tuple[Chip, ...]
    banner: Banner | None


@dataclass(frozen=True, slots=True)
class Stops:
    """The end-of-turn tokens of the assistant's turns, by whether they train."""

    trained: tuple[int, ...]
    untrained: tuple[int, ...]

    @property
    def last_untrained(self) -> bool:
        return bool(self.untrained) and self.untrained[-1] > max(self.trained, default=-1)


def verdict(
    analysis: Analysis, analysed: ExampleAnalysis, states: StateColumn, conversation: Conversation
) -> Verdict:
    """What a person reads first."""
    stops = stop_tokens(analysed, states, conversation)
    found = _urgent(analysis, analysed)
    chips = _chips(analysis, analysed, states, conversation, stops, found)
    consequence = _found(found, stops) or _consequence(analysed, states, conversation, stops)
    sentence = f"{_counts(states)} {consequence}".strip()
    return Verdict(sentence, chips[:MOST_CHIPS], _banner(analysis, analysed, states, conversation))


def assistant_turns(conversation: Conversation) -> tuple[int, ...]:
    """Indices of the messages that the model is to write."""
    return tuple(
        i for i in range(len(conversation.messages)) if conversation.role(i) in ("assistant", "model")
    )


def stop_tokens(analysed: ExampleAnalysis, states: StateColumn, conversation: Conversation) -> Stops:
    """The first end-of-turn token of every assistant turn that has one."""
    ends = analysed.parts == PART_ID["end_of_turn"]
    trained: list[int] = []
    untrained: list[int] = []
    for message in assistant_turns(conversation):
        found = np.flatnonzero(ends & (analysed.messages == message))
        if len(found):
            stop = int(found[0])
            (trained if states[stop] == TRAINED_STATE else untrained).append(stop)
    return Stops(tuple(trained), tuple(untrained))


def _counts(states: StateColumn) -> str:
    total, trained = len(states), int((states == TRAINED_STATE).sum())
    if total == 0:
        return "The conversation renders to no tokens."
    if trained == 0:
        return f"None of {count(total, 'token')} {'trains' if total == 1 else 'train'}."
    noun = "token" if total == 1 else "tokens"
    verb = "trains" if trained == 1 else "train"
    return f"{trained:,} of {total:,} {noun} {verb} ({percent(trained, total)})."


def _urgent(analysis: Analysis, analysed: ExampleAnalysis) -> tuple[Finding, ...]:
    """One finding per code, the most severe first; none of examples beyond the first, which none is about."""
    return by_code(analysis.findings) if analysed is analysis.examples[0] else ()


def _found(found: Sequence[Finding], stops: Stops) -> str:
    """The most severe finding, where counting does not say it."""
    if not found or found[0].code in _COUNTED or (found[0].code in _OF_STOPS and stops.untrained):
        return ""
    return f"{title(found[0])}."


def _consequence(
    analysed: ExampleAnalysis, states: StateColumn, conversation: Conversation, stops: Stops
) -> str:
    if not (states == TRAINED_STATE).any():
        return "The model would learn nothing from this row."
    if stops.untrained and not stops.trained:
        return "The model never learns to stop."
    if stops.last_untrained:
        return "The last turn never learns to stop."
    if stops.untrained:
        return f"{count(len(stops.untrained), 'assistant turn')} never {_learn(stops)} to stop."
    return _trained_turns(analysed, states, conversation)


def _learn(stops: Stops) -> str:
    return "learns" if len(stops.untrained) == 1 else "learn"


def _trained_turns(analysed: ExampleAnalysis, states: StateColumn, conversation: Conversation) -> str:
    assistant = set(assistant_turns(conversation))
    touched = set(np.unique(analysed.messages[states == TRAINED_STATE]).tolist()) - {NO_MESSAGE}
    others = sorted({conversation.role(i) for i in touched - assistant if i < len(conversation.messages)})
    if others:
        return f"Text of the {' and the '.join(others)} trains too."
    if not assistant or not touched:
        return ""
    if touched != assistant:
        return f"{len(touched)} of {count(len(assistant), 'assistant turn')} {_verb(len(touched))}."
    return "The assistant's turn trains." if len(assistant) == 1 else "Every assistant turn trains."


def _verb(number: int) -> str:
    return "trains" if number == 1 else "train"


def _chips(
    analysis: Analysis,
    analysed: ExampleAnalysis,
    states: StateColumn,
    conversation: Conversation,
    stops: Stops,
    found: Sequence[Finding],
) -> tuple[Chip, ...]:
    codes = {finding.code for finding in found}
    chips = [_finding_chip(finding) for finding in found if finding.code not in TITLES]
    chips += [] if codes & {*TITLES, *_OF_STOPS} else _stop_chips(stops)
    chips += [] if codes & _OF_LENGTH else _cut_chips(analysed)
    chips += [] if "LM503" in codes else _loader_chips(analysis)
    chips += [] if "LM409" in codes else _template_chips(analysed, conversation)
    chips += _unused_chips(states)
    return tuple(sorted(chips, key=lambda chip: chip.kind != "warn"))


def _finding_chip(finding: Finding) -> Chip:
    return Chip("warn", chip_words(finding), finding.tokens[0][0] if finding.tokens else None)


def _stop_chips(stops: Stops) -> list[Chip]:
    if stops.untrained:
        return [Chip("warn", f"{count(len(stops.untrained), 'stop token')} untrained", stops.untrained[-1])]
    if not stops.trained:
        return []
    words = {1: "stop token trained", 2: "both stop tokens trained"}
    text = words.get(len(stops.trained), f"all {len(stops.trained)} stop tokens trained")
    return [Chip("good", text, stops.trained[-1])]


def _cut_chips(analysed: ExampleAnalysis) -> list[Chip]:
    cut = analysed.example.cut_tokens
    return [Chip("warn", f"{count(cut, 'token')} cut", len(analysed.messages) - 1)] if cut else []


def _loader_chips(analysis: Analysis) -> list[Chip]:
    differs = analysis.tokenizer.differs_from_file
    return [Chip("warn", "the two loaders give other ids")] if differs else []


def _template_chips(analysed: ExampleAnalysis, conversation: Conversation) -> list[Chip]:
    own = any(conversation.role(i) in ("system", "developer") for i in range(len(conversation.messages)))
    system = np.flatnonzero((analysed.parts == PART_ID["system"]) & (analysed.messages == NO_MESSAGE))
    if own or not len(system):
        return []
    return [Chip("note", "system prompt added by the template", int(system[0]))]


def _unused_chips(states: StateColumn) -> list[Chip]:
    unused = np.flatnonzero(states == UNUSED_STATE)
    if not len(unused):
        return []
    return [Chip("note", f"{count(len(unused), 'label')} unused", int(unused[0]))]


def _banner(
    analysis: Analysis, analysed: ExampleAnalysis, states: StateColumn, conversation: Conversation
) -> Banner | None:
    if any(finding.code in TITLES for finding in analysis.findings):
        return None
    if len(states) and not (states == TRAINED_STATE).any():
        return _empty_mask(analysis, analysed, conversation)
    if len(states) > 1 and not (states == MASKED_STATE).any():
        return _full_mask(analysis, analysed)
    return None


def _empty_mask(analysis: Analysis, analysed: ExampleAnalysis, conversation: Conversation) -> Banner:
    fix = "Choose another masking rule or template, or look at the reasons token by token below."
    if not assistant_turns(conversation):
        fix = "The conversation has no assistant message; add one to have something to learn."
    elif analysed.example.cut_tokens:
        fix = "Raise the length limit: what would train may have been cut off."
    return Banner("The mask is empty: nothing trains.", _main_reason(analysis, analysed), fix)


def _full_mask(analysis: Analysis, analysed: ExampleAnalysis) -> Banner:
    fix = "To train the model's own words alone, choose a rule that masks the other turns."
    return Banner("The mask is full: every token is labelled.", _main_reason(analysis, analysed), fix)


def _main_reason(analysis: Analysis, analysed: ExampleAnalysis) -> str:
    """The sentence that speaks for most tokens."""
    reasons: Sequence[int] = analysed.example.reasons.tolist()
    if not reasons or not analysis.reason_table:
        return ""
    most, _ = Counter(reasons).most_common(1)[0]
    return analysis.reason_table[most].sentence
