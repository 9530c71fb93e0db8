"""What mends a mask, written so that it can be copied: fields of a request, Jinja, a line over messages.

Lines of a framework's configuration are `intent.config_line`.
"""

from __future__ import annotations

import json

from ..strategies.turns import NO_TOKEN
from .subject import Subject


def request_line(field: str, value: object) -> str:
    """A field of the analysis request.

    >>> request_line("chat_template", "bundled:chatml")
    '"chat_template": "bundled:chatml"'
    """
    return f"{json.dumps(field)}: {json.dumps(value, ensure_ascii=False)}"


def strategy_line(name: str, **options: object) -> str:
    """The field that chooses another masking rule."""
    return request_line("strategy", {"name": name, "options": options})


def message_line(field: str, call: str) -> str:
    """A line of Python for every message, which changes a text of it.

    >>> message_line("content", "lstrip()")
    'message["content"] = message["content"].lstrip()'
    """
    return f'message["{field}"] = message["{field}"].{call}'


def broken_up(text: str, field: str = "content") -> str:
    """The line that parts a marker after its first character, so that it is text like any other."""
    return message_line(field, f"replace({text!r}, {text[:1] + ' ' + text[1:]!r})")


def ended_reply(subject: Subject) -> str:
    """What a template writes of a reply: its words and the token that ends the turn."""
    end = end_of_turn(subject)
    return f"{{{{ message.content + {end!r} }}}}" if end else "{{ message.content }}"


def marked_reply(subject: Subject) -> str:
    """The same inside a generation block."""
    return f"{{% generation %}}{ended_reply(subject)}{{% endgeneration %}}"


def end_of_turn(subject: Subject) -> str:
    """The token that ends the assistant's turns in the rendering, else EOS; empty where there is neither."""
    for turn in subject.assistants:
        if turn.end_of_turn != NO_TOKEN:
            return str(subject.context.tokens.pieces[turn.end_of_turn])
    return subject.context.tokenizer.special_tokens.get("eos_token", "")


def is_stock(subject: Subject) -> bool:
    """Whether the chat template is one that the tokenizer brings."""
    return subject.template.name == "own" or subject.template.name.startswith("named:")


KEEPS_THINKING = request_line("chat_template", "bundled:chatml-thinking")
"""A template that writes earlier turns as it wrote them when they were the last."""
