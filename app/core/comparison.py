"""Two analyses beside each other: which tokens differ and how, and so for text, template and findings.

Everything follows from an alignment, stretches that tile both rows in order, which the engine
makes. In a stretch that is `same` tokens stand in pairs; in any other they stand in place of each
other. Nothing here analyses or aligns.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from itertools import pairwise
from typing import Any, Literal, NamedTuple, TypeAlias, get_args

import numpy as np
from numpy.typing import NDArray

from .analysis import Analysis, ExampleAnalysis, Finding
from .example import MASKED, Example, State
from .provenance import IntArray

Span: TypeAlias = tuple[int, int]
Side: TypeAlias = Literal["a", "b"]
Kind: TypeAlias = Literal["state", "weight", "label", "only_in_a", "only_in_b", "replaced"]
"""`state`: trained, unused or masked otherwise; `weight`, `label`: trained in both, with another weight
or label; the others are tokens that one row has and the other has not, or has otherwise."""

STATES: tuple[State, ...] = get_args(State)
_EQUAL_WEIGHT = 1e-9
_SAME, _WEIGHT, _LABEL = -1, 100, 101


class Stretch(NamedTuple):
    """Half-open stretches of two rows that belong together; `same` ones are of one length."""

    a: Span
    b: Span
    same: bool


@dataclass(frozen=True, slots=True)
class TokenDifference:
    """Neighbouring tokens that differ in one way; `states` are those under A and B where they make it."""

    kind: Kind
    a: Span
    b: Span
    states: tuple[State, State] | None = None

    @property
    def tokens(self) -> int:
        """How many tokens differ: a pair counts once, tokens without a partner each."""
        lengths = self.a[1] - self.a[0], self.b[1] - self.b[0]
        return sum(lengths) if self.kind == "replaced" else max(lengths)

    @property
    def sentence(self) -> str:
        """`trained in A, masked in B`."""
        if self.states is not None:
            words = ["labelled but unused" if state == "unused" else state for state in self.states]
            return f"{words[0]} in A, {words[1]} in B"
        return _SENTENCES[self.kind]

    def as_json(self) -> dict[str, Any]:
        """The difference as the API writes it."""
        states = None if self.states is None else list(self.states)
        spans = {"a": list(self.a), "b": list(self.b)}
        return {"kind": self.kind, **spans, "states": states, "sentence": self.sentence}


_SENTENCES: dict[Kind, str] = {
    "weight": "trained in both, with other weights",
    "label": "trained in both, with other labels",
    "only_in_a": "only in A",
    "only_in_b": "only in B",
    "replaced": "other tokens in A and B",
}


@dataclass(frozen=True, slots=True)
class TokenComparison:
    """Two examples, token by token. `other_ids` counts pairs of the same text under other ids."""

    alignment: tuple[Stretch, ...]
    differences: tuple[TokenDifference, ...]
    lengths: tuple[int, int]
    other_ids: int = 0

    @property
    def tokens(self) -> int:
        """How many tokens differ."""
        return sum(difference.tokens for difference in self.differences)

    def numbers(self, side: Side) -> IntArray:
        """(n,) of each token on a side: which difference it is in, from 0; -1 where it agrees."""
        column = np.full(self.lengths["ab".index(side)], -1, dtype=np.int32)
        for number, difference in enumerate(self.differences):
            start, end = difference.a if side == "a" else difference.b
            column[start:end] = number
        return column

    def pairs(self) -> tuple[IntArray, IntArray]:
        """(pairs,) positions of tokens that stand in pairs, in A and in B."""
        return _pairs(self.alignment)

    def as_json(self) -> dict[str, Any]:
        """The comparison as the API writes it; an alignment's row is `[a, b, c, d, same]`."""
        return {
            "tokens": self.tokens,
            "counts": {kind: count for kind, count in self._counts().items() if count},
            "other_ids": self.other_ids,
            "differences": [difference.as_json() for difference in self.differences],
            "alignment": [[*row.a, *row.b, row.same] for row in self.alignment],
        }

    def _counts(self) -> dict[Kind, int]:
        return {
            kind: sum(one.tokens for one in self.differences if one.kind == kind) for kind in get_args(Kind)
        }


class TemplateLine(NamedTuple):
    """What one line of a chat template wrote: how many tokens, and in which differences, from 0."""

    line: int
    tokens: int
    differences: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two analyses and what tells them apart; without `tokens` where a framework refuses its row."""

    a: Analysis
    b: Analysis
    examples: tuple[int, int]
    tokens: TokenComparison | None = None
    texts: tuple[Stretch, ...] = ()
    """Lines of the two rendered texts, from 0."""
    sources: tuple[Stretch, ...] = ()
    """Lines of the two chat templates, from 0."""
    template_lines: tuple[tuple[TemplateLine, ...], tuple[TemplateLine, ...]] = ((), ())

    @property
    def findings(self) -> tuple[tuple[Finding, ...], tuple[Finding, ...]]:
        """Findings only in A, and only in B, by their code."""
        return _only(self.a.findings, self.b.findings), _only(self.b.findings, self.a.findings)

    def as_json(self) -> dict[str, Any]:
        """The answer of `POST /api/comparisons`."""
        lines = [[line._asdict() for line in side] for side in self.template_lines]
        findings = [[asdict(finding) for finding in side] for side in self.findings]
        return {
            "a": self.a.as_json(),
            "b": self.b.as_json(),
            "examples": list(self.examples),
            "tokens": None if self.tokens is None else self.tokens.as_json(),
            "text_lines": [[*row.a, *row.b, row.same] for row in self.texts],
            "template_source_lines": [[*row.a, *row.b, row.same] for row in self.sources],
            "template_lines": {"a": lines[0], "b": lines[1]},
            "findings_only": {"a": findings[0], "b": findings[1]},
        }


def compared(
    a: Example, b: Example, alignment: Sequence[Stretch], *, same_vocabulary: bool
) -> TokenComparison:
    """Which tokens of two aligned examples differ; labels are comparable only in one vocabulary.

    >>> compared(a with labels [-100, 5], b with labels [4, 5], (Stretch((0, 2), (0, 2), True),)).differences
    (TokenDifference("state", (0, 1), (0, 1), ("masked", "unused")),)
    """
    first, second = _pairs(alignment)
    codes = _codes(a, b, first, second, same_vocabulary)
    found = [*_differing(first, second, codes), *map(_unpaired, filter(lambda row: not row.same, alignment))]
    other = int(np.count_nonzero(a.tokens.ids[first] != b.tokens.ids[second]))
    ordered = sorted(found, key=lambda difference: (difference.a, difference.b))
    return TokenComparison(tuple(alignment), tuple(ordered), (len(a.tokens), len(b.tokens)), other)


def states_of(example: Example) -> NDArray[np.int64]:
    """(n,) index into `STATES` of each token."""
    labelled = example.labels != MASKED
    return np.where(example.used, 1, np.where(labelled, 2, 0)).astype(np.int64)


def template_lines(analysed: ExampleAnalysis, numbers: IntArray) -> tuple[TemplateLine, ...]:
    """Each line of the chat template that wrote some token; `numbers` are the tokens' differences, or -1."""
    tokens, lines = _written(analysed.example)
    return tuple(_line(int(line), numbers[tokens[lines == line]]) for line in np.unique(lines))


def _line(line: int, numbers: IntArray) -> TemplateLine:
    return TemplateLine(line, len(numbers), tuple(np.unique(numbers[numbers >= 0]).tolist()))


def _written(example: Example) -> tuple[IntArray, IntArray]:
    """Pairs of a token and a template line that wrote some of its characters."""
    rendering, offsets = example.rendering, example.tokens.offsets
    lines_of = np.array([origin.line or 0 for origin in rendering.origins], dtype=np.int32)
    covering = np.flatnonzero(offsets[:, 1] > offsets[:, 0])
    first = np.searchsorted(rendering.starts, offsets[covering, 0], side="right") - 1
    last = np.searchsorted(rendering.starts, offsets[covering, 1] - 1, side="right") - 1
    counts = last - first + 1
    tokens = np.repeat(covering, counts)
    steps = np.arange(len(tokens)) - np.repeat(np.cumsum(counts) - counts, counts)
    lines = lines_of[rendering.origin_ids[np.repeat(first, counts) + steps]]
    found = np.unique(np.stack([tokens, lines], axis=1)[lines > 0], axis=0)
    return found[:, 0], found[:, 1]


def _pairs(alignment: Iterable[Stretch]) -> tuple[IntArray, IntArray]:
    same = [row for row in alignment if row.same]
    none = [np.zeros(0, dtype=np.int32)]
    return (
        np.concatenate(none + [np.arange(*row.a, dtype=np.int32) for row in same]),
        np.concatenate(none + [np.arange(*row.b, dtype=np.int32) for row in same]),
    )


def _codes(
    a: Example, b: Example, first: IntArray, second: IntArray, same_vocabulary: bool
) -> NDArray[np.int64]:
    """(pairs,) how each pair differs: 3 * state in A + state in B, or a constant."""
    states = states_of(a)[first], states_of(b)[second]
    both = (states[0] == states[1]) & (states[0] != 0)
    labels = both & same_vocabulary & (a.labels[first] != b.labels[second])
    weights = both & (np.abs(a.weights[first] - b.weights[second]) > _EQUAL_WEIGHT)
    codes = np.where(states[0] == states[1], _SAME, 3 * states[0] + states[1])
    return np.where(labels, _LABEL, np.where(weights, _WEIGHT, codes))


def _differing(first: IntArray, second: IntArray, codes: NDArray[np.int64]) -> list[TokenDifference]:
    """One difference for each run of neighbouring pairs that differ in the same way."""
    if not len(codes):
        return []
    breaks = (np.diff(codes) != 0) | (np.diff(first) != 1) | (np.diff(second) != 1)
    cuts = [0, *(np.flatnonzero(breaks) + 1).tolist(), len(codes)]
    return [
        _paired(int(codes[start]), first[start:end], second[start:end])
        for start, end in pairwise(cuts)
        if codes[start] != _SAME
    ]


def _paired(code: int, first: IntArray, second: IntArray) -> TokenDifference:
    a, b = (int(first[0]), int(first[-1]) + 1), (int(second[0]), int(second[-1]) + 1)
    if code in (_WEIGHT, _LABEL):
        return TokenDifference("weight" if code == _WEIGHT else "label", a, b)
    return TokenDifference("state", a, b, (STATES[code // 3], STATES[code % 3]))


def _unpaired(stretch: Stretch) -> TokenDifference:
    if stretch.a[0] == stretch.a[1]:
        return TokenDifference("only_in_b", stretch.a, stretch.b)
    if stretch.b[0] == stretch.b[1]:
        return TokenDifference("only_in_a", stretch.a, stretch.b)
    return TokenDifference("replaced", stretch.a, stretch.b)


def _only(here: Sequence[Finding], there: Sequence[Finding]) -> tuple[Finding, ...]:
    codes = {finding.code for finding in there}
    return tuple(finding for finding in here if finding.code not in codes)
