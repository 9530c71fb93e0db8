"""Which parts of every turn train."""

from __future__ import annotations

from lossmask.web.views.columns import states
from lossmask.web.views.turn_table import TurnTable, turn_table
from lossmask.web.views.turns import turn_views

from tests.factory import CHAT, Word, analysed, conversation


def table(words: tuple[Word, ...] | list[Word]) -> TurnTable:
    made = analysed(words)
    turns = turn_views(made, states(made.example), conversation(), 0, len(words))
    return turn_table(made, turns)


def test_a_row_for_each_message_and_none_for_what_stands_outside() -> None:
    found = table(CHAT)
    assert [row.turn.role for row in found.rows] == ["user", "assistant"]
    assert found.total == 2


def test_cells_say_yes_no_partly_or_absent() -> None:
    words = [
        Word("<a>", 1, "header"),
        Word("one", 1, trained=True),
        Word("two", 1),
        Word("<e>", 1, "end_of_turn", trained=True),
    ]
    (row,) = table(words).rows
    said = {title: cell.verdict for title, cell in zip(table(words).titles, row.cells, strict=True)}
    assert said == {
        "header": "no",
        "content": "partly",
        "thinking": "absent",
        "tool call": "absent",
        "end of turn": "yes",
        "newline": "absent",
    }


def test_a_cell_leads_to_its_first_token_or_to_where_its_mask_changes() -> None:
    words = [Word("<a>", 1, "header"), *(Word(str(n), 1, trained=n < 2) for n in range(4))]
    words += [Word("<e>", 1, "end_of_turn", trained=True)]
    (row,) = table(words).rows
    assert [cell.first for cell in row.cells] == [0, 3, None, None, 5, None]
