"""Llama 3's renderer of prime-rl's.

Source: renderers 0.1.12, `llama_3.py`. There is always a system turn, with a fixed date; a list of
tools, an empty one too, is announced in it and written into the first question or into it.
"""

from __future__ import annotations

from typing import Any

from ..core.conversation import Conversation
from ..core.example import Refusal
from ..core.provenance import NO_MESSAGE
from .context import Context
from .families.base import Form
from .families.llama import LLAMA3
from .families.text import as_json, joined
from .families.tools import LLAMA3_TOOLS_IN_SYSTEM, LLAMA3_TOOLS_IN_USER
from .option import Options
from .prime_rl_page import Page, Rendered
from .prime_rl_text import arguments_of, name_of, need, strict_text_of

_NEEDED = (
    "<|begin_of_text|>",
    "<|start_header_id|>",
    "<|end_header_id|>",
    "<|eot_id|>",
    "<|end_of_text|>",
    "<|eom_id|>",
)
_DATE = "26 Jul 2024"


def llama3(context: Context, conversation: Conversation, arguments: Options) -> Rendered:
    """Llama 3's format: a system turn always, and a list of tools in the first question."""
    need(context, "llama-3", _NEEDED)
    return _Llama3(Page(context, conversation, "llama-3"), conversation, arguments).rendered()


class _Llama3:
    def __init__(self, page: Page, conversation: Conversation, arguments: Options) -> None:
        self.page = page
        self.roles = [conversation.role(index) for index in range(len(conversation.messages))]
        self.date = arguments.get("date_string", _DATE)
        self.in_user = arguments.get("tools_in_user_message", True)

    def rendered(self) -> Rendered:
        first = int(self.roles[0] == "system")
        self.page.supplied(_NEEDED[0])
        self._system(0 if first else NO_MESSAGE)
        if self.page.scribe.tools is not None and self.in_user:
            self._first_question(first)
            first += 1
        for index in range(first, len(self.roles)):
            self._message(index)
        return self.page.rendered()

    def _words(self, index: int) -> str:
        return strict_text_of(self.page.scribe.messages[index].get("content")).strip()

    def _tools(self, message: int, before: str, after: str) -> str:
        scribe = self.page.scribe
        listed = [scribe.from_tools(as_json(tool, indent=4), message) for tool in scribe.tools or ()]
        return joined([before, *(part for tool in listed for part in (tool, after))])

    def _system(self, message: int) -> None:
        has_tools = self.page.scribe.tools is not None
        opening = "Environment: ipython\n" if has_tools else ""
        dates = f"Cutting Knowledge Date: December 2023\nToday Date: {self.date}\n\n"
        in_system = has_tools and not self.in_user
        tools = self._tools(message, *LLAMA3_TOOLS_IN_SYSTEM) if in_system else ""
        before = joined([LLAMA3.system.before, opening, dates, tools])
        words = "" if message == NO_MESSAGE else self._words(message)
        self.page.supplied(before, words, LLAMA3.system.after, message)

    def _first_question(self, index: int) -> None:
        if index >= len(self.roles):
            raise Refusal("error", "There is no user message that the renderer could put the tools in.")
        if self.roles[index] != "user":
            raise Refusal(
                "error",
                "The renderer puts the tools in the first user message, and the first message after the "
                f"system prompt is {self.roles[index]!r}; prime-rl hands over an empty list for no tools.",
            )
        before = joined([LLAMA3.user.before, self._tools(index, *LLAMA3_TOOLS_IN_USER)])
        self.page.supplied(before, self._words(index), LLAMA3.user.after, index)

    def _message(self, index: int) -> None:
        message, role = self.page.scribe.messages[index], self.roles[index]
        calls = message.get("tool_calls")
        if role in ("tool", "ipython"):
            form = LLAMA3.result
            self.page.supplied(form.before, _result(message.get("content")), form.after, index)
        elif calls:
            self._reply(index, _only_call(calls))
        elif role == "assistant":
            self._reply(index, self._words(index))
        else:
            form = Form(LLAMA3.user.header.replace("user", role), "", LLAMA3.user.end)
            self.page.supplied(form.before, self._words(index), form.after, index)

    def _reply(self, index: int, words: str) -> None:
        self.page.supplied(LLAMA3.assistant.header, message=index)
        self.page.written(joined([words, LLAMA3.assistant.end]), index)


def _only_call(calls: Any) -> str:
    if len(calls) != 1:
        raise Refusal("error", f"A Llama 3 reply has one tool call at most, and this one has {len(calls)}.")
    function = calls[0].get("function") or calls[0]
    return joined(['{"name": "', name_of(function), '", "parameters": ', arguments_of(function), "}"])


def _result(content: Any) -> str:
    """A tool's result as JSON: a text gets quotes, as the chat template gives it."""
    if content is None:
        return ""
    return as_json(content) if isinstance(content, dict | list | str) else str(content)
