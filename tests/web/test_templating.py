from __future__ import annotations

import html
import json
import re
from dataclasses import replace

import pytest
from lossmask.core.analysis import Finding, Outcome
from lossmask.core.example import Reason
from lossmask.errors import TemplateError, Where
from lossmask.web.templating import exact, once, pages, shown
from markupsafe import Markup

from tests.factory import CHAT, analysis
from tests.web.engine import Engine, Post

ODD = "\u202eevil\u2066\u200b\a"
SEEN = "⟨U+202E⟩evil⟨U+2066⟩⟨U+200B⟩⟨U+0007⟩"
HIDDEN = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]")
FIELDS = re.compile(
    r"<textarea.*?</textarea>|<script.*?</script>|<template.*?</template>|\bvalue=\"[^\"]*\"", re.S
)
PASTE = json.dumps(
    [
        {"role": ODD, "content": ODD},
        {
            "role": "assistant",
            "content": ODD,
            "tool_calls": [{"function": {"name": ODD, "arguments": {ODD: 1}}}],
        },
    ],
    ensure_ascii=False,
)


def test_what_a_page_prints_is_seen() -> None:
    draw = pages.env.from_string("{{ text }}|{{ text | exact }}|{{ markup }}|{{ 3 }}").render
    drawn = draw(text=f"<{ODD}", markup=Markup(f"<b>{ODD}</b>"))
    assert drawn == f"&lt;{SEEN}|&lt;{ODD}|<b>{ODD}</b>|3"


def test_what_is_alike_on_every_page_is_drawn_once() -> None:
    drawn: list[object] = []

    def macro(value: object) -> Markup:
        drawn.append(value)
        return Markup(f"<i>{value}</i>")

    assert [once("a test's", macro, 1), once("a test's", macro, 2)] == [Markup("<i>1</i>")] * 2
    assert once("another", macro, 3) == Markup("<i>3</i>")
    assert drawn == [1, 3]


def test_what_was_typed_into_a_rule_is_on_no_other_page(post: Post) -> None:
    plain = rules(post(strategy="full").text)
    chosen = rules(post(strategy="axolotl", **{"option.axolotl.sequence_len": "1234567"}).text)
    kept = rules(post(strategy="full", **{"option.axolotl.sequence_len": "1234567"}).text)
    assert "1234567" not in plain
    assert chosen != plain != kept
    for page in (chosen, kept):
        assert 'value="1234567"' in page
        assert "sequence_len: 1234567" in page
    assert rules(post(strategy="full").text) == plain


def rules(page: str) -> str:
    """The part of a page where masking rules are chosen."""
    return page.partition('id="strategies"')[2].partition("</fieldset>")[0]


@pytest.mark.parametrize("text", ["a b\n\tc", "\u00a0\u3000", "日本 é ☕", "", "<b>"])
def test_what_is_seen_anyway_stays(text: str) -> None:
    assert shown(text) == text
    assert exact(text) == html.escape(text)


def check(page: str) -> None:
    """The words are shown, and nothing of a page outside of its fields stays unseen."""
    assert SEEN in page
    assert HIDDEN.findall(FIELDS.sub("", page)) == []


def test_a_result_shows_them(post: Post, engine: Engine) -> None:
    found = analysis(
        CHAT, findings=(Finding("LM201", "error", f"The {ODD} is masked.", ((8, 9),), f"fix {ODD}"),)
    )
    reasons = (Reason("masked", f"Masked: in turn 1 ({ODD})."), Reason("trained", f"Trained: {ODD}."))
    engine.answer = replace(found, reason_table=reasons)
    check(post(PASTE, template="pasted", template_source=ODD, more_arguments=ODD, tokenizer="bundled").text)


def test_a_refusal_shows_them(post: Post, engine: Engine) -> None:
    engine.answer = analysis(outcome=Outcome("error", f"The role {ODD} is not known."))
    check(post(PASTE).text)


@pytest.mark.parametrize("headers", [{}, {"hx-request": "true"}], ids=["page", "htmx"])
def test_a_failure_shows_them(post: Post, engine: Engine, headers: dict[str, str]) -> None:
    engine.answer = TemplateError(f"It raised: {ODD}", where=Where(1))
    check(post(PASTE, headers, template="pasted", template_source=f"{{{{ {ODD} }}}}").text)


def test_fields_go_back_as_they_were_typed(post: Post) -> None:
    typed = {
        "template_source": ODD,
        "more_arguments": ODD,
        "template": "pasted",
        "argument.x": ODD,
        "today": ODD,
    }
    page = post(ODD, **typed).text
    for name in ("conversation", "template_source"):
        field = re.search(rf'<textarea[^>]*name="{name}"[^>]*>\n(.*?)</textarea>', page, re.S)
        assert field is not None
        assert html.unescape(field[1]).rstrip("\n") == ODD
    for name in ("more_arguments", "today"):
        assert f'name="{name}"' in page
    assert page.count(f'value="{ODD}"') >= 2
