"""LM6: what a limit of length takes from a row, and the shortest lengths that would not."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from ..core.provenance import NO_MESSAGE
from ..strategies.option import Option
from .base import Found, Rule, Severity
from .limit import Cut, LeftOut, cut_of, left_out, shortest_for_all, shortest_for_one, shortest_for_row
from .subject import Subject
from .words import tokens


def find_cut_turn(subject: Subject) -> Iterator[Found]:
    """LM601."""
    cut = cut_of(subject)
    if cut is None or subject.first is None or (cut.trained and not cut.kept_trained):
        return
    lost = cut.trained - cut.kept_trained
    row = shortest_for_row(subject, len(cut.whole.example.tokens))
    every = (shortest_for_all(subject, cut) or row) if lost else row
    what = f"{lost} of them trained" if lost else "none of them trained"
    sentence = (
        f"`{cut.option.name}` of {cut.length} cuts off {tokens(cut.tokens)}, {what}: "
        f"{_what_is_cut(cut, subject)}. The shortest length that keeps "
        f"{'all trained tokens' if lost else 'the whole row'} is {every}"
    )
    whole = f"; {row} keeps the whole row" if every != row else ""
    severity: Severity | None = None if lost else "note"
    yield Found(f"{sentence}{whole}.", _edge(cut), _line(subject, cut.option, row), severity)


def find_nothing_left(subject: Subject) -> Iterator[Found]:
    """LM602."""
    out = left_out(subject)
    if out is not None:
        yield _left_out(subject, out)
    cut = cut_of(subject)
    if cut is None or not cut.trained or cut.kept_trained:
        return
    one, every = shortest_for_one(subject, cut), shortest_for_all(subject, cut)
    sentence = (
        f"`{cut.option.name}` of {cut.length} leaves none of the {tokens(cut.trained, 'trained token')} "
        f"of this row{_consequence(subject)}. The shortest length that keeps one is {one}, "
        f"and {every} keeps all."
    )
    whole = shortest_for_row(subject, len(cut.whole.example.tokens))
    fix = _line(subject, cut.option, whole)
    yield Found(sentence, _edge(cut) if subject.first is not None else (), fix)


def _left_out(subject: Subject, out: LeftOut) -> Found:
    length = shortest_for_row(subject, out.tokens)
    sentence = (
        f"The row has {tokens(out.tokens)} and `{out.option.name}` is {out.length}"
        f"{_consequence(subject)}, so nothing of it trains. {length} is the shortest length that keeps "
        "it, and all that it trains."
    )
    return Found(sentence, (), _line(subject, out.option, length))


def _consequence(subject: Subject) -> str:
    """What the framework does with the row, for the middle of a sentence."""
    if subject.outcome.kind == "ok":
        return ""
    what = "leaves the row out" if subject.outcome.kind == "dropped" else "raises"
    return f"; {subject.strategy.framework} {what}"


def _what_is_cut(cut: Cut, subject: Subject) -> str:
    """The turn that the cut goes through, and how many are lost whole."""
    messages = cut.whole.messages
    kept = set(messages[slice(*cut.kept)].tolist()) - {NO_MESSAGE}
    lost = set(messages.tolist()) - kept - {NO_MESSAGE}
    through = _turn_cut(cut)
    said = []
    if through is not None:
        inside = np.flatnonzero(messages == through)
        gone = int(np.count_nonzero((inside < cut.kept[0]) | (inside >= cut.kept[1])))
        role = subject.context.conversation.role(through)
        said.append(f"turn {through + 1} ({role}) loses {gone} of its {tokens(len(inside))}")
    if lost:
        said.append(f"{'turns' if len(lost) > 1 else 'turn'} {_numbers(lost)} {_is(lost)} lost whole")
    return ", and ".join(said) or "they are outside every turn"


def _turn_cut(cut: Cut) -> int | None:
    messages, (start, end) = cut.whole.messages, cut.kept
    edge = start if start else end
    if not 0 < edge < len(messages) or messages[edge - 1] != messages[edge]:
        return None
    return int(messages[edge]) if messages[edge] != NO_MESSAGE else None


def _numbers(messages: set[int]) -> str:
    numbers = [str(message + 1) for message in sorted(messages)]
    if len(numbers) > 4:
        return f"{numbers[0]} to {numbers[-1]}"
    return " and ".join(filter(None, (", ".join(numbers[:-1]), numbers[-1])))


def _is(messages: set[int]) -> str:
    return "are" if len(messages) > 1 else "is"


def _edge(cut: Cut) -> tuple[tuple[int, int], ...]:
    """The kept token beside the cut, in the first example."""
    length = cut.kept[1] - cut.kept[0]
    return (((0, 1) if cut.kept[0] else (length - 1, length)),) if length else ()


def _line(subject: Subject, option: Option, length: int) -> str:
    line = option.config_line(length, subject.strategy.config_kind)
    return line or f"{option.name}: {length}"


_TALK = [
    {"role": "user", "content": "give me a recipe to bake pancakes"},
    {"role": "assistant", "content": "to bake pancakes, one takes a pan"},
]


def _fields(length: int) -> dict[str, object]:
    return {
        "conversation": {"messages": _TALK},
        "chat_template": "bundled:chatml",
        "strategy": {"name": "trl-assistant-only", "options": {"max_length": length}},
    }


RULES: tuple[Rule, ...] = (
    Rule(
        "LM601",
        "warning",
        "A turn is cut by the limit of length",
        "What lies beyond the limit is not trained, and a reply that is cut in the middle has no end: the "
        "model sees replies that never stop.",
        find_cut_turn,
        failing=_fields(26),
        mended=_fields(1024),
        healthy=_fields(1024),
        sources=("https://github.com/huggingface/transformers/issues/34494",),
    ),
    Rule(
        "LM602",
        "error",
        "The limit of length leaves no trained token",
        "The row costs its compute and teaches nothing, or the framework leaves it out. Where every row is "
        "like that, the loss reads 0.0, or is not a number and spoils the weights.",
        find_nothing_left,
        failing=_fields(8),
        mended=_fields(1024),
        healthy=_fields(1024),
        sources=(
            "https://github.com/huggingface/trl/issues/3927",
            "https://github.com/huggingface/trl/issues/6668",
            "https://github.com/MakazhanAlpamys/Soup/issues/532",
            "https://github.com/NVIDIA-NeMo/Speech/issues/8025",
        ),
    ),
)
