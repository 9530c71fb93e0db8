"""What a reduction is: from labels and weights in a step to the coefficient of each cross-entropy.

Every reduction that frameworks use divides a token's weight by something that is the same for
all tokens of a row: the coefficient is `weight / (total * parts)` where the label is used, and
0 elsewhere. A reduction is therefore the function that gives each row its `Divisor`.

To add one: a file beside this one with its `Reduction`, a line in `registry`, and a test.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple, Protocol, TypeAlias

import numpy as np
from numpy.typing import NDArray

from ...errors import OptionError
from ..example import FloatArray
from ..options import read_options
from ..provenance import IntArray
from .step import Step

Options: TypeAlias = Mapping[str, Any]


class Labelled(Protocol):
    """What a reduction looks at of a row: an `Example`, or a sequence into which rows are packed."""

    @property
    def labels(self) -> IntArray: ...

    @property
    def weights(self) -> FloatArray: ...

    @property
    def used(self) -> NDArray[np.bool_]:
        """(n,) true where a prediction uses the label."""
        ...


class Divisor(NamedTuple):
    """What divides the weights of one row: a count of labels or a sum of weights, times `parts`."""

    total: float
    parts: int = 1


@dataclass(frozen=True, slots=True)
class ReductionOption:
    """One option of a reduction: a choice of several words."""

    name: str
    default: str
    choices: tuple[str, ...]
    meaning: str
    kind: Literal["choice"] = "choice"

    def read(self, value: object) -> str:
        """The value, checked; empty gives the default.

        Raises:
            OptionError: `bad-option`.
        """
        if value == "":
            return self.default
        if value not in self.choices:
            known = ", ".join(self.choices)
            raise OptionError(f"`{self.name}` is one of {known}, not {value!r}.")
        return str(value)


@dataclass(frozen=True, slots=True)
class Reduction:
    """A way to make one loss of many cross-entropies, and what the page and the API say of it.

    `sources` name the project, version and file that it was read in. `divides_by` names what
    the weights are divided by. `notes` may add a sentence on the rows at hand. One that
    `scales_by_probability` multiplies each weight with the model's probability of the token.
    """

    name: str
    title: str
    meaning: str
    formula: str
    sources: tuple[str, ...]
    divisors: Callable[[Sequence[Labelled], Step, Options], list[Divisor]]
    options: tuple[ReductionOption, ...] = ()
    note: Callable[[Sequence[Labelled], Sequence[Step]], str | None] | None = None
    scales_by_probability: bool = False

    @property
    def source(self) -> str:
        """All of them in one line."""
        return "; ".join(self.sources)

    def read_options(self, given: Options) -> dict[str, Any]:
        """Every option's value: what was given, checked, or its default where it is absent.

        Raises:
            OptionError: `bad-option`, also for a name that this reduction does not have.
        """
        return read_options(self.name, self.options, given)


@dataclass(frozen=True, slots=True)
class ReductionInfo:
    """Which reduction the contributions are of, in words, in symbols and in numbers."""

    name: str
    options: Mapping[str, Any]
    title: str
    formula: str
    with_numbers: str
    """The formula with the numbers of the rows at hand."""
    source: str
    note: str | None = None

    def as_json(self) -> dict[str, Any]:
        """The reduction as the API writes it."""
        return {
            "name": self.name,
            "options": dict(self.options),
            "title": self.title,
            "formula": self.formula,
            "with_numbers": self.with_numbers,
            "source": self.source,
            "note": self.note,
        }


class Weighed(NamedTuple):
    """One column of coefficients per row, and the reduction that gave them.

    A coefficient that only a model's probability can tell is NaN.
    """

    columns: list[FloatArray]
    info: ReductionInfo


def used_count(row: Labelled) -> int:
    """Labels that a prediction uses."""
    return int(np.count_nonzero(row.used))


def used_weight(row: Labelled) -> float:
    """The sum of the weights of those labels."""
    return float(row.weights[row.used].sum())
