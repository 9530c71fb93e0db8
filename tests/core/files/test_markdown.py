"""Text for an issue: readable as it is, and a stranger's words call nobody and mark up nothing."""

from __future__ import annotations

import re

import pytest
from lossmask.core.files import as_markdown
from lossmask.core.files.markdown import cell, code, plain
from lossmask.core.files.sheet import SheetFinding

from tests.core.files.bodies import HOSTILE
from tests.core.files.sheets import DIGEST, sheet, token


def block(text: str) -> tuple[str, str]:
    """The first fence and what stands in it."""
    found = re.search(r"^(`{3,})text\n(.*?)\n\1$", text, re.DOTALL | re.MULTILINE)
    assert found is not None
    return found[1], found[2]


def test_trained_text_stands_in_marks() -> None:
    text = as_markdown(sheet([token("hi "), token("there", "trained"), token("<e>↵\n", "trained")]))
    assert block(text)[1] == "1 assistant:\nhi [[there<e>↵]]"
    assert "`[[trained]]`" in text
    assert DIGEST in text
    assert "http://127.0.0.1:8000/#v1.abc" in text
    assert "| 1 `assistant` | 3 | 2 | no | yes |" in text


def test_labels_that_nothing_uses_have_marks_of_their_own() -> None:
    text = as_markdown(sheet([token("a", "unused"), token("b", "trained")]))
    assert block(text)[1].endswith("<<a>>[[b]]")
    assert "labelled but unused" in text


@pytest.mark.parametrize("text", ["`", "```", "``````", "a ```` b"])
def test_a_fence_is_longer_than_any_in_the_text(text: str) -> None:
    fence, inside = block(as_markdown(sheet([token(text, "trained")])))
    assert len(fence) > max(len(run) for run in re.findall("`+", text))
    assert text in inside


def test_other_marks_are_taken_where_the_text_has_these() -> None:
    text = as_markdown(sheet([token("a[[b"), token("c", "trained")]))
    assert "⟦c⟧" in block(text)[1]
    assert "`⟦trained⟧`" in text


def test_a_strangers_words_are_no_markup() -> None:
    finding = SheetFinding("error", "LM201", f"About `{HOSTILE}` and {HOSTILE}", HOSTILE, ("4",))
    text = as_markdown(
        sheet(
            [token("x")], role=HOSTILE, findings=(finding,), settings=((HOSTILE, HOSTILE),), verdict=HOSTILE
        )
    )
    _, inside = block(text)
    outside = text.replace(inside, "")
    # Escaped signs and code are what a reader of Markdown takes first, from left to right.
    spans = re.sub(r"\\.|(`+)(?!`).*?(?<!`)\1(?!`)", "", outside, flags=re.DOTALL)
    assert not set("<`*_~$") & set(spans.replace("**", ""))
    assert not re.search(r"@\w|#\d", spans)
    assert "https://evil" not in spans
    assert "![" not in spans
    for line in text.splitlines():
        assert line.isprintable() or "\u200b" in line or "\t" in line
        if line.startswith("| 1 "):
            assert len(re.findall(r"(?<!\\)\|", line)) == 6


def test_code_in_a_cell_ends_at_no_bar() -> None:
    assert cell("a|b") == "`a\\|b`"
    assert code("a|b") == "`a|b`"
    assert code("`") == "`` ` ``"
    assert code("") == ""


def test_backticks_without_a_partner_are_text() -> None:
    assert plain("one ` alone") == "one \\` alone"


def test_what_is_left_out_is_said_and_github_takes_the_rest() -> None:
    tokens = [token("word ", "trained")] * 20_000
    findings = tuple(SheetFinding("note", "LM307", "x" * 5_000, "y" * 5_000, ()) for _ in range(60))
    text = as_markdown(sheet(tokens, findings=findings, examples=3, link="#" + "v" * 7_999))
    assert re.search(r"[\d,]+ more tokens are left out here", text)
    assert "48 more" in text
    assert len(text) < 65_536


def test_a_link_that_is_too_long_is_no_link() -> None:
    assert "attach the saved" in as_markdown(sheet([token("x")], link=None))
