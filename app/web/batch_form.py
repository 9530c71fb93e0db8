"""The form of the batch page: the main page's fields, and how rows are batched and compared.

Covered: reading fields and turning them into a request. Not covered: what is valid, which the
batch's own types say.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, TypeAlias

from ..core.batch.request import BatchRequest, BatchShape
from ..core.conversation import Conversation
from ..core.request import Choice
from ..errors import OptionError
from .forms import AnalysisForm, Theme

Arrangement: TypeAlias = Literal["padded", "padding-free", "bfd", "bfd_split", "wrapped"]

ARRANGEMENTS: dict[Arrangement, tuple[str, str]] = {
    "padded": ("padded", "Each row a sequence, filled up to the longest of its micro-batch."),
    "padding-free": ("padding-free", "The rows of a micro-batch end to end as one sequence."),
    "bfd": ("packed, bfd", "Best fit, longest first; the end of a row that is too long is lost."),
    "bfd_split": ("packed, bfd_split", "The same, but a row that is too long is split over packs."),
    "wrapped": ("packed, wrapped", "Rows end to end, cut wherever a pack is full."),
}
"""How rows become sequences: a title and a sentence each; the packings are TRL's."""

BATCH = "batch."
NUMBERS: dict[str, tuple[str, str]] = {
    "micro_batch_size": ("micro-batch size", "1"),
    "gradient_accumulation_steps": ("accumulation steps", "6"),
    "ranks": ("ranks", "1"),
    "packing_length": ("packing length", ""),
}
"""Fields that are whole numbers: a title and what stands in them at first."""


@dataclass(frozen=True, slots=True)
class BatchForm:
    """The page's fields as the user left them. `numbers` are keyed as `NUMBERS` are."""

    analysis: AnalysisForm
    numbers: Mapping[str, str] = field(default_factory=dict)
    arrangement: Arrangement = "padded"
    compare_with: str = ""

    @classmethod
    def from_fields(cls, fields: Iterable[tuple[str, str]]) -> BatchForm:
        """Read posted fields; those of the main page go along.

        >>> BatchForm.from_fields([("batch.ranks", "4")]).number("ranks")
        '4'
        """
        values = dict(fields)
        known: Any = values.get(f"{BATCH}arrangement")
        return cls(
            AnalysisForm.from_fields(values.items()),
            {name: values[f"{BATCH}{name}"].strip() for name in NUMBERS if f"{BATCH}{name}" in values},
            known if known in ARRANGEMENTS else "padded",
            values.get("compare_with", ""),
        )

    @property
    def theme(self) -> Theme:
        return self.analysis.theme

    def number(self, name: str) -> str:
        """What stands in a field for a number."""
        return self.numbers.get(name, NUMBERS[name][1])

    def request(self, conversations: Sequence[Conversation]) -> BatchRequest:
        """The batch that the form asks for, of at least one conversation.

        Raises:
            OptionError: a field cannot be read.
        """
        return BatchRequest(
            base=self.analysis.request(conversations[0]),
            conversations=tuple(conversations),
            shape=self.shape(),
            compare_with=Choice(self.compare_with) if self.compare_with else None,
        )

    def shape(self) -> BatchShape:
        """How rows are batched; an empty number is the default.

        Raises:
            OptionError: `bad-request`, naming the field.
        """
        packed = self.arrangement not in ("padded", "padding-free")
        given = {name: _whole(title, self.number(name)) for name, (title, _) in NUMBERS.items()}
        return BatchShape.from_json(
            {
                **given,
                "packing": self.arrangement if packed else None,
                "packing_length": given["packing_length"] if packed else None,
                "padding_free": self.arrangement == "padding-free",
            }
        )


def _whole(title: str, text: str) -> int | None:
    if not text:
        return None
    try:
        return int(text)
    except ValueError:
        raise OptionError(f"The {title} is a whole number, not {text!r}.", code="bad-request") from None
