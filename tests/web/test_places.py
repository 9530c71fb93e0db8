"""Places on the page: findings, chips and the strip lead to tokens that another page draws."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from lossmask.core.analysis import Finding
from lossmask.web.views import result

from tests.factory import CHAT, analysis
from tests.web.engine import Engine, Post


def test_a_finding_of_the_first_example_is_reached_from_another(post: Post, engine: Engine) -> None:
    one = analysis(CHAT, findings=(Finding("LM201", "error", "The `<e>` is masked.", ((8, 9),)),))
    engine.answer = replace(one, examples=one.examples * 2)
    button = 'name="at" value="0:8"'
    text = post(example="1").text
    assert "Example 2 of 2" in text
    assert button in text
    reached = post(at="0:8", example="1", view="table").text
    assert "Example 1 of 2" in reached
    assert button not in reached
    assert reached.count(" autofocus>") == 1
    assert re.search(r'<b class="t w s" tabindex="0" autofocus>', reached)
    assert 'id="view-text" value="text" form="form" checked' in reached


def test_findings_and_chips_reach_another_page_of_tokens(
    post: Post, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(result, "PAGE_TOKENS", 4)
    engine.answer = analysis(CHAT, findings=(Finding("LM201", "error", "Masked.", ((8, 9),)),))
    text = post().text
    assert text.count('name="at" value="0:8"') == 2
    assert ">8, on another page</span>" in text
    reached = post(at="0:8").text
    assert "8 of 9" in reached.partition("Tokens 8")[2][:8]
    assert " autofocus>" in reached
    assert '<a href="#turn-1" data-go="8">' in reached


def test_a_place_beyond_all_pages_focuses_nothing(post: Post) -> None:
    answer = post(at="0:99")
    assert answer.status_code == 200
    assert "autofocus" not in answer.text


def test_the_strip_marks_findings_beside_the_states(post: Post, engine: Engine) -> None:
    found = (Finding("LM201", "error", "…", ((8, 9),)), Finding("LM501", "warning", "…", ((0, 1),)))
    engine.answer = analysis(CHAT, findings=found)
    drawn = post().text.partition('id="strip"')[2].partition("</section>")[0]
    assert '<path class="mark warning" d="M0 1.5h1"/><path class="mark error" d="M8 1.5h1"/>' in drawn
    assert '<svg class="sign error" x="94.44%"' in drawn
    engine.answer = analysis(CHAT)
    assert 'class="mark' not in post().text
