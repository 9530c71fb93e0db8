"""One optimizer step: which rows are in which micro-batch, over accumulation steps and ranks."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Step:
    """Rows by index, a tuple for each micro-batch that is added up before the optimizer moves.

    >>> Step(((0, 1), (2, 3)), accumulation=2)
    """

    micro_batches: tuple[tuple[int, ...], ...]
    accumulation: int = 1
    """Micro-batches that each rank adds up."""
    ranks: int = 1

    @classmethod
    def of(cls, count: int) -> Step:
        """All rows in one micro-batch, alone in its step."""
        return cls((tuple(range(count)),))

    @property
    def rows(self) -> tuple[int, ...]:
        """Every row of the step, in order."""
        return tuple(row for micro_batch in self.micro_batches for row in micro_batch)

    @property
    def parts(self) -> int:
        """Into how many parts a mean of micro-batch means divides the loss."""
        return self.accumulation * self.ranks
