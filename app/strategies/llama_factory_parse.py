"""The format that LLaMA-Factory parses out of a chat template where none is named.

Source: llamafactory 0.9.5, `data/template.py`, `parse_template`.
Rule: probe conversations are rendered with a mark for content; what stands around the mark is the
format. A reply's rendering that holds `<think>` makes it a reasoning format.
"""

from __future__ import annotations

import re
from typing import Any

from ..core.conversation import Conversation
from ..core.example import Refusal
from ..errors import TemplateError
from .context import Context
from .families.base import Family, Form
from .llama_factory_formats import FORMATS, Format

# What stands for the chat template of a tokenizer that brings none.
_ONLY_REFUSES = re.compile(r'(\{\{ raise_exception\("[^\n]*"\) \}\})?')
_MARK = "{{content}}"
_SYSTEM, _EMPTY_SYSTEM = {"role": "system", "content": _MARK}, {"role": "system", "content": ""}
_USER, _REPLY = {"role": "user", "content": _MARK}, {"role": "assistant", "content": _MARK}


def parsed_format(context: Context) -> Format:
    """The parsed format; `empty` where there is no chat template.

    Raises:
        Refusal: `error`, where the template refuses a probe or leaves its content out.
    """
    if _ONLY_REFUSES.fullmatch(context.source):
        return FORMATS["empty"]
    try:
        return _parsed(context)
    except TemplateError as error:
        raise Refusal(
            "error",
            f"LLaMA-Factory cannot parse a format out of the chat template, which says: {error.detail}",
        ) from None


def _parsed(context: Context) -> Format:
    tokenizer = context.tokenizer
    prefix = tokenizer.decode(tokenizer.encode("", add_special_tokens=True).ids)
    start = len(prefix)
    system = _rendered(context, _SYSTEM)[start:]
    with_empty = _rendered(context, _EMPTY_SYSTEM, _USER, add_generation_prompt=True)[start:]
    user = _rendered(context, _USER, add_generation_prompt=True)[start:]
    reply = _rendered(context, _USER, _REPLY)[start + len(user) :]
    default = ""
    if len(user) > len(with_empty):
        default = _added(with_empty, user)
        user = user[len(system.replace(_MARK, default, 1)) :]
    reasons = "<think>" in reply
    reply = reply.replace("<think>", "").replace("</think>", "").lstrip("\n")
    family = Family(_form(system), _form(user), _form(reply), prefix=prefix)
    return Format(family, "reasoning" if reasons else "turns", default_system=default)


def _rendered(context: Context, *messages: dict[str, Any], add_generation_prompt: bool = False) -> str:
    return context.render(Conversation(messages), add_generation_prompt=add_generation_prompt)


def _form(slot: str) -> Form:
    before, mark, after = slot.partition(_MARK)
    if not mark:
        raise Refusal("error", "LLaMA-Factory finds no content in what the chat template writes for a probe.")
    return Form("", before, after)


def _added(short: str, long: str) -> str:
    """The characters of `long` that `short`, read along with it, does not have."""
    place, added = 0, ""
    for character in long:
        if place >= len(short):
            break
        if short[place] == character:
            place += 1
        else:
            added += character
    return added
