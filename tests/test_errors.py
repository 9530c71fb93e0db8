"""Errors carry their data across a process border."""

from __future__ import annotations

import pickle

from lossmask.errors import Busy, TemplateError, Where


def test_errors_survive_pickling() -> None:
    error = TemplateError("no", code="template-error", where=Where(3, 4))
    error.kind = "UndefinedError"
    again = pickle.loads(pickle.dumps(error))
    assert (again.detail, again.code, again.where, again.kind) == (
        "no",
        "template-error",
        Where(3, 4),
        "UndefinedError",
    )
    assert str(again) == "no"


def test_each_kind_has_its_code() -> None:
    assert (Busy("x").code, Busy("x").retry_after) == ("busy", 2)
