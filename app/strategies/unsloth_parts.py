"""How Unsloth detects the two markers of a chat template, by rendering conversations made for it.

Three rounds of a question and a reply are rendered; what stands between them, and what the
generation prompt adds, are cut down to the header of each role. Thinking that the template
writes by itself is taken off where a reply with thinking of its own does without.
Template arguments of the conversation play no part, as in Unsloth. Not covered:
templates that belong to an image processor.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeAlias

from ..core.conversation import Conversation, Message
from ..core.example import Refusal
from ..core.spans import shared_prefix
from ..errors import TemplateError
from ..rendering.render import Variables, compile_template, render_text
from ..tokenization.tokenizer import Tokenizer
from .markers import find_all
from .unsloth_marker import Version, resolve

# A word joiner on either side keeps a template from trimming them and a tokenizer from merging them.
_USER = "\u2060USERWORDS1u\u2060"
_REPLY = "\u2060ASSTWORDS2a\u2060"

_Wrap: TypeAlias = Callable[[str], Any]
_THOUGHT = re.compile(r"<([^\s/>]+)>\s*</\1>\s*$")
_THOUGHT_END = re.compile(r"</([^\s/>]+)>\s*$")


def detect_parts(source: str, tokenizer: Tokenizer, version: Version) -> tuple[str, str]:
    """`instruction_part` and `response_part` of a chat template.

    Raises:
        Refusal: `error`, where Unsloth raises since it finds none.
    """
    try:
        probe = _open_probe(source, tokenizer)
        return _detect(probe, version)
    except TemplateError as error:
        raise Refusal("error", f"The template fails on Unsloth's own conversation: {error.detail}") from None


def _plain(text: str) -> Any:
    return text


def _parts(text: str) -> Any:
    return [{"type": "text", "text": text}]


@dataclass(slots=True)
class _Probe:
    """The rendering of three rounds, how its contents are wrapped, and the texts that count as tokens."""

    source: str
    tokenizer: Tokenizer
    user: _Wrap = _plain
    reply: _Wrap = _plain
    text: str = ""

    def rounds(self) -> list[Message]:
        return [self.question(_USER), self.answer(_REPLY)] * 3

    def question(self, text: str) -> Message:
        return {"role": "user", "content": self.user(text)}

    def answer(self, text: str) -> Message:
        return {"role": "assistant", "content": self.reply(text)}

    def render(self, messages: list[Message], prompted: bool = False) -> str:
        variables = Variables(self.tokenizer.special_tokens, {"add_generation_prompt": prompted})
        return render_text(compile_template(self.source), Conversation(tuple(messages)), variables)

    @property
    def closers(self) -> tuple[str, str]:
        named = self.tokenizer.special_tokens
        return named.get("eos_token", ""), named.get("bos_token", "")

    def special_at(self, text: str) -> str:
        """The longest special or added token that a text begins with."""
        known = {*self.tokenizer.added_tokens.values(), *self.tokenizer.special_tokens.values()}
        return max((token for token in known if text.startswith(token)), key=len, default="")

    def gaps(self, left: str, right: str) -> list[str]:
        """What stands between each end of one text and the next beginning of another."""
        pattern = re.compile(f"{re.escape(left)}(?=(.*?){re.escape(right)})", re.DOTALL)
        return pattern.findall(self.text)


def _open_probe(source: str, tokenizer: Tokenizer) -> _Probe:
    """A probe with the first way of wrapping contents that the template writes out."""
    for user, reply in ((_plain, _plain), (_parts, _parts), (_parts, _plain)):
        probe = _Probe(source, tokenizer, user, reply)
        try:
            probe.text = probe.render(probe.rounds())
        except TemplateError:
            continue
        if _USER in probe.text and _REPLY in probe.text:
            return probe
    raise Refusal("error", "Unsloth cannot detect the markers: the template writes no plain conversation.")


def _detect(probe: _Probe, version: Version) -> tuple[str, str]:
    question, reply = _usual(probe.gaps(_REPLY, _USER)), _usual(probe.gaps(_USER, _REPLY))
    unanswered = probe.rounds()[:-1]
    prompted, plain = probe.render(unanswered, True), probe.render(unanswered)
    header = "" if prompted == plain else _without_shared(probe, _tail(prompted), _tail(plain))[0]
    instruction, response = _cut(probe, question, reply, header)
    if version != "2026.8":
        instruction, response = _without_closer(probe, _closer(probe, _tail(plain)), instruction, response)
    response = _without_thought(probe, response)
    if version != "2026.8":
        response = _shared_header(probe, question, reply, response)
    instruction, response = (part.lstrip(" \t").rstrip(" \t") for part in (instruction, response))
    if not instruction or not response:
        raise Refusal("error", "Unsloth cannot detect the markers: one of them comes out empty.")
    return _spelt(probe, instruction, version), _spelt(probe, response, version)


def _usual(gaps: list[str]) -> str:
    return Counter(gaps).most_common(1)[0][0] if gaps else ""


def _tail(text: str) -> str:
    """What follows the last question."""
    return text.rpartition(_USER)[2] if _USER in text else ""


def _space_at(text: str) -> str:
    return text[: len(text) - len(text.lstrip())]


def _without_shared(probe: _Probe, first: str, second: str) -> tuple[str, str]:
    """Two texts without the special tokens and white space that both begin with."""
    while True:
        shared = _space_at(first)
        if not shared or shared != _space_at(second):
            shared = probe.special_at(first)
        if not shared or not second.startswith(shared):
            return first, second
        first, second = first.removeprefix(shared), second.removeprefix(shared)


def _without_lead(text: str, *leads: str) -> str:
    """A text without any of these at its beginning, however often they stand there."""
    while True:
        lead = next((lead for lead in leads if lead and text.startswith(lead)), None)
        if lead is None:
            return text
        text = text.removeprefix(lead)


def _cut(probe: _Probe, question: str, reply: str, header: str) -> tuple[str, str]:
    """The markers out of what stands before questions and before replies."""
    eos, bos = probe.closers
    if header and reply == header:
        response, instruction = _without_shared(probe, header, question)
        return _without_lead(instruction, " ", "\t", eos, bos), response
    if header and reply.endswith(header):
        return _without_lead(question, reply.removesuffix(header)), header
    return _without_lead(question, " ", "\t", eos, bos), _without_lead(reply, " ", "\t", eos, bos)


def _closer(probe: _Probe, rest: str) -> str:
    """What ends a question, if it is special tokens and white space alone."""
    whole = rest
    while rest:
        lead = probe.special_at(rest) or _space_at(rest)
        if not lead:
            return ""
        rest = rest.removeprefix(lead)
    return whole


def _without_closer(probe: _Probe, closer: str, instruction: str, response: str) -> tuple[str, str]:
    """The markers without what ends a question, where an image comes between the two."""
    if not closer or not response.startswith(closer) or response == closer:
        return instruction, response
    pictured = {"role": "user", "content": [{"type": "text", "text": _USER}, {"type": "image"}]}
    try:
        text = probe.render([pictured, probe.answer(_REPLY)])
    except TemplateError:
        return instruction, response
    shorter = response.removeprefix(closer)
    if response in text or shorter not in text:
        return instruction, response
    return _without_lead(instruction, closer), shorter


def _without_thought(probe: _Probe, response: str) -> str:
    """The marker without a closed thinking block, where a reply that thinks has none."""
    found = _THOUGHT.search(response) or _THOUGHT_END.search(response)
    if found is None or not found.start():
        return response
    tag, header = found[1], response[: found.start()]
    try:
        text = probe.render([probe.question(_USER), probe.answer(f"<{tag}>hm</{tag}>{_REPLY}")])
    except TemplateError:
        return response
    _, there, after = text.rpartition(header)
    return header if there and not after.startswith(found[0]) else response


def _shared_header(probe: _Probe, question: str, reply: str, response: str) -> str:
    """What all reply headers have in common, where the last one differs from the others."""
    gaps, start = probe.gaps(_USER, _REPLY), reply.find(response) if response else -1
    if start < 0 or not gaps or response in gaps[-1] or not gaps[-1].startswith(reply[:start]):
        return response
    shared = reply[start : start + shared_prefix(reply[start:], gaps[-1][start:])]
    while shared and not shared[-1].isspace() and not _ends_special(probe, shared):
        shared = shared[:-1]
    usable = shared.strip() and shared not in question and all(shared in gap for gap in gaps)
    return shared if usable else response


def _ends_special(probe: _Probe, text: str) -> bool:
    known = {*probe.tokenizer.added_tokens.values(), *probe.tokenizer.special_tokens.values()}
    return any(token and text.endswith(token) for token in known)


def _spelt(probe: _Probe, part: str, version: Version) -> str:
    """The marker, perhaps after a space or a newline, whose ids occur in the tokenized rounds."""
    ids = probe.tokenizer.encode(probe.text).ids
    counts: dict[str, int] = {}
    for spelling in (part, f" {part}", f"\n{part}"):
        marker = resolve(spelling, probe.tokenizer, True, version)
        counts[spelling] = 0 if marker is None else len(find_all(ids, marker.core))
    often = [spelling for spelling, count in counts.items() if count >= 2]
    once = [spelling for spelling in (part, f" {part}") if counts[spelling]]
    if not often and not once:
        raise Refusal("error", f"Unsloth detects the marker {part!r}, but its ids occur nowhere.")
    return (often or once)[0]
