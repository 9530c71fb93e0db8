"""The rule on earlier turns that the template writes otherwise once more messages follow."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from ..core.conversation import Message
from ..core.spans import shared_prefix
from ..rendering.inputs import REASONING_FIELDS
from ..strategies.turns import NO_TOKEN
from .base import Found
from .mends import KEEPS_THINKING
from .subject import Subject
from .template_arguments import word_start
from .template_content import turn_tokens
from .words import quoted

_EMPTY_BLOCK = re.compile(r"<think>\s*</think>\s*|<\|channel\|>analysis<\|message\|><\|end\|>")
_BLOCK = re.compile(r"<think>(.*?)</think>", re.DOTALL)
_SPECIAL = re.compile(r"<[|\uff5c][^<>]*[|\uff5c]>|</?s>|\[/?[A-Z_]+\]|<(?:end|start)_of_turn>")


class Prefix(NamedTuple):
    """A render of the first messages alone, and where the whole text leaves it."""

    messages: int
    prompted: bool
    text: str
    same: int

    @property
    def name(self) -> str:
        """What was rendered, for a sentence."""
        if self.prompted:
            return f"the prompt that asks for turn {self.messages + 1}"
        return f"the conversation as it stood after turn {self.messages}"


def history_rewritten(subject: Subject) -> Iterator[Found]:
    """LM403: what the model was asked at an earlier turn is not what the whole text begins with."""
    told: set[str] = set()
    for prefix in _prefixes(subject):
        found = _change(subject, prefix)
        if found is not None and found.sentence not in told:
            told.add(found.sentence)
            yield found


def _prefixes(subject: Subject) -> Iterator[Prefix]:
    """Renders that the whole text does not begin with; three at most are asked for."""
    whole = subject.context.rendering.text
    conversation = subject.context.conversation
    for count, prompted in _probes(conversation.messages) if whole else ():
        part = conversation.with_messages(conversation.messages[:count])
        text = subject.render(part, add_generation_prompt=prompted)
        if text is None:
            continue
        same = shared_prefix(text, whole)
        if same < len(text):
            yield Prefix(count, prompted, text, word_start(text, same))


def _probes(messages: tuple[Message, ...]) -> list[tuple[int, bool]]:
    """The first reply with reasoning, or else the first, as the last message; and the last prompt."""
    replies = [index for index, message in enumerate(messages) if message.get("role") == "assistant"]
    earlier = [index for index in replies if index + 1 < len(messages)]
    thinking = [index for index in earlier if _thinks(messages[index])]
    probes = [(index + 1, False) for index in (thinking or earlier)[:1]]
    return probes + [(index, True) for index in replies[-1:] if index]


def _thinks(message: Message) -> bool:
    content = message.get("content")
    said = isinstance(content, str) and "</think>" in content
    return said or any(message.get(name) for name in REASONING_FIELDS)


def _change(subject: Subject, prefix: Prefix) -> Found | None:
    """What is in the prefix and not in the whole text, in words."""
    messages = subject.context.conversation.messages[: prefix.messages]
    whole, gone = subject.context.rendering.text, prefix.text[prefix.same :]
    for index, message in enumerate(messages):
        for what, text in _own(message):
            if text and text in prefix.text and text not in whole:
                sentence = (
                    f"The template rewrites history: in {prefix.name} it writes {what} of turn {index + 1}, "
                    f"{quoted(text)}, and in the whole conversation it does not."
                )
                return Found(sentence, turn_tokens(subject, index), _FIX)
    if _EMPTY_BLOCK.search(gone) or _EMPTY_BLOCK.search(whole[prefix.same : prefix.same + 40]):
        sentence = (
            f"The template rewrites history: {prefix.name} and the whole conversation differ by an empty "
            "thinking block."
        )
        return Found(sentence, fix=_FIX, severity="note")
    return _other(subject, prefix, gone, whole[prefix.same :])


def _own(message: Message) -> Iterator[tuple[str, str]]:
    """The texts of a message, named; reasoning inside content apart from it."""
    content = message.get("content")
    if isinstance(content, str):
        block = _BLOCK.search(content) if message.get("role") == "assistant" else None
        if block is not None:
            yield "the reasoning", block[1].strip()
        name = "the system prompt" if message.get("role") == "system" else "the content"
        yield name, (content[block.end() :] if block else content).strip()
    for field in REASONING_FIELDS:
        if isinstance(message.get(field), str):
            yield "the reasoning", message[field].strip()


def _other(subject: Subject, prefix: Prefix, gone: str, instead: str) -> Found | None:
    """Any other change, unless it is only in how a turn is closed."""
    if prefix.prompted and _opens_reply(gone):
        return None
    if not _SPECIAL.sub("", gone).strip() and not _ends_otherwise(subject, prefix):
        return None
    sentence = (
        f"The template rewrites history: {prefix.name} goes on with {quoted(gone[:80])}, and the whole "
        f"conversation with {quoted(instead[:80])}."
    )
    return Found(sentence, fix=_FIX, severity="note")


def _ends_otherwise(subject: Subject, prefix: Prefix) -> bool:
    """Whether the last turn of the prefix ends with another token in the whole conversation."""
    turns = subject.context.turns.turns
    turn = next((turn for turn in turns if turn.message == prefix.messages - 1), None)
    if turn is None or turn.end_of_turn == NO_TOKEN:
        return False
    return int(subject.context.tokens.offsets[turn.end_of_turn, 0]) >= prefix.same


def _opens_reply(gone: str) -> bool:
    """Whether a prompt differs only at its end, where it opens the reply otherwise than history does."""
    return len(gone) < 60 and "\n" not in gone.strip()


_FIX = (
    "Make one row of each reply, with the reply as its last message, or use a template that keeps earlier "
    f"turns:\n{KEEPS_THINKING}"
)
