"""That the page shows a copy of a stored snapshot, and whether it was edited since."""

from __future__ import annotations

import hashlib
import json
from typing import NamedTuple

from ...storage import ids
from ..forms import AnalysisForm

_ASKED = ("conversation", "tokenizer", "template", "template_arguments", "strategy", "reduction", "today")


class CopyView(NamedTuple):
    """That the page is a copy of a snapshot; `edited` once it no longer asks for the same."""

    id: str
    edited: bool
    mark: str


def copy_view(form: AnalysisForm, state: str) -> CopyView | None:
    """What the page says of the snapshot it was copied from; None where it is no copy."""
    if not ids.is_id(form.copy_of):
        return None
    mark = _mark(state)
    return CopyView(form.copy_of, form.copy_mark not in ("", mark), form.copy_mark or mark)


def _mark(state: str) -> str:
    """A short name of what a state asks for, whatever is in sight and whatever came of it."""
    found = json.loads(state) if state else {}
    asked = {name: found.get(name) for name in _ASKED}
    return hashlib.sha256(json.dumps(asked, sort_keys=True).encode("utf-8", "surrogatepass")).hexdigest()[:16]
