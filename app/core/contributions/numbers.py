"""A reduction's formula with the numbers of the rows at hand in it."""

from __future__ import annotations

from collections.abc import Sequence

from ..example import MASKED
from .base import Divisor, Labelled, Reduction, used_count


def with_numbers(reduction: Reduction, rows: Sequence[Labelled], divisors: Sequence[Divisor]) -> str:
    """One sentence without a full stop.

    >>> with_numbers(TOKEN_MEAN, [example with 57 used labels of weight 1], [Divisor(57)])
    '1 ÷ 57 = 0.0175 for each of 57 trained tokens'
    """
    there = [(row, divisor) for row, divisor in zip(rows, divisors, strict=True) if used_count(row)]
    if not there:
        return "No label is used, so nothing weighs anything"
    sizes = {(float(weight), divisor) for row, divisor in there for weight in _weights(row) if divisor.total}
    if not sizes:
        return "Every weight is 0, so nothing weighs anything"
    total = sum(used_count(row) for row, _ in there)
    probability = "p · " if reduction.scales_by_probability else ""
    tokens = f"each of {total:,} trained tokens" if total > 1 else "the one trained token"
    ordered = sorted(sizes, key=_coefficient)
    least, most = (_equation(*size, probability) for size in (ordered[0], ordered[-1]))
    return f"{most} for {tokens}" if least == most else f"from {least} to {most} for {tokens}"


def unused_note(rows: Sequence[Labelled]) -> str | None:
    """Where labels weigh nothing though they are no -100."""
    unused = sum(int((row.labels != MASKED).sum()) - used_count(row) for row in rows)
    if not unused:
        return None
    if unused == 1:
        return "One token is labelled and weighs nothing, since no prediction uses its label."
    return f"{unused:,} tokens are labelled and weigh nothing, since no prediction uses their labels."


def _weights(row: Labelled) -> set[float]:
    """The least and the greatest of the used labels' weights, which alone are told."""
    used = row.weights[row.used]
    return {float(used.min()), float(used.max())}


def _coefficient(size: tuple[float, Divisor]) -> float:
    weight, divisor = size
    return weight / (divisor.total * divisor.parts)


def _equation(weight: float, divisor: Divisor, probability: str) -> str:
    """`1 ÷ (57 · 4) = 0.00439`; no division by 1."""
    factors = [_number(factor) for factor in divisor if factor != 1]
    if not factors:
        return probability + _number(weight)
    below = factors[0] if len(factors) == 1 else f"({' · '.join(factors)})"
    return f"{probability}{_number(weight)} ÷ {below} = {probability}{_coefficient((weight, divisor)):.3g}"


def _number(value: float) -> str:
    return f"{int(value):,}" if value == int(value) else f"{value:.4g}"
