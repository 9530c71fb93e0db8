"""LM706 and LM708: turns that were meant to train and do not, or the other way round."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from ..core.conversation import Message
from .base import Found, Rule
from .intent import config_line
from .markers import working_text
from .mends import strategy_line
from .spans import runs
from .subject import Subject
from .words import tokens, turns_named

_WEIGHTS = ("weight", "train", "training", "trainable", "loss")
"""What data sets call the field of a message that says whether its turn trains."""

_HEEDS = {"openai-weights": "weight", "ms-swift": "loss"}
"""The field that a rule reads by itself; Axolotl reads the one that its option names."""


class _Wish(NamedTuple):
    """A message's own word on its training: the field, its value, and the weight that it asks for."""

    message: int
    field: str
    value: object
    weight: float

    @property
    def number(self) -> int:
        """The turn's number, as sentences count."""
        return self.message + 1


def find_weights(subject: Subject) -> Iterator[Found]:
    """LM706."""
    if subject.first is None:
        return
    ignored = [wish for wish in _wishes(subject) if _is_ignored(subject, wish)]
    if ignored:
        yield _ignored(subject, ignored)


def find_heeded_weights(subject: Subject) -> Iterator[Found]:
    """LM710."""
    if subject.first is None:
        return
    wishes = [wish for wish in _wishes(subject) if _reads(subject, wish) and _flips(subject, wish)]
    if wishes:
        yield _heeded(subject, wishes)


def _wishes(subject: Subject) -> list[_Wish]:
    messages = enumerate(subject.context.conversation.messages)
    return [wish for index, message in messages if (wish := _wish(index, message))]


def _is_ignored(subject: Subject, wish: _Wish) -> bool:
    return wish.weight < 1 and not _reads(subject, wish) and _trained_weight(subject, wish) > wish.weight


def _reads(subject: Subject, wish: _Wish) -> bool:
    read = subject.options.get("message_field_training", _HEEDS.get(subject.strategy.name))
    return bool(read == wish.field)


def _wish(index: int, message: Message) -> _Wish | None:
    field = next((name for name in _WEIGHTS if isinstance(message.get(name), bool | int | float)), None)
    return None if field is None else _Wish(index, field, message[field], float(message[field]))


def _trained_weight(subject: Subject, wish: _Wish) -> float:
    """The most that a token of the message's own turn weighs."""
    assert subject.first is not None, "a weight is that of an example's token"
    weights = subject.first.example.weights[subject.first.messages == wish.message]
    return float(weights.max()) if len(weights) else wish.weight


def _flips(subject: Subject, wish: _Wish) -> bool:
    """Whether a turn trains, or does not, against what its role alone would make of it."""
    is_assistant = subject.context.conversation.role(wish.message) == "assistant"
    does_train = _trained_weight(subject, wish) > 0
    return is_assistant != (wish.weight > 0) and does_train == (wish.weight > 0)


def _ignored(subject: Subject, wishes: list[_Wish]) -> Found:
    assert subject.first is not None, "what is ignored trains in an example"
    wish, which = wishes[0], [wish.message for wish in wishes]
    named = turns_named([wish.number for wish in wishes])
    where = np.isin(subject.first.messages, which) & subject.trained
    sentence = (
        f"`{wish.field}: {wish.value}` of {named} has no effect here: "
        f"{tokens(int(where.sum()))} trained, since "
        f"{subject.strategy.title} does not read it."
    )
    return Found(sentence, tuple(runs(where)), _read(subject, wish.field))


def _read(subject: Subject, field: str) -> str:
    """What makes the rule read the field, or else another that does."""
    line, given = config_line(subject, "message_field_training", field), subject.request.strategy.options
    if line is not None:
        return line
    if subject.strategy.name == "assistant-turns" and field == "weight":
        return strategy_line("assistant-turns", **{**given, "turns": "weight"})
    return f"Train with Axolotl, which reads it:\n{strategy_line('axolotl', message_field_training=field)}"


def _heeded(subject: Subject, wishes: list[_Wish]) -> Found:
    wish, which = wishes[0], [wish.message for wish in wishes]
    named = turns_named([wish.number for wish in wishes])
    does = "" if wish.weight > 0 else "do not "
    sentence = f"`{wish.field}: {wish.value}` decides against the role: the tokens of {named} {does}train."
    assert subject.first is not None, "what is heeded stands in an example"
    spans = tuple(runs(np.isin(subject.first.messages, which)))
    return Found(sentence, spans, f"To train by role:\nmessage.pop({wish.field!r}, None)")


def find_last_only(subject: Subject) -> Iterator[Found]:
    """LM708."""
    if subject.strategy.name != "trl-response-template" or subject.first is None:
        return
    spoken = [turn for turn in subject.assistants if turn.start < turn.end]
    if subject.options["instruction_template"] is not None or len(spoken) < 2:
        return
    trains = [bool(subject.trained[turn.start : turn.end].any()) for turn in spoken]
    masked = [turn for turn, is_trained in zip(spoken, trains, strict=True) if not is_trained]
    if not masked or not trains[-1]:
        return
    lost, named = (
        sum(turn.end - turn.start for turn in masked),
        turns_named([turn.message + 1 for turn in masked]),
    )
    sentence = (
        f"Only turn {spoken[-1].message + 1}, the last of {len(spoken)} assistant turns, trains: without "
        f"`instruction_template`, {tokens(lost)} of {named} are masked."
    )
    yield Found(sentence, tuple((turn.start, turn.end) for turn in masked), _instruction(subject))


def _instruction(subject: Subject) -> str:
    text = working_text(subject, "user")
    option = next(option for option in subject.strategy.options if option.name == "instruction_template")
    if text is None:
        return "instruction_template = what the template writes before each user turn"
    return option.config_line(text, subject.strategy.config_kind)


_TALK = (
    {"role": "user", "content": "pancakes?"},
    {"role": "assistant", "content": "take a pan"},
    {"role": "user", "content": "how long?"},
    {"role": "assistant", "content": "a while"},
)


def _talk(**first_reply: object) -> dict[str, object]:
    return {"messages": [_TALK[0], {**_TALK[1], **first_reply}, *_TALK[2:]]}


def _trl(**options: object) -> dict[str, object]:
    return {"name": "trl-response-template", "options": options}


_AXOLOTL = {"conversation": _talk(train=False), "chat_template": "bundled:chatml", "strategy": "axolotl"}
_OPENAI = "openai-weights"
_HEEDING = {"name": "axolotl", "options": {"message_field_training": "train"}}

RULES: tuple[Rule, ...] = (
    Rule(
        "LM706",
        "warning",
        "A message's own weight is not what trains",
        "Data sets mark turns that shall not train. A framework that does not read the mark trains them all "
        "the same.",
        find_weights,
        failing=_AXOLOTL,
        mended={"strategy": _HEEDING},
        healthy={"conversation": _talk(), "chat_template": "bundled:chatml"},
    ),
    Rule(
        "LM710",
        "note",
        "A message's own weight decides against its role",
        "Frameworks that read a field of the message let it overrule the roles that train. Where the field "
        "was set by accident, replies are lost or questions trained.",
        find_heeded_weights,
        failing={"conversation": _talk(weight=0), "chat_template": "bundled:chatml", "strategy": _OPENAI},
        mended={"conversation": _talk()},
        healthy={"conversation": _talk(), "chat_template": "bundled:chatml", "strategy": _OPENAI},
    ),
    Rule(
        "LM708",
        "warning",
        "Only the last reply trains",
        "With a response template alone, the collator masks everything up to the last match: every earlier "
        "reply of the conversation is lost.",
        find_last_only,
        failing={"conversation": _talk(), "chat_template": "bundled:chatml", "strategy": _trl()},
        mended={"strategy": _trl(instruction_template="<|im_start|>user\n")},
        healthy={
            "conversation": {"messages": list(_TALK[:2])},
            "chat_template": "bundled:chatml",
            "strategy": _trl(),
        },
    ),
)
