"""Bodies for tests of files: of real analyses, and of words that are as hostile as can be."""

from __future__ import annotations

import json
from typing import Any

from lossmask.core.files import Body
from lossmask.core.files.body import state_of_request
from lossmask.core.request import AnalysisRequest
from lossmask.engine.analyse import analyse

CHAT = {
    "messages": [
        {"role": "user", "content": "give me a recipe to bake pancakes"},
        {"role": "assistant", "content": "to bake pancakes, one takes a pan"},
    ]
}
HOSTILE = (
    "</script><script>document.title='owned'</script><!-- <b onload=x> ]]> & \" ' "
    "```\n````\n| @someone #1 https://evil.example ![x](https://evil.example/x.png) "
    "=cmd|' /C calc'!A0 \u202egnp.exe \u0007\x1b[31m\u200b [[ ]] <img src=x onerror=alert(1)>"
)
HOSTILE_CHAT = {
    "messages": [
        {"role": "=1+1<script>", "content": "ask"},
        {"role": "user", "content": HOSTILE},
        {"role": "assistant", "content": HOSTILE},
    ],
    "tools": [{"type": "function", "function": {"name": "</script><b>", "description": HOSTILE}}],
}


def body_for(conversation: dict[str, Any] = CHAT, **fields: Any) -> Body:
    """The body of an analysis that is really made."""
    chosen = {"chat_template": "bundled:chatml", "today": "2026-11-23", **fields}
    request = AnalysisRequest.from_json({"conversation": conversation, **chosen})
    analysis = analyse(request)
    return Body(state_of_request(request, analysis), analysis, request.conversation)


def values(body: Body) -> dict[str, Any]:
    """Its JSON, as values of its own."""
    read: dict[str, Any] = json.loads(body.text())
    return read
