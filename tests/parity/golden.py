"""Reads the golden conversations and labels, and turns a golden case into a request."""

from __future__ import annotations

import functools
import json
from typing import Any, TypeAlias

from tests.shared import require_shared

Case: TypeAlias = dict[str, Any]


@functools.lru_cache(maxsize=1)
def conversations() -> dict[str, Any]:
    """The golden conversations by their id."""
    lines = require_shared("golden", "conversations.jsonl").read_text(encoding="utf-8").splitlines()
    return {row["id"]: row for row in map(json.loads, lines)}


def cases(strategy: str) -> list[Case]:
    """What a framework gave, one case a row."""
    lines = require_shared("golden", "labels", f"{strategy}.jsonl").read_text(encoding="utf-8").splitlines()
    return [json.loads(line) for line in lines]


def request_of(case: Case) -> dict[str, Any]:
    """The fields of a request that asks for a golden case."""
    conversation = conversations()[case["conversation"]]
    template = case["chat_template"]
    if template is not None:
        template = require_shared("templates", *template.split("/")).read_text(encoding="utf-8")
    return {
        "messages": case.get("messages", conversation["messages"]),
        "tools": conversation.get("tools"),
        "tokenizer": f"local:{case['tokenizer']}",
        "tokenizer_loader": case["tokenizer_loader"],
        "chat_template": template,
        "strategy": case["strategy"],
        "options": case["options"],
    }
