"""ms-swift's contexts: stretches of text with a type, then with a weight, then joined.

Source: ms_swift 4.6.0, `loss_scale/base.py` and `template/base.py`, `_simplify_context_list`.
Neighbouring texts of one weight are joined before they are tokenized, so a change of weight is a boundary
between tokens; special tokens given by their ids are boundaries too.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import zip_longest
from typing import Any, Literal, NamedTuple, TypeAlias

from .families.text import joined
from .joined import Piece
from .ms_swift_read import Said
from .ms_swift_weights import LossScale

Type: TypeAlias = Literal["response", "suffix", "other"]


class Context(NamedTuple):
    """Text, or a piece that is tokenized already; `round` is the reply's, from 0."""

    text: str
    piece: Piece | None
    type: Type
    message: int
    round: int


class Weighed(NamedTuple):
    """What is tokenized at once, with its weight."""

    text: str
    piece: Piece | None
    weight: float
    message: int


def weighed(contexts: Sequence[Context], said: Sequence[Said], scale: LossScale) -> list[Weighed]:
    """Every context with its weight, split where the loss scale splits it."""
    last = max((place for place, one in enumerate(said) if one.role in ("user", "tool")), default=-1)
    found: list[Weighed] = []
    seen: dict[int, int] = {}
    for context in contexts:
        part = seen.get(context.round, 0)
        if context.type == "response":
            seen[context.round] = part + 1
        parts = _parts(context, said, scale, part, 2 * context.round >= last)
        found += [Weighed(text, context.piece, weight, context.message) for text, weight in parts]
    return found


def _parts(
    context: Context, said: Sequence[Said], scale: LossScale, part: int, is_last: bool
) -> list[tuple[str, float]]:
    reply = said[2 * context.round + 1] if context.type == "response" else None
    loss, weight = (
        (None, None) if reply is None else (_at(reply, "loss", part), _at(reply, "loss_scale", part))
    )
    speaks = context.type in ("response", "suffix")
    by_base = (
        scale.base == "all"
        or (scale.base == "default" and speaks)
        or (scale.base == "last_round" and speaks and is_last)
    )
    if not (loss or (loss is None and by_base)):
        return [(context.text, 0.0)]
    if weight is not None:
        return [(context.text, float(weight))]
    if context.piece is not None:
        return [(context.text, 1.0)]
    return scale.parts(context.text, said[2 * context.round].content if reply else None)


def _at(reply: Said, key: str, part: int) -> Any:
    value = reply.given.get(key)
    return value[part] if isinstance(value, list) else value


def stripped(contexts: Sequence[Weighed]) -> list[Weighed]:
    """Line breaks taken from headers at the row's end, and before a reply with the mark of a call."""
    following = [one.text for one in contexts[1:]]
    return [
        one._replace(text=one.text[:-1])
        if one.text.endswith(_OPENINGS) and (after is None or "<|observation|>" in after)
        else one
        for one, after in zip_longest(contexts, following)
    ]


_OPENINGS = ("<|assistant|>\n", "<think></think>\n")


def simplified(contexts: Sequence[Weighed]) -> list[Weighed]:
    """Neighbouring texts of one weight joined; empty ones make no boundary."""
    found: list[Weighed] = []
    for one in contexts:
        if one.piece is None and not one.text:
            continue
        before = found[-1] if found else None
        if before and before.piece is None and one.piece is None and before.weight == one.weight:
            found[-1] = before._replace(text=joined([before.text, one.text]))
        else:
            found.append(one)
    return found
