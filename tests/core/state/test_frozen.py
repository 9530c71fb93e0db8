"""Links that are out in the world: each opens in every later version, to the result that it was made of.

They were made in a browser by version 0.1.0 and stand beside this file's folder; none is ever
taken away. One that no longer gives its digest means that the bundled tokenizer, a bundled
template or a rule has changed: its readers are told so, and it is kept with the digest of today.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from lossmask.core.state import compared, fragment_of, read_link
from lossmask.engine.analyse import analyse

LINKS = json.loads((Path(__file__).parents[1] / "frozen_links.json").read_text(encoding="utf-8"))
WHOLE = [row for row in LINKS if row["digest"]]


@pytest.mark.parametrize("row", WHOLE, ids=lambda row: row["name"])
def test_a_frozen_link_opens_to_its_result(row: dict[str, Any]) -> None:
    state = read_link(row["link"])
    found = compared(state, analyse(state.request()))
    assert found is not None
    assert (found.same, state.digest) == (True, row["digest"]), found.sentence


def test_they_hold_what_they_were_made_of() -> None:
    states = {row["name"]: read_link(row["link"]) for row in LINKS}
    assert states["tools"].read_conversation().tools
    assert "reasoning_content" in states["thinking"].read_conversation().messages[1]
    assert states["thinking"].strategy.options == {"thinking": "false", "turns": "last"}
    assert "(quiet)" in (states["custom template"].template.source or "")
    assert states["custom template"].template_arguments == {"quiet": True, "name": "false"}
    assert "カフェ, e\u0301 ☕" in str(states["non-ascii"].read_conversation().messages[-1]["content"])
    assert states["non-ascii"].view._asdict() | {"tab": "table", "lens": "weight", "pin": (5, 6)} == (
        states["non-ascii"].view._asdict()
    )
    assert states["axolotl"].reduction is not None
    assert states["prompt and completion"].tokenizer.loader == "file"


def test_the_one_without_words_keeps_its_counts() -> None:
    [alone] = [read_link(row["link"]) for row in LINKS if not row["digest"]]
    assert alone.structure is not None
    assert alone.structure.roles == ("user", "assistant", "tool", "assistant")
    [tools] = [read_link(row["link"]) for row in LINKS if row["name"] == "tools"]
    tokens = analyse(tools.request()).examples[0].example.tokens
    assert sum(run.tokens for run in alone.structure.examples[0]) == len(tokens)


@pytest.mark.parametrize("row", LINKS, ids=lambda row: row["name"])
def test_they_are_written_as_they_were_read(row: dict[str, Any]) -> None:
    state = read_link(row["link"])
    assert read_link(fragment_of(state)) == state
