"""Sentences as HTML: nothing that is written or tokenized becomes markup."""

from __future__ import annotations

from lossmask.lessons.figures import Figure
from lossmask.lessons.sentences import html, line_html

FOUND = {"trained": Figure(3, "3"), "stop.text": Figure("<b>", "<b>", True), "x": Figure("*a*", "*a*")}


def test_figures_are_filled() -> None:
    assert (
        html("**{trained}** of {stop.text}.", FOUND)
        == "<p><strong>3</strong> of <code>&lt;b&gt;</code>.</p>\n"
    )
    assert line_html("{trained}", FOUND) == "3"


def test_a_figure_is_never_read_as_markdown() -> None:
    assert line_html("{x}", FOUND) == "*a*"


def test_code_keeps_its_braces() -> None:
    assert line_html("`{trained}` and `{% generation %}`", FOUND) == (
        "<code>{trained}</code> and <code>{% generation %}</code>"
    )


def test_html_and_pictures_are_text() -> None:
    shown = html("<script>x</script>\n\n![a](https://x.example/y.png) [b](javascript:z)", FOUND)
    assert "<script" not in shown
    assert "<img" not in shown
    assert 'href="javascript' not in shown


def test_an_unknown_figure_stays_as_it_is() -> None:
    assert line_html("{unknown}", FOUND) == "{unknown}"
