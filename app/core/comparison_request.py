"""What a comparison is asked of: two requests, the second written as what it changes of the first."""

from __future__ import annotations

from dataclasses import dataclass

from ..errors import OptionError
from .request import AnalysisRequest

FIELDS = ("a", "b", "examples")


@dataclass(frozen=True, slots=True)
class ComparisonRequest:
    """Two analyses, and which of the examples of each are laid beside each other, from 0."""

    a: AnalysisRequest
    b: AnalysisRequest
    examples: tuple[int, int] = (0, 0)

    @classmethod
    def from_json(cls, value: object) -> ComparisonRequest:
        """Read the body of `POST /api/comparisons`: `{"a": {…}, "b": {fields that are not as in a}}`.

        Raises:
            OptionError: a field is of the wrong type.
            ConversationError: a conversation is.
        """
        if not isinstance(value, dict) or not {"a", "b"} <= value.keys() <= set(FIELDS):
            raise OptionError(
                "A comparison is an object with `a`, `b` and perhaps `examples`.", code="bad-request"
            )
        a, b = value["a"], value["b"]
        if not isinstance(a, dict) or not isinstance(b, dict):
            raise OptionError("`a` and `b` are objects, as `POST /api/analyses` takes.", code="bad-request")
        return cls(
            AnalysisRequest.from_json(a), AnalysisRequest.from_json(a | b), _examples(value.get("examples"))
        )


def _examples(value: object) -> tuple[int, int]:
    if value is None:
        return 0, 0
    if isinstance(value, list) and len(value) == 2 and all(type(one) is int and one >= 0 for one in value):
        return value[0], value[1]
    raise OptionError("`examples` are two numbers, from 0: one of A, one of B.", code="bad-request")
