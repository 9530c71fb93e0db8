"""Figures that sentences name in braces, worked out from the analysis, so that no number is typed.

`{tokens}`, `{trained}`, `{masked}`, `{unused}`, `{share}`, `{cut}`, `{examples}`, `{example}`, `{messages}`
and `{outcome}` are of the example shown; with `before.` they are of the step before. With the name of a
point, as in `{stop.position}`, they are of the tokens pointed at: `position`, `last`, `count`,
`trained`, `masked`, `text`, `pieces`, `id`, `ids`, `label`, `weight`, `loss_share`.
"""

from __future__ import annotations

import itertools
import operator
import re
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

from ..core.analysis import Analysis, ExampleAnalysis
from .lesson import Lesson, Step
from .pointing import in_state, pointed, shown_example

BEFORE = "before"
PLACEHOLDER = re.compile(r"\{([a-z][a-z0-9_]*(?:\.[a-z_]+)?)\}")
_CLAIM = re.compile(r"\s*(\S+)\s*(==|!=|<=|>=|<|>)\s*(.+?)\s*")
_COMPARE: dict[str, Callable[[Any, Any], bool]] = {
    "==": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}

Value: TypeAlias = int | float | str


class Figure(NamedTuple):
    """A value to compare, how a person writes it, and whether that is code."""

    value: Value
    shown: str
    code: bool = False


Figures: TypeAlias = Mapping[str, Figure]

OF_EXAMPLE = (
    "tokens",
    "trained",
    "masked",
    "unused",
    "share",
    "cut",
    "examples",
    "example",
    "messages",
    "outcome",
)
OF_POINT = (
    "position",
    "last",
    "count",
    "trained",
    "masked",
    "text",
    "pieces",
    "id",
    "ids",
    "label",
    "weight",
    "loss_share",
)


def known_figures(step: Step, has_before: bool) -> frozenset[str]:
    """The names that a step's sentences and claims may use."""
    before = [f"{BEFORE}.{name}" for name in OF_EXAMPLE] if has_before else []
    points = [f"{point.name}.{name}" for point in step.points for name in OF_POINT]
    return frozenset([*OF_EXAMPLE, *before, *points])


def names_before(lesson: Lesson, number: int) -> bool:
    """Whether step `number`, from 0, tells of the one before, so that this has to be analysed too."""
    return number > 0 and any(f"{BEFORE}." in text for text in texts(lesson.steps[number]))


def texts(step: Step) -> tuple[str, ...]:
    """Everything in which a step may name figures."""
    question = step.question
    asked = () if question is None else (question.ask, *question.answers, question.why)
    return (step.text, step.notes, *asked, *step.claims)


def figures(step: Step, analysis: Analysis, before: tuple[Step, Analysis] | None = None) -> Figures:
    """Every figure of a step by its name."""
    found = dict(_of_analysis(step, analysis))
    if before is not None:
        found |= {f"{BEFORE}.{name}": figure for name, figure in _of_analysis(*before).items()}
    analysed = shown_example(step, analysis)
    if analysed is not None:
        for point in step.points:
            rows = _of_point(pointed(point, analysed), analysed, analysis).items()
            found |= {f"{point.name}.{name}": figure for name, figure in rows}
    return found


def holds(claim: str, found: Figures) -> bool:
    """Whether a comparison such as `trained == tokens` or `stop.masked > 0` is true of the figures."""
    left, sign, right = claim_parts(claim)
    one, other = (_operand(side, found) for side in (left, right))
    if type(one) is str or type(other) is str:
        one, other = str(one), str(other)
    return _COMPARE[sign](one, other)


def claim_parts(claim: str) -> tuple[str, str, str]:
    """Left side, sign and right side.

    Raises:
        ValueError: it is no comparison.
    """
    matched = _CLAIM.fullmatch(claim)
    if matched is None:
        raise ValueError(claim)
    return matched[1], matched[2], matched[3]


def _operand(text: str, found: Figures) -> Value:
    if text in found:
        return found[text].value
    try:
        return float(text)
    except ValueError:
        return text


def _of_analysis(step: Step, analysis: Analysis) -> dict[str, Figure]:
    analysed = shown_example(step, analysis)
    found = {"examples": _number(len(analysis.examples)), "outcome": _text(analysis.outcome.kind, code=False)}
    return found | (_none() if analysed is None else _of_example(step, analysed))


def _none() -> dict[str, Figure]:
    """Of a row that the framework refuses, so that a sentence about it can still be written."""
    counted = ("tokens", "trained", "masked", "unused", "cut", "example", "messages")
    return {name: _number(0) for name in counted} | {"share": Figure(0, "0 %")}


def _of_example(step: Step, analysed: ExampleAnalysis) -> dict[str, Figure]:
    total = len(analysed.messages)
    trained, masked, unused = (
        int(in_state(analysed, state).sum()) for state in ("trained", "masked", "unused")
    )
    return {
        "tokens": _number(total),
        "trained": _number(trained),
        "masked": _number(masked),
        "unused": _number(unused),
        "share": _percent(trained / total if total else 0),
        "cut": _number(analysed.example.cut_tokens),
        "example": _number(int(step.fields.get("example", 0)) + 1),
        "messages": _number(len(step.request().conversation.messages)),
    }


def _of_point(positions: tuple[int, ...], analysed: ExampleAnalysis, analysis: Analysis) -> dict[str, Figure]:
    if not positions:
        return {name: Figure("", "(no such token)") for name in OF_POINT} | {"count": _number(0)}
    chosen, example = np.array(positions), analysed.example
    ids, labels = example.tokens.ids[chosen].tolist(), example.labels[chosen].tolist()
    ends = example.tokens.offsets[chosen]
    return {
        "position": _number(positions[0]),
        "last": _number(positions[-1]),
        "count": _number(len(positions)),
        "trained": _number(int(in_state(analysed, "trained")[chosen].sum())),
        "masked": _number(int(in_state(analysed, "masked")[chosen].sum())),
        "text": _text(_visible(example.rendering.text[ends[0, 0] : ends[_first_run(positions) - 1, 1]])),
        "pieces": _text(" ".join(_visible(example.rendering.text[a:b]) for a, b in ends.tolist())),
        "id": Figure(ids[0], str(ids[0]), True),
        "ids": _text(", ".join(map(str, ids))),
        "label": Figure(labels[0], str(labels[0]), True),
        "weight": _plain(float(example.weights[chosen[0]])),
        "loss_share": _percent(_loss_share(chosen, analysed, analysis)),
    }


def _first_run(positions: tuple[int, ...]) -> int:
    """How many of them stand together at the beginning, which are told as one text."""
    neighbours = itertools.takewhile(lambda pair: pair[1] == pair[0] + 1, itertools.pairwise(positions))
    return 1 + sum(1 for _ in neighbours)


def _loss_share(chosen: NDArray[np.int64], analysed: ExampleAnalysis, analysis: Analysis) -> float:
    """Of the loss of all examples, every token's own loss taken as the same."""
    whole = sum(float(np.nansum(one.coefficients)) for one in analysis.examples)
    return float(np.nansum(analysed.coefficients[chosen])) / whole if whole else 0.0


def _visible(text: str) -> str:
    return text.replace("\n", "↵").replace(" ", "·")


def _number(value: int) -> Figure:
    return Figure(value, f"{value:,}")


def _plain(value: float) -> Figure:
    return Figure(value, f"{value:g}")


def _percent(share: float) -> Figure:
    """One digit behind the point below ten percent, where a whole number would say too little."""
    percent = 100 * share
    return Figure(percent, f"{percent:.1f} %" if 0 < percent < 10 else f"{percent:.0f} %")


def _text(text: str, code: bool = True) -> Figure:
    return Figure(text, text, code)
