"""A stored snapshot as a page: what its author saw, and what may be looked at besides.

Drawn from the stored analysis alone, with the page's own views; neither tokenizer nor template is needed.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import NamedTuple

from ...core.files.body import Body
from ...storage.snapshot import Entry
from ..forms import AnalysisForm
from ..share import form_of
from .controls import controls
from .findings import finding_views
from .page import PageView, reading
from .result import result_view

_PLACES = ("at", "pin")
_LOOKED_AT = ("view", "lens", "would", "theme", "page", "example", *_PLACES)


class Seen(NamedTuple):
    """What the reader chose to look at, as the form of a snapshot's page sends it; empty at first."""

    fields: Mapping[str, str]

    @classmethod
    def of(cls, items: Iterable[tuple[str, str]]) -> Seen:
        """Of a query, or of posted fields, what is about looking alone."""
        return cls({name: text for name, text in items if name in _LOOKED_AT})

    def in_place(self, form: AnalysisForm) -> AnalysisForm:
        """The author's form with what the reader chose in place of what the author had in sight."""
        chosen = AnalysisForm.from_fields(self.fields.items())
        kept = {name: getattr(chosen, name) for name in self.fields if name not in _PLACES}
        if "lens" in self.fields:
            # A box that is not ticked is not sent, but its neighbour is.
            kept["would"] = chosen.would
        if chosen.token is not None:
            kept |= {"token": chosen.token, "example": chosen.example, "view": chosen.view}
        return replace(form, **kept)


@dataclass(frozen=True, slots=True)
class SnapshotView:
    """`page` is what its partials draw; `pin` is the token that its author had pinned, while it is drawn."""

    entry: Entry
    page: PageView
    state: str
    pin: int | None

    @property
    def expiry(self) -> str:
        return expiry(self.entry.expires_at)


def snapshot_view(entry: Entry, body: Body, seen: Seen, drawn_tokens: int) -> SnapshotView:
    """The snapshot as its author saw it, or what the reader chose to look at of it."""
    form = seen.in_place(form_of(body.state))
    pin = body.state.view.pin
    same = form.example == body.state.view.example and form.token is None
    state = json.dumps(body.state.as_json(), ensure_ascii=False, separators=(",", ":"))
    return SnapshotView(entry, _page(body, form, drawn_tokens), state, pin[0] if pin and same else None)


def _page(body: Body, form: AnalysisForm, drawn_tokens: int) -> PageView:
    analysis = body.analysis
    page = PageView(form, controls(form, analysis, ()), reading(form, None), analysis=analysis)
    if not analysis.examples:
        return replace(page, refusal=analysis.outcome, findings=finding_views(analysis.findings))
    return replace(page, result=result_view(analysis, body.conversation, form, drawn_tokens))


def expiry(time: datetime | None) -> str:
    """When a snapshot ends, in words.

    >>> expiry(datetime(2026, 12, 23, 12, 30)), expiry(None)
    ('expires on 2026-12-23 at 12:30 UTC', 'does not expire')
    """
    return "does not expire" if time is None else f"expires on {time:%Y-%m-%d at %H:%M} UTC"
