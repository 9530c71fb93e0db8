"""Losses from a paste: which token each value belongs to, told from its length, its blanks and its texts.

A list fits an example of n tokens where it has n values, n - 1 (position 0 is predicted by
nothing), or one for each label that a prediction uses. Of n values, a blank first one says that
each stands at its own token, a blank last one that each stands at the token before, as where
labels are shifted; otherwise `alignment` has to say it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from ..core.analysis import Analysis
from ..core.example import Example, FloatArray
from ..core.losses import Losses
from ..core.parsing.losses import parse_losses
from ..core.parsing.scored import Scored
from ..errors import LossesError
from .agree import check_tokens, find_texts
from .columns import laid_out

Alignment: TypeAlias = Literal["own", "next"]

SOURCE = "a paste"


def losses_of_paste(
    value: object, analysis: Analysis, options: Mapping[str, Any] | None = None
) -> list[Losses]:
    """Losses of every example; options are `kind` (`loss`, `logprob`) and `alignment` (`own`, `next`).

    Raises:
        LossesError: what was pasted cannot be read, is ambiguous, or does not fit the examples.
    """
    chosen = options or {}
    rows = parse_losses(value, chosen.get("kind"))
    examples = [found.example for found in analysis.examples]
    if len(rows) != len(examples):
        raise LossesError(
            f"There are {_counted(len(rows), 'row')} of losses for {_counted(len(examples), 'example')}: "
            "one for each is expected, as a list of lists.",
            code="losses-length",
        )
    alignment = chosen.get("alignment")
    return [_losses(example, row, alignment) for example, row in zip(examples, rows, strict=True)]


def _losses(example: Example, row: Scored, alignment: Alignment | None) -> Losses:
    if row.form != "numbers":
        row, at = _found_tokens(example, row)
        check_tokens(example, row, at, "what was pasted")
        return laid_out(example, row, at, SOURCE)
    if len(row) not in (len(example.tokens), len(example.tokens) - 1):
        return _of_used(example, row)
    row, at = _placed(example, row, alignment)
    return _without_filling(example, laid_out(example, row, at, SOURCE))


def _found_tokens(example: Example, row: Scored) -> tuple[Scored, int]:
    """Where a server's row begins; what it generated after the example is left out."""
    count = len(example.tokens)
    if row.form == "completion" and len(row) > count and np.isnan(row.losses[0]):
        return row.part(0, count), 0
    if len(row) == count:
        return row, 0
    if row.form in ("vllm", "sglang") or not row.texts:
        raise _misfit(example, row)
    return row, _only_place(example, row)


def _only_place(example: Example, row: Scored) -> int:
    places = find_texts(example, row)
    if len(places) == 1:
        return places[0]
    if places:
        sentence = f"The {_counted(len(row), 'pasted token')} occur at more than one place of this example."
        raise LossesError(sentence, code="losses-ambiguous")
    raise LossesError(
        f"The {len(row)} pasted tokens do not occur in this example of {len(example.tokens)} tokens: "
        "the text or the tokenizer is another.",
        code="tokenizers-differ",
    )


def _placed(example: Example, row: Scored, alignment: Alignment | None) -> tuple[Scored, int]:
    """The row, and the position of its first value."""
    if len(row) < len(example.tokens):
        return row, 1
    if (alignment or _told_alignment(example, row.losses)) == "own":
        return row, 0
    return row.part(0, len(row) - 1), 1


def _told_alignment(example: Example, losses: FloatArray) -> Alignment:
    blank = np.isnan(losses) | (losses == 0)
    if blank[0] != blank[-1]:
        return "own" if blank[0] else "next"
    own, after = _fits(example.used, losses), _fits(example.used[1:], losses[:-1])
    if own != after:
        return "own" if own else "next"
    raise LossesError(
        f"There are {len(losses)} values for {len(losses)} tokens, one too many, since nothing predicts the "
        "first token. Make the one that counts for nothing null, or choose what a value belongs to "
        "(`alignment`: `own`, its own token, or `next`, the token after it).",
        code="losses-ambiguous",
    )


def _fits(used: NDArray[np.bool_], losses: FloatArray) -> bool:
    """Whether the blanks are where the mask is: a value at each used label and nothing at any other."""
    nothing = np.isnan(losses) | (losses == 0)
    return bool((~np.isnan(losses[used])).all() and nothing[~used].all())


def _of_used(example: Example, row: Scored) -> Losses:
    used = np.flatnonzero(example.used)
    if not len(row) or len(row) != len(used):
        raise _misfit(example, row)
    cross_entropy = np.full(len(example.tokens), np.nan)
    cross_entropy[used] = row.losses
    return Losses(SOURCE, cross_entropy)


def _without_filling(example: Example, losses: Losses) -> Losses:
    """A trainer writes 0 at every masked token; where all of them are 0, they are no losses."""
    masked = ~example.used
    if not np.all(np.nan_to_num(losses.cross_entropy[masked]) == 0):
        return losses
    return replace(losses, cross_entropy=np.where(masked, np.nan, losses.cross_entropy))


def _misfit(example: Example, row: Scored) -> LossesError:
    return LossesError(
        f"There are {_counted(len(row), 'value')} for an example of "
        f"{_counted(len(example.tokens), 'token')}; "
        f"expected are {_expected(example, row)}.",
        code="losses-length",
    )


def _expected(example: Example, row: Scored) -> str:
    count, used = len(example.tokens), int(example.used.sum())
    if row.form != "numbers":
        return f"{count}, one for each token"
    lengths = {count: "one for each token", count - 1: "all but the first"}
    if used:
        lengths.setdefault(used, "the trained labels that a prediction uses")
    *others, last = [f"{length} ({meaning})" for length, meaning in lengths.items() if length]
    return f"{', '.join(others)} or {last}" if others else last


def _counted(count: int, noun: str) -> str:
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"
