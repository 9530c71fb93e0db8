"""The conversation as tinker's renderers take it: roles, contents of text and thinking, calls, flags.

Source: tinker-cookbook 0.6.1, `renderers/base.py` (`Message`) and `renderers/qwen3.py`
(`create_conversation_prefix_with_tools`). Thinking that is given apart from the content becomes a
part of it, and tools become a system message, in place of the conversation's own at its start.
"""

from __future__ import annotations

import json
from typing import Any, NamedTuple

from ..core.example import Refusal
from ..core.provenance import NO_MESSAGE
from ..rendering.inputs import MessageDict
from .context import Context
from .families.text import Scribe, as_json, joined
from .families.tools import QWEN_TOOLS


class Part(NamedTuple):
    """A stretch of a content; `kind` is text, thinking, or what a renderer of text leaves out."""

    kind: str
    text: str


class Turn(NamedTuple):
    """One message. `number` is the user's message that it is, or -1; `trainable` its flag, if it has one."""

    number: int
    role: str
    content: str | list[Part]
    calls: tuple[str, ...]
    trainable: bool | None

    @property
    def thinks(self) -> bool:
        """Whether the content holds thinking, as a part or inside its text."""
        if isinstance(self.content, str):
            return "<think>" in self.content
        return any(part.kind == "thinking" for part in self.content)


def turns_of(context: Context, scribe: Scribe, writes_tools: bool, renderer: str) -> list[Turn]:
    """Every message as a turn.

    Raises:
        Refusal: `error`, where there are tools and the renderer has no form for them.
    """
    found = [_turn(index, context, message, writes_tools) for index, message in enumerate(scribe.messages)]
    if not scribe.tools:
        return found
    if not writes_tools:
        raise Refusal(
            "error", f"The renderer {renderer} has no form for tools, and the conversation has some."
        )
    has_system = found[0].role == "system"
    own = found[0] if has_system else Turn(NO_MESSAGE, "system", "", (), _flagged(found))
    return [_with_tools(scribe, own), *found[has_system:]]


def _flagged(found: list[Turn]) -> bool | None:
    """A system message of the tools' own trains nothing, and has a flag where the others do."""
    return None if any(turn.trainable is None for turn in found) else False


def _turn(index: int, context: Context, message: MessageDict, writes_calls: bool) -> Turn:
    raw = context.conversation.messages[index]
    trainable = None if raw.get("trainable") is None else bool(raw["trainable"])
    # A renderer without a form for calls leaves them unread.
    given = message.get("tool_calls") if writes_calls else None
    calls = tuple(_call(call) for call in given or ())
    content = _content(message.get("content"), message.get("reasoning_content"))
    return Turn(index, message["role"], content, calls, trainable)


def _content(content: Any, thinking: Any) -> str | list[Part]:
    text = "" if content is None else content
    if not isinstance(text, str | list) or not isinstance(thinking or "", str):
        raise Refusal("error", "A content is a text or a list of parts, and thinking is a text.")
    if isinstance(text, str) and not thinking:
        return text
    parts = [Part("text", text)] if isinstance(text, str) else [_part(part) for part in text]
    return [Part("thinking", thinking), *parts] if thinking else parts


def _part(part: Any) -> Part:
    kind = part.get("type") if isinstance(part, dict) else None
    if not isinstance(kind, str):
        raise Refusal("error", "A part of a content is an object with a `type`.")
    text = part.get(kind) if kind in ("text", "thinking") else ""
    if not isinstance(text, str):
        raise Refusal("error", f"A part whose `type` is {kind!r} has a text under `{kind}`.")
    return Part(kind, text)


def _call(call: Any) -> str:
    """The JSON that stands for a tool call, everything beyond ASCII escaped."""
    function = call.get("function") or call
    arguments = function.get("arguments")
    try:
        given = json.loads(arguments) if isinstance(arguments, str) else arguments
    except ValueError:
        raise Refusal("error", "The arguments of a tool call are a text that is no JSON.") from None
    return as_json({"name": function.get("name"), "arguments": given}, call, ensure_ascii=True)


def _with_tools(scribe: Scribe, system: Turn) -> Turn:
    """The system message with the tools after its words."""
    words = system.content
    if not isinstance(words, str):
        words = joined([part.text for part in words if part.kind == "text"])
    listed = [scribe.from_tools(_tool(tool), system.number) for tool in scribe.tools or ()]
    tools = joined([QWEN_TOOLS.before, joined(listed, "\n"), QWEN_TOOLS.after])
    return system._replace(content=joined([words, "\n\n" if words else "", tools]))


def _tool(tool: dict[str, Any]) -> str:
    return json.dumps({"type": "function", "function": tool.get("function", tool)})
