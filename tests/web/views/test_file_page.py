from __future__ import annotations

from dataclasses import replace

from lossmask.core.analysis import Finding
from lossmask.web.views import file_page
from lossmask.web.views.file_page import MOST_LINK, file_view, link_of, sheet_of

from tests.core.files.bodies import body_for


def test_a_sheet_has_every_token_once() -> None:
    body = body_for()
    example = sheet_of(body).examples[0]
    assert example.total == len(body.analysis.examples[0].example.tokens)
    text = "".join(token.plain for token in example.draw(0, example.total)).replace("↵", "")
    assert text == body.analysis.examples[0].example.rendering.text
    part = [
        token.text for turn in example.turns for token in example.draw(turn.first, turn.first + turn.tokens)
    ]
    assert part == [token.text for token in example.draw(0, example.total)]


def test_turns_say_which_parts_train() -> None:
    turns = [turn for turn in sheet_of(body_for()).examples[0].turns if turn.number is not None]
    assert [(turn.title, turn.parts[0]) for turn in turns] == [("1 user", "no"), ("2 assistant", "no")]
    assert turns[1].parts[1] == "yes"
    assert turns[1].trained > 0


def test_tokens_that_findings_are_about_are_marked() -> None:
    body = body_for()
    finding = Finding("LM201", "error", "The `x` is masked.", ((2, 4),), "fix it")
    sheet = sheet_of(body._replace(analysis=replace(body.analysis, findings=(finding,))))
    assert [token.marked for token in sheet.examples[0].draw(0, 5)] == [False, False, True, True, False]
    assert sheet.findings[0].at == ("2 to 3",)


def test_settings_are_those_that_were_chosen() -> None:
    body = body_for(strategy={"name": "full", "options": {"max_length": 9}}, template_arguments={"x": [1]})
    settings = dict(sheet_of(body).settings)
    assert settings["option max_length"] == "9"
    assert settings["template argument x"] == "[1]"
    assert settings["masking rule"].startswith("full")
    assert sheet_of(body).examples[0].cut > 0


def test_a_link_is_there_where_it_is_not_too_long() -> None:
    body = body_for()
    assert str(link_of(body, None)).startswith("#v1.")
    assert str(link_of(body, "http://host/")).startswith("http://host/#v1.")
    assert sheet_of(body, "http://localhost:8000/").local
    assert not sheet_of(body, "https://host/").local
    words = " ".join(str(number * 7919) for number in range(MOST_LINK))
    assert link_of(body_for({"messages": [{"role": "user", "content": words}]}), None) is None


def test_of_many_examples_some_are_drawn() -> None:
    body = body_for()
    many = body._replace(analysis=replace(body.analysis, examples=body.analysis.examples * 30))
    view = file_view(many)
    assert len(view.results) == file_page.MOST_EXAMPLES
    assert view.more_examples == 30 - file_page.MOST_EXAMPLES
    assert [result.number for result in view.results[:3]] == [0, 1, 2]
