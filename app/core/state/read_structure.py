"""A structure out of its JSON, every run checked."""

from __future__ import annotations

from ..fields import JSON, Unfit, as_integer, as_rows, as_text, one_of
from ..parts import Part
from .structure import Run, Structure, TokenState

MOST_TOKENS = 10_000_000


def structure_from(fields: JSON) -> Structure:
    """The structure whose `as_json` this is.

    Raises:
        LinkError: with the name of the field that is not as it should be.
    """
    roles = tuple(as_text(role, "roles") for role in as_rows(fields.get("roles"), "roles"))
    examples = as_rows(fields.get("examples"), "examples")
    found = Structure(roles, tuple(_runs(row, len(roles)) for row in examples))
    if sum(run.tokens for row in found.examples for run in row) > MOST_TOKENS:
        raise Unfit("it counts more tokens than an analysis can have")
    return found


def _runs(value: object, messages: int) -> tuple[Run, ...]:
    return tuple(_run(row, messages) for row in as_rows(value, "examples"))


def _run(value: object, messages: int) -> Run:
    row = as_rows(value, "examples")
    if len(row) != 4:
        raise Unfit("`examples` holds something that is no run")
    message = as_integer(row[0], "message", least=-1)
    if message >= messages:
        raise Unfit("`examples` names a message that has no role")
    part = one_of(row[1], Part, "part")
    state = one_of(row[2], TokenState, "state")
    return Run(message, part, state, as_integer(row[3], "tokens", least=1))
