"""The Shift view as the server draws it: span, columns, moves, context, and the plain page."""

from __future__ import annotations

import re
from dataclasses import replace

import numpy as np
import pytest
from lossmask.core.analysis import Analysis
from lossmask.web.forms import AnalysisForm
from lossmask.web.views import result
from lossmask.web.views.result import result_view
from lossmask.web.views.shift import MOST_COLUMNS, ShiftView, boundary, figure, first_trained, span_around

from tests.factory import CHAT, Word, analysis, conversation
from tests.web.engine import Engine, Post
from tests.web.losses import answering, with_losses

STATES = np.array([0, 0, 0, 1, 1, 1, 0, 0, 1], dtype=np.uint8)


def shift(made: Analysis, token: int | None = None, drawn: int = 128_000) -> ShiftView:
    found = result_view(made, conversation(), AnalysisForm(token=token, view="shift"), drawn).shift
    assert found is not None
    return found


@pytest.mark.parametrize("position", range(31))
def test_a_span_holds_its_token_and_its_smaller_spans_are_stretches(position: int) -> None:
    ranks = span_around(position, 0, 30)
    assert len(ranks) == MOST_COLUMNS
    assert ranks[position] == 0
    for size in range(1, MOST_COLUMNS + 1):
        kept = sorted(at for at, rank in ranks.items() if rank < size)
        assert kept == list(range(kept[0], kept[0] + size))
        assert kept[0] >= 0
        assert kept[-1] <= 30


def test_a_span_stays_in_the_middle_where_it_can() -> None:
    assert sorted(span_around(15, 0, 30)) == list(range(9, 21))
    assert sorted(span_around(0, 0, 2)) == [0, 1, 2]


def test_boundaries_on_both_sides_of_every_change() -> None:
    forth, at = [], 0
    while (found := boundary(STATES, at, 1, 0, 9)) is not None:
        forth.append(at := found)
    back, at = [], 9
    while (found := boundary(STATES, at, -1, 0, 9)) is not None:
        back.append(at := found)
    assert forth == [2, 3, 5, 6, 7, 8]
    assert back == forth[::-1]
    assert boundary(STATES, 0, 1, 0, 2) is None


def test_the_first_trained_token_unless_another_is_asked_for() -> None:
    assert first_trained(STATES, 0, 9) == 3
    assert first_trained(STATES, 6, 8) == 6
    assert (shift(analysis()).chosen.position, shift(analysis()).pinned) == (6, False)
    assert (shift(analysis(), 2).chosen.position, shift(analysis(), 2).pinned) == (2, True)
    assert shift(analysis(), 99).chosen.position == 6


def test_nothing_drawn_is_no_view() -> None:
    made = analysis()
    assert result_view(made, conversation(), AnalysisForm(), 0).shift is None


def test_columns_pair_each_input_with_the_label_one_on() -> None:
    columns = shift(analysis(), 4).columns
    assert [column.position for column in columns] == list(range(10))
    kinds = ["never", *["masked"] * 5, *["trained"] * 3, "end"]
    assert [column.kind for column in columns] == kinds
    texts = [word.text.replace(" ", "·").replace("\n", "↵") for word in CHAT]
    inputs = [column.input and "".join(text for _, text in column.input[1]) for column in columns]
    assert inputs == [None, *texts]
    labels = [column.label and "".join(text for _, text in column.label[1]) for column in columns]
    assert labels == [None] * 6 + texts[6:] + [None]
    assert [column.label_text for column in columns] == ["-100"] * 6 + [""] * 4
    assert [column.position for column in columns if column.chosen] == [4]


def test_an_input_has_no_state() -> None:
    columns = shift(analysis(), 8).columns
    assert {column.input[0] for column in columns if column.input} == {"", "s"}


def test_another_id_is_shown_as_a_number() -> None:
    made = analysis()
    (one,) = made.examples
    labels = one.example.labels.copy()
    labels[7] = 900
    other = replace(made, examples=(replace(one, example=replace(one.example, labels=labels)),))
    (column,) = [column for column in shift(other, 7).columns if column.chosen]
    assert (column.label, column.label_text) == (None, "id 900")


def test_what_is_heard() -> None:
    heard = [column.brief for column in shift(with_losses(analysis()), 6).columns]
    assert heard[0] == "Never predicted: <s>, position 0."
    assert heard[3].startswith("After hi, position 2: there, position 3, masked, probability ")
    assert heard[-1] == "After <e>, position 8: nothing, since it is the last token."


def test_figures_by_the_arrows_where_losses_are_known() -> None:
    known = shift(with_losses(analysis()), 6).columns
    assert known[0].odds == known[-1].odds == ""
    assert {column.odds for column in known[1:-1]} == {"0.61", "0.22", "0.05", "<0.01", "0.90"}
    assert known[6].likeliest == "·word0"
    assert all(column.odds == column.likeliest == "" for column in shift(analysis(), 6).columns)
    assert figure(0.999) == ">0.99"


def test_the_context_ends_where_the_token_begins() -> None:
    found = shift(analysis(), 7).context
    assert found.before == "<s><u>hi there<e><a>hello"
    assert (found.classes, found.token) == ("t", "↵")
    assert shift(analysis(), 8).context.before.endswith("hello↵\n")
    assert shift(analysis(), 0).context.before == ""


def test_a_long_context_is_cut_and_a_token_of_no_text_stands_behind_the_last() -> None:
    made = analysis([Word("x" * 300), Word("y"), Word("", None, "eos")])
    assert shift(made, 1).context.before == "…" + "x" * 80
    assert shift(made, 2).context.before == "…" + "x" * 79 + "y"


def test_moves_lead_on_and_stop_at_the_ends() -> None:
    def to(token: int) -> list[int | None]:
        return [move.to for move in shift(analysis(), token).moves]

    assert to(0) == [None, None, 1, 5]
    assert to(6) == [5, 5, 7, None]
    assert to(8) == [6, 7, None, None]


def test_moves_cross_pages_of_tokens_as_far_as_they_are_drawn(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(result, "PAGE_TOKENS", 4)
    second = shift(analysis(), 4)
    assert [column.position for column in second.columns] == [4, 5, 6, 7]
    assert second.earlier == "·there"
    assert second.columns[0].input == ("", (("", "·there"),))
    assert [move.to for move in second.moves][1:3] == [3, 5]
    assert [move.to for move in shift(analysis(), 7).moves][2] == 8
    assert [move.to for move in shift(analysis(), 7, drawn=8).moves][2] is None


def buttons(text: str) -> dict[str, str]:
    """The value of each button that leads on."""
    found = re.findall(r'name="pin" value="([^"]*)" class="plain" data-move="([^"]*)"', text)
    return {name: value for value, name in found}


def chosen(text: str) -> str:
    (found,) = re.findall(r'value="([^"]*)" class="step"[^>]* aria-current="true"', text)
    return str(found)


def test_the_plain_form_chooses_a_token_and_stays_in_the_view(post: Post, engine: Engine) -> None:
    text = post(view="shift").text
    assert 'id="view-shift" value="shift" form="form" checked' in text
    assert chosen(text) == "0:6"
    text = post(view="text", pin=buttons(text)["next"]).text
    assert 'id="view-shift" value="shift" form="form" checked' in text
    assert chosen(text) == "0:7"
    assert chosen(post(pin=buttons(text)["previous-boundary"]).text) == "0:6"
    assert text.count(" autofocus>") == 1


def test_the_buttons_keep_the_example(post: Post, engine: Engine) -> None:
    engine.answer = replace(engine.answer, examples=engine.answer.examples * 2)
    text = post(view="shift", example="1").text
    assert "Example 2 of 2" in text
    assert buttons(text)["next"] == "1:7"
    assert "Example 2 of 2" in post(pin="1:7").text


@pytest.mark.parametrize(("query", "value"), [("view=shift", "0:6"), ("pin=2", "0:2"), ("pin=0:3", "0:3")])
def test_the_address_chooses(query: str, value: str) -> None:
    with answering(analysis()) as client:
        text = client.get(f"/?{query}").text
    assert 'id="view-shift" value="shift" form="form" checked' in text
    assert chosen(text) == value


def test_an_odd_pin_is_none() -> None:
    with answering(analysis()) as client:
        text = client.get("/?pin=<b>").text
    assert 'id="view-text" value="text" form="form" checked' in text


def test_going_to_the_text_is_not_going_to_a_prediction(post: Post) -> None:
    assert 'class="t s" tabindex="0" autofocus' in post(at="0:8").text
    assert 'tabindex="0" autofocus' not in post(pin="0:8").text


def test_tokens_are_text_and_never_markup(post: Post, engine: Engine) -> None:
    engine.answer = analysis([Word("a"), Word('<img src="x">`"', 1, trained=True)])
    text = post(view="shift").text
    assert "<img" not in text
    assert "<code>&lt;img·src=&#34;x&#34;&gt;`&#34;</code>" in text
