"""Every rule has its page, and the committed pages say what the rules say."""

from __future__ import annotations

from lossmask.core.analysis import Finding
from lossmask.findings.base import Rule
from lossmask.findings.docs import pages
from lossmask.findings.registry import RULES

from scripts.findings_docs import FOLDER, diagnosed

MESSAGES = [{"role": "user", "content": "say `hi`"}]
RULE = Rule(
    "LM109",
    "warning",
    "A title",
    "A why.",
    lambda subject: [],
    failing={"conversation": MESSAGES, "chat_template": "{{ messages }}\n{# ``` #}"},
    mended={"chat_template": "bundled:chatml"},
    healthy={"conversation": {"messages": MESSAGES, "tools": None}},
    sources=("a thread",),
)


def test_the_committed_pages_are_current() -> None:
    committed = {file.name: file.read_text(encoding="utf-8") for file in FOLDER.glob("*.md")}
    assert committed == pages(RULES, diagnosed), "run: python scripts/findings_docs.py"


def test_a_page_says_all_of_its_rule() -> None:
    found = (Finding("LM109", "note", "Found it.", ((0, 1),), "a: b"), Finding("LM110", "error", "Other."))
    page = pages([RULE], lambda fields: found)["LM109.md"]
    assert page.startswith("# LM109: A title\n")
    assert "Severity: **warning**. Group: nothing trained." in page
    assert "\nA why.\n" in page
    assert "> **note**: Found it.\n\nFix:\n\n```text\na: b\n```\n" in page
    assert "Other." not in page
    assert "````jinja\n{{ messages }}\n{# ``` #}\n````\n" in page
    assert '"chat_template": "bundled:chatml"' in page
    assert '    "messages": [\n      {"role": "user", "content": "say `hi`"}\n    ],\n' in page
    assert "- a thread" in page


def test_the_list_has_every_code_under_its_group() -> None:
    index = pages([RULE], lambda fields: ())["README.md"]
    assert "## LM1: nothing trained\n" in index
    assert "| [LM109](LM109.md) | warning | A title |" in index
    assert "## LM2" not in index
