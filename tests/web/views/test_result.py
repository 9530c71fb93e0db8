"""The result put together: drawing, strip, boundaries, table, island, pages."""

from __future__ import annotations

import json

import numpy as np
from lossmask.core.analysis import Finding
from lossmask.web.forms import AnalysisForm
from lossmask.web.views.boundaries import boundaries
from lossmask.web.views.result import PAGE_TOKENS, ResultView, result_view
from lossmask.web.views.strip import MOST_RECTANGLES, minimap, strip

from tests.factory import CHAT, Word, analysis, conversation

DRAWN = 128_000


def result(words: tuple[Word, ...] | list[Word] = CHAT, drawn: int = DRAWN, **fields: int) -> ResultView:
    return result_view(analysis(words), conversation(), AnalysisForm(**fields), drawn)


def test_classes_and_glyphs() -> None:
    drawn = list(result().drawing.tokens(0, len(CHAT)))
    assert [classes for classes, _, _ in drawn] == ["s", "s", "", "", "s", "s", "t", "t", "t s"]
    assert drawn[3][1] == (("g", "·"), ("", "there"))
    assert drawn[7][1:] == ((("g", "↵"),), "\n")


def test_a_label_at_position_0_has_a_shape_of_its_own() -> None:
    classes, _, _ = next(result([Word("a", 1, trained=True), Word("b", 1)]).drawing.tokens(0, 1))
    assert classes == "u"


def test_strip_tiles_and_names_states() -> None:
    found = result().strip
    assert [(one.x, one.width, one.state) for one in found.segments] == [(0, 6, "masked"), (6, 3, "trained")]


def test_a_strip_of_too_many_runs_is_coarse_but_whole() -> None:
    column = (np.arange(10_000) % 20 == 0).astype(np.uint8)
    found = strip(column)
    assert len(found.segments) <= MOST_RECTANGLES
    assert sum(one.width for one in found.segments) == 10_000
    assert any(one.state == "trained" for one in found.segments)


def test_minimap_bands_tell_the_trained_share() -> None:
    assert [(band.y, band.height, band.trained) for band in minimap(result().turns)] == [
        (0, 1, 0),
        (1, 4, 0),
        (5, 4, 0.75),
    ]
    assert minimap(()) == ()


def test_boundaries_there_and_back() -> None:
    found = boundaries(np.array([2, 0, 1, 1, 0], dtype=np.uint8))
    assert [(one.before, one.after, one.kind) for one in found.listed] == [(1, 2, "begins"), (3, 4, "ends")]


def test_table_rows_say_all() -> None:
    row = result().rows[6]
    assert (row.position, row.id, row.label, row.state, row.turn, row.coefficient) == (
        6,
        106,
        "106",
        "trained",
        "2",
        "1/3",
    )
    assert row.reason == "written by the model."
    assert result().rows[0].label == "-100"


def test_the_island_is_json_and_as_long_as_the_tokens() -> None:
    made = json.loads(json.dumps(result().island))
    columns = made["columns"]
    assert {len(columns[name]) for name in ("ids", "starts", "ends", "pieces")} == {len(CHAT)}
    for name in ("states", "parts", "reasons", "messages", "weights", "coefficients", "special"):
        assert sum(columns[name][::2]) == len(CHAT), name
    assert columns["labels"] is None


def test_the_island_carries_findings_with_their_tokens() -> None:
    finding = Finding("LM1", "warning", "A sentence.", ((2, 4),), "a fix")
    made = result_view(analysis(findings=(finding,)), conversation(), AnalysisForm(), DRAWN).island
    assert made["findings"][0]["tokens"] == [[2, 4]]


def test_beyond_a_page_of_tokens_there_are_pages() -> None:
    words = [Word("a", 0)] * (PAGE_TOKENS + 10)
    second = result(words, page=2)
    assert (second.pages.start, second.pages.end, second.pages.count) == (PAGE_TOKENS, PAGE_TOKENS + 10, 2)
    assert second.island["start"] == PAGE_TOKENS
    assert len(second.island["columns"]["ids"]) == 10
    assert result(words, page=99).pages.number == 2


def test_beyond_the_limit_nothing_is_drawn() -> None:
    made = result([Word("a", 0)] * 50, drawn=20)
    assert (made.pages.end, made.pages.drawable, made.pages.total) == (20, 20, 50)


def test_arrays_for_copying() -> None:
    made = result()
    assert json.loads(made.ids) == list(range(100, 109))
    assert json.loads(made.labels)[-3:] == [106, 107, 108]
    assert not made.weighted
