"""ms-swift's reading of a conversation: calls as messages, messages of one role merged, rounds in pairs.

Source: ms_swift 4.6.0, `template/template_inputs.py` and `template/base.py` up to `_swift_encode`.
Replies that follow each other become one of several parts without anything between them; questions
are joined. Results are sorted into the order of their calls where ids tell it.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any, Literal

from ..core.example import Refusal
from ..rendering.inputs import MessageDict
from ..rendering.traced import Traced
from .families.base import BOS, EOS
from .families.text import Scribe, as_json, joined
from .ms_swift_agents import AgentTemplate, acts, observed, observing
from .ms_swift_formats import QUERY, Format

_WEIGHTS = ("loss", "loss_scale")


@dataclass(frozen=True, slots=True)
class Results:
    """Tool results as texts: after "Observation:", inside a question, or with headers of their own.

    `after` is the message that they answer. Results with headers bring the `end` of the turn
    before them and the `header` of the reply after them.
    """

    kind: Literal["observed", "question", "headed"]
    texts: list[str]
    after: int
    end: str = ""
    header: str = ""


@dataclass
class Said:
    """A message in the making: content is text, parts of text, or None; `message` is the first it is of."""

    role: str
    content: Any
    message: int
    given: dict[str, Any] = field(default_factory=dict)
    """Its own `loss` and `loss_scale`."""
    results: Results | None = None

    def starts(self) -> Any:
        """The text that a reply begins with, or None."""
        if isinstance(self.content, list):
            return self.content[0] if self.content and isinstance(self.content[0], str) else None
        return self.content if isinstance(self.content, str) else None

    def begin(self, text: str) -> None:
        """Put other text in the place of what the reply begins with."""
        if isinstance(self.content, list):
            self.content[0] = text
        else:
            self.content = text


@dataclass
class Read:
    """A conversation without its system prompt, which is None where there is none."""

    system: Any
    said: list[Said]


def read(scribe: Scribe) -> Read:
    """The messages as ms-swift canonicalizes them.

    Raises:
        Refusal: `error`, for content that is neither text nor parts of text.
    """
    indexed = _with_sorted_results(list(enumerate(scribe.messages)))
    said = [each for index, message in indexed for each in _canonical(index, message)]
    system = None
    if said and said[0].role == "system":
        # Parts of text are joined in other messages alone.
        system = scribe.messages[said.pop(0).message].get("content")
    return Read(system, said)


def _with_sorted_results(messages: list[tuple[int, MessageDict]]) -> list[tuple[int, MessageDict]]:
    for place, (_, message) in enumerate(messages):
        calls = _calls(message)
        if not calls:
            continue
        end = place + 1
        while end < len(messages) and messages[end][1]["role"] in ("tool", "tool_response"):
            end += 1
        order = {call.get("id"): number for number, call in enumerate(calls)}
        results = messages[place + 1 : end]
        ids = {result.get("tool_call_id") for _, result in results}
        if None not in order and len(order) == len(calls) == len(results) and set(order) == ids:
            messages[place + 1 : end] = sorted(results, key=lambda it: order[it[1]["tool_call_id"]])
    return messages


def _calls(message: MessageDict) -> Any:
    return message.get("tool_calls") if message["role"] == "assistant" else None


def _canonical(index: int, message: MessageDict) -> list[Said]:
    given = {key: message[key] for key in _WEIGHTS if key in message}
    role, content = message["role"], message.get("content")
    role = "tool" if role == "tool_response" else role
    if not _calls(message):
        return [Said(role, _flat(role, content), index, given)]
    words = [Said(role, _flat(role, content), index, given)] if content else []
    return words + [Said("tool_call", _call(call), index, dict(given)) for call in _calls(message)]


def _call(call: Any) -> Traced:
    try:
        function = call.get("function", call)
        arguments = function.get("arguments", {})
        name = function["name"]
    except (AttributeError, KeyError, TypeError):
        raise Refusal("error", "ms-swift finds no function in a tool call.") from None
    if isinstance(arguments, str):
        with suppress(ValueError):
            arguments = json.loads(arguments)
    return as_json({"name": name, "arguments": arguments}, [name, function])


def _flat(role: str, content: Any) -> Any:
    """Text as it is, parts of text joined; a call or a result that is none, as JSON."""
    if content is None or isinstance(content, str):
        return as_json(content) if content is None and role in ("tool", "tool_call") else content
    if role in ("tool", "tool_call"):
        return as_json(content)
    if isinstance(content, list) and all(
        isinstance(part, dict) and part.get("type") == "text" for part in content
    ):
        return joined([part["text"] for part in content])
    raise Refusal("error", "Content that is neither text nor parts of text is not covered here.")


def prepared(
    said: list[Said], agent: Callable[[], AgentTemplate], chosen: Format, native: bool
) -> list[Said]:
    """Calls written, and messages of one role merged; `native` is the backend `jinja`, which merges less.

    Raises:
        Refusal: `error`, where ms-swift raises.
    """
    found = _with_calls(said, agent)
    if not native:
        found = _folded(found, agent, chosen)
    merged: list[Said] = []
    for one in found:
        before = merged[-1] if merged else None
        if before and before.role == one.role == "tool" and not native:
            before.content.append(one.content)
        elif before and before.role == one.role and one.role in ("user", "assistant"):
            _merge(before, one, native)
        elif one.role == "tool" and not native:
            merged.append(Said("tool", [one.content], one.message))
        else:
            merged.append(one)
    return merged if native else _with_results(merged, agent)


def _merge(before: Said, one: Said, native: bool) -> None:
    if one.role == "assistant" and not native:
        before.given = {key: _listed(before.given.get(key)) + _listed(one.given.get(key)) for key in _WEIGHTS}
        before.content = _listed(before.content) + _listed(one.content)
        return
    if not isinstance(before.content, str) or not isinstance(one.content, str):
        raise Refusal("error", "ms-swift cannot join messages of one role that are no text.")
    before.content = joined([before.content, one.content])


def _listed(value: Any) -> list[Any]:
    return list(value) if isinstance(value, list) else [value]


def _with_calls(said: Sequence[Said], agent: Callable[[], AgentTemplate]) -> list[Said]:
    """Calls that follow each other as one reply."""
    found: list[Said] = []
    place = 0
    while place < len(said):
        end = place
        while end < len(said) and said[end].role == "tool_call":
            end += 1
        if end == place:
            found.append(said[place])
            place += 1
            continue
        calls = said[place:end]
        given = {key: value for call in reversed(calls) for key, value in call.given.items()}
        written = agent().calls([call.content for call in calls])
        found.append(Said("assistant", written, calls[0].message, given))
        place = end
    return found


def _folded(said: Sequence[Said], agent: Callable[[], AgentTemplate], chosen: Format) -> list[Said]:
    """Results that follow no reply, put into the question before them."""
    found: list[Said] = []
    place = 0
    while place < len(said):
        end = place
        while end < len(said) and said[end].role == "tool":
            end += 1
        before = found[-1] if found else None
        if end > place and (before is None or before.role != "assistant"):
            _fold(before, [one.content for one in said[place:end]], agent, chosen)
        else:
            found += said[place : max(end, place + 1)]
        place = max(end, place + 1)
    return found


def _fold(
    before: Said | None, results: Sequence[str], agent: Callable[[], AgentTemplate], chosen: Format
) -> None:
    if before is None or before.role != "user":
        raise Refusal("error", "ms-swift wants a tool's result to follow a reply or a question.")
    template = agent()
    if template.marks:
        raise Refusal("error", f"The agent template {template.name} takes no result that follows no reply.")
    opening = (chosen.between or "") + chosen.prompt.partition(QUERY)[0]
    if BOS in opening or EOS in opening:
        raise Refusal("error", "ms-swift wants what stands around a result that follows no reply to be text.")
    before.content = joined([before.content or "", opening, *template.results(results)])


def _with_results(said: list[Said], agent: Callable[[], AgentTemplate]) -> list[Said]:
    """Results written; the reply before them may get its "Observation:"."""
    for before, one in pairwise(said):
        if one.role != "tool":
            continue
        template, after = agent(), before.message
        if isinstance(before.content, str) and acts(before.content):
            before.content = observing(before.content)
            one.results = Results("observed", observed(one.content), after)
        elif template.marks:
            texts, end = template.results(one.content), template.marks.end
            one.results = Results("headed", texts, after, end, template.header)
        else:
            one.results = Results("question", template.results(one.content), after)
    return said
