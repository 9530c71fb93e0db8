from __future__ import annotations

from datetime import UTC, datetime

import pytest
from lossmask.core.files.body import Body
from lossmask.core.state import State, View
from lossmask.storage.snapshot import Entry
from lossmask.web.forms import AnalysisForm
from lossmask.web.views.copy import copy_view
from lossmask.web.views.snapshot import Seen, expiry, snapshot_view

from tests.factory import analysis, conversation

TIME = datetime(2026, 12, 23, 12, 30, tzinfo=UTC)
ENTRY = Entry("k7w3czqtd9mh2xv5", TIME, TIME, 100, 1, "0.1.0")
ID = ENTRY.id


def body(**view: object) -> Body:
    state = State(app="0.1.0", conversation=conversation(), view=View(**view))  # type: ignore[arg-type]
    return Body(state, analysis(), conversation())


def test_at_first_the_authors_view_counts() -> None:
    shown = snapshot_view(ENTRY, body(tab="raw", lens="weight", theme="dark", pin=(6, 7)), Seen({}), 100)
    form = shown.page.form
    assert (form.view, form.lens, form.theme, shown.pin) == ("raw", "weight", "dark", 6)
    assert shown.page.result is not None
    assert shown.page.share is None
    assert shown.expiry == "expires on 2026-12-23 at 12:30 UTC"


def test_then_what_the_reader_chose() -> None:
    author = AnalysisForm(view="raw", lens="loss", would=True, theme="dark", page=3, tokenizer="local:x")
    chosen = Seen.of([("view", "table"), ("lens", "loss"), ("page", "2"), ("tokenizer", "evil"), ("x", "y")])
    form = chosen.in_place(author)
    assert (form.view, form.lens, form.page, form.theme, form.tokenizer) == (
        "table",
        "loss",
        2,
        "dark",
        "local:x",
    )
    # A box that is not ticked is not sent at all.
    assert not form.would
    assert Seen.of([("lens", "loss"), ("would", "on")]).in_place(author).would
    assert Seen.of([("view", "table")]).in_place(author).would


def test_a_place_is_gone_to() -> None:
    form = Seen.of([("view", "table"), ("at", "1:40")]).in_place(AnalysisForm(view="raw"))
    assert (form.view, form.example, form.token) == ("text", 1, 40)
    shown = snapshot_view(ENTRY, body(pin=(6, 7)), Seen.of([("at", "0:2")]), 100)
    assert shown.pin is None


def test_nonsense_in_an_address_changes_nothing_else() -> None:
    author = AnalysisForm(view="raw", page=2)
    form = Seen.of([("page", "x"), ("theme", "<b>"), ("at", "::")]).in_place(author)
    assert (form.view, form.page, form.theme, form.token) == ("raw", 1, "system", None)


def test_never_is_said_so() -> None:
    assert expiry(None) == "does not expire"


STATE = '{"conversation": {"text": "a"}, "strategy": {"name": "full"}, "view": {}, "digest": "1"}'
LOOKED = STATE.replace('"view": {}', '"view": {"tab": "raw"}').replace('"1"', '"2"')


def test_looking_at_a_copy_is_no_edit() -> None:
    first = copy_view(AnalysisForm(copy_of=ID), STATE)
    assert first is not None
    assert not first.edited
    again = copy_view(AnalysisForm(copy_of=ID, copy_mark=first.mark), LOOKED)
    assert again == first


@pytest.mark.parametrize("changed", [STATE.replace('"a"', '"b"'), STATE.replace("full", "axolotl"), ""])
def test_another_input_is_one_and_stays_compared_with_the_first(changed: str) -> None:
    first = copy_view(AnalysisForm(copy_of=ID), STATE)
    assert first is not None
    edited = copy_view(AnalysisForm(copy_of=ID, copy_mark=first.mark), changed)
    assert edited is not None
    assert (edited.edited, edited.mark) == (True, first.mark)


@pytest.mark.parametrize("id", ["", "x", "a" * 16, '"><b>'])
def test_only_an_id_makes_a_copy(id: str) -> None:
    assert copy_view(AnalysisForm(copy_of=id), STATE) is None
