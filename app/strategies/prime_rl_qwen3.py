"""Qwen3's renderer of prime-rl's.

Source: renderers 0.1.12, `qwen3.py`. A reply after the last question shows its thinking, and the last
reply of all an empty block where it has none; with `enable_thinking: false` every reply without
thinking has that block, since the generation prompt put it there.
"""

from __future__ import annotations

from typing import Any

from ..core.conversation import Conversation
from ..core.provenance import NO_MESSAGE
from ..rendering.traced import Traced
from .context import Context
from .families.chatml import QWEN
from .families.text import as_json, joined
from .families.tools import QWEN_TOOLS
from .option import Options
from .prime_rl_page import Page, Rendered
from .prime_rl_text import arguments_of, name_of, need, text_of

_NEEDED = (
    "<|im_start|>",
    "<|im_end|>",
    "<|endoftext|>",
    "<tool_call>",
    "</tool_call>",
    "<tool_response>",
    "</tool_response>",
    "</think>",
)


def qwen3(context: Context, conversation: Conversation, arguments: Options) -> Rendered:
    """Qwen3's format: thinking on the last reply and on those after the last question."""
    need(context, "qwen3", _NEEDED)
    return _Qwen3(Page(context, conversation, "qwen3"), conversation, arguments).rendered()


class _Qwen3:
    def __init__(self, page: Page, conversation: Conversation, arguments: Options) -> None:
        self.page = page
        self.roles = [conversation.role(index) for index in range(len(conversation.messages))]
        self.raw = conversation.messages
        self.words = [text_of(message.get("content")) for message in page.scribe.messages]
        self.thinks = arguments.get("enable_thinking", True)
        self.query = self._last_query()

    def rendered(self) -> Rendered:
        opens_with_system = self.roles[0] == "system"
        if self.page.scribe.tools:
            self._tools(0 if opens_with_system else NO_MESSAGE)
        writers = {"user": self._plain, "system": self._plain, "assistant": self._reply, "tool": self._result}
        for index, role in enumerate(self.roles):
            is_done = index == 0 and opens_with_system and self.page.scribe.tools
            if role in writers and not is_done:
                writers[role](index)
        return self.page.rendered()

    def _tools(self, message: int) -> None:
        scribe, form = self.page.scribe, QWEN.system
        tools = joined([scribe.from_tools(as_json(tool), message) for tool in scribe.tools or ()], "\n")
        words = Traced("") if message == NO_MESSAGE else self.words[0]
        gap = "" if message == NO_MESSAGE else "\n\n"
        after = joined([gap, QWEN_TOOLS.before, tools, QWEN_TOOLS.after, form.after])
        self.page.supplied(form.before, words, after, message)

    def _plain(self, index: int) -> None:
        form = QWEN.system if self.roles[index] == "system" else QWEN.user
        self.page.supplied(form.before, self.words[index], form.after, index)

    def _result(self, index: int) -> None:
        """Tool results one after the other share a user's turn."""
        before, after = QWEN.result.before, QWEN.result.after
        if index and self.roles[index - 1] == "tool":
            before = before.removeprefix("<|im_start|>user")
        if self.roles[index + 1 : index + 2] == ["tool"]:
            after = after.removesuffix(QWEN.user.after)
        self.page.supplied(before, self.words[index], after, index)

    def _reply(self, index: int) -> None:
        form, message = QWEN.assistant, self.page.scribe.messages[index]
        thought, words = self._thought(index)
        is_shown = index > self.query and (index == len(self.roles) - 1 or bool(thought))
        body = words
        if is_shown or (not self.thinks and not thought):
            marks = QWEN.thinking
            body = joined([marks.opening, thought.strip("\n"), marks.closing, words.lstrip("\n")])
        calls = joined([_call(call) for call in message.get("tool_calls") or ()], "\n")
        gap = "\n" if calls and words else ""
        self.page.supplied(form.header, message=index)
        self.page.written(joined([body, gap, calls, form.end]), index)
        self.page.supplied(form.separator, message=index)

    def _thought(self, index: int) -> tuple[str, str]:
        words = self.words[index]
        if isinstance(self.raw[index].get("reasoning_content"), str):
            return self.page.scribe.messages[index]["reasoning_content"], words
        if "</think>" not in words:
            return "", words
        before, _, after = words.partition("</think>")
        thought = before.rpartition("<think>")[2]
        return thought.lstrip("\n").rstrip("\n"), after.lstrip("\n")

    def _last_query(self) -> int:
        for index in reversed(range(len(self.roles))):
            words = self.words[index].strip()
            is_result = words.startswith("<tool_response>") and words.endswith("</tool_response>")
            if self.roles[index] == "user" and not is_result:
                return index
        return len(self.roles) - 1


def _call(call: Any) -> str:
    function = call.get("function") or call
    return joined(
        [
            '<tool_call>\n{"name": "',
            name_of(function),
            '", "arguments": ',
            arguments_of(function),
            "}\n</tool_call>",
        ]
    )
