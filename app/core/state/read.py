"""A state out of its JSON, every field checked, since anyone can write a link.

Not covered: whether names are known and options valid, which the analysis says itself.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from datetime import date
from typing import Any, TypeAlias

from ...errors import ConversationError, LinkError
from ..conversation import Conversation
from ..fields import Unfit, as_integer, as_object, as_optional_text, as_text, one_of
from ..parsing import TITLES
from ..request import Choice, Loader
from .check import DIGITS, Check
from .migrate import migrated
from .read_structure import structure_from
from .schema import PASTED, Lens, Pasted, SharedTemplate, SharedTokenizer, State, Tab, Theme, View

JSON: TypeAlias = Mapping[str, Any]

VERSION = 1
DEEPEST = 100
"""Arrays and objects within each other; a conversation has ten."""


def newer(version: int) -> LinkError:
    """The error for a format that only a later version of the program knows."""
    return LinkError(
        f"This was made by a later version of Lossmask, in format {version}; this version reads up to "
        f"format {VERSION}. Update Lossmask to open it.",
        code="link-version",
    )


def read_json(text: str) -> State:
    """The state whose JSON this is; raises as `read_state` does."""
    try:
        value = json.loads(text, parse_constant=_no_number, parse_float=_number)
    except (ValueError, RecursionError):
        raise _no_state("it holds no JSON") from None
    return read_state(value)


def read_state(value: object) -> State:
    """The state whose `as_json` this is, or that of an earlier version.

    Raises:
        LinkError: `bad-link`, with the name of the field that is not as it should be; `link-version`.
    """
    try:
        return _read(value)
    except Unfit as fault:
        raise _no_state(str(fault)) from None


def _no_state(why: str) -> LinkError:
    return LinkError(f"The link does not hold what Lossmask writes: {why}.")


def _read(value: object) -> State:
    _check_text(value)
    fields = as_object(value, "state")
    version = fields.get("v")
    if type(version) is not int or version < 1:
        raise Unfit("it does not say of which version it is")
    if version > VERSION:
        raise newer(version)
    return _state(migrated(fields, version, VERSION))


def _state(fields: JSON) -> State:
    structure = fields.get("structure")
    conversation = fields.get("conversation")
    if conversation is None and structure is None:
        raise Unfit("it holds no conversation")
    template = _template(_object(fields, "template"))
    if structure is None and template.name == PASTED and template.source is None:
        raise Unfit("its chat template has no source")
    return State(
        app=as_text(fields.get("app", ""), "app"),
        conversation=None if conversation is None else _conversation(conversation),
        tokenizer=_tokenizer(_object(fields, "tokenizer")),
        template=template,
        template_arguments=_object(fields, "template_arguments"),
        strategy=_choice(_object(fields, "strategy"), "strategy", "assistant-turns"),
        reduction=_reduction(fields.get("reduction")),
        today=_today(fields.get("today")),
        view=_view(_object(fields, "view")),
        versions={name: as_text(text, "versions") for name, text in _object(fields, "versions").items()},
        digest=as_optional_text(fields.get("digest"), "digest"),
        check=_check(fields.get("check")),
        structure=None if structure is None else structure_from(as_object(structure, "structure")),
    )


def _object(fields: JSON, name: str) -> JSON:
    """A field that is an object, empty where it is not given."""
    value = fields.get(name)
    return {} if value is None else as_object(value, name)


def _conversation(value: object) -> Pasted | Conversation:
    fields = as_object(value, "conversation")
    if "messages" in fields:
        try:
            return Conversation.from_json(dict(fields))
        except ConversationError as error:
            raise Unfit(f"its conversation cannot be read: {error.detail}") from None
    format = fields.get("format")
    if format is not None and (not isinstance(format, str) or format not in TITLES):
        raise Unfit("`conversation.format` is not known")
    row = as_integer(fields.get("row", 0), "conversation.row")
    return Pasted(as_text(fields.get("text"), "conversation.text"), format, row)


def _tokenizer(fields: JSON) -> SharedTokenizer:
    return SharedTokenizer(
        as_text(fields.get("name", "bundled"), "tokenizer.name"),
        one_of(fields.get("loader", "auto"), Loader, "tokenizer.loader"),
        as_optional_text(fields.get("revision"), "tokenizer.revision"),
    )


def _template(fields: JSON) -> SharedTemplate:
    source = as_optional_text(fields.get("source"), "template.source")
    name = as_text(fields.get("name", "own" if source is None else PASTED), "template.name")
    return SharedTemplate(name, source, as_optional_text(fields.get("sha256"), "template.sha256"))


def _reduction(value: object) -> Choice | None:
    return None if value is None else _choice(as_object(value, "reduction"), "reduction", None)


def _choice(fields: JSON, name: str, default: str | None) -> Choice:
    return Choice(as_text(fields.get("name", default), f"{name}.name"), dict(_object(fields, "options")))


def _today(value: object) -> date | None:
    if value is None:
        return None
    try:
        return date.fromisoformat(as_text(value, "today"))
    except ValueError:
        raise Unfit("`today` is no date such as 2026-11-23") from None


def _view(fields: JSON) -> View:
    plain = View()
    step = fields.get("step")
    return View(
        tab=one_of(fields.get("tab", plain.tab), Tab, "view.tab"),
        lens=one_of(fields.get("lens", plain.lens), Lens, "view.lens"),
        would=fields.get("would") is True,
        example=as_integer(fields.get("example", 0), "view.example"),
        page=as_integer(fields.get("page", 1), "view.page"),
        pin=_pin(fields.get("pin")),
        step=None if step is None else as_integer(step, "view.step"),
        theme=one_of(fields.get("theme", plain.theme), Theme, "view.theme"),
    )


def _pin(value: object) -> tuple[int, int] | None:
    if value is None:
        return None
    if not isinstance(value, list) or len(value) != 2:
        raise Unfit("`view.pin` is no pair")
    start, end = (as_integer(place, "view.pin") for place in value)
    if start >= end:
        raise Unfit("`view.pin` is no stretch of tokens")
    return start, end


def _check(value: object) -> Check | None:
    if value is None:
        return None
    fields = as_object(value, "check")
    tokens, every = (as_integer(fields.get(name), f"check.{name}") for name in ("tokens", "every"))
    digits = as_text(fields.get("digits"), "check.digits")
    if every < 1 or len(digits) != -(-tokens // every) or set(digits) - set(DIGITS):
        raise Unfit("`check` does not fit its tokens")
    return Check(tokens, every, digits)


def _check_text(value: object) -> None:
    """Refuse what cannot be shown or written again: half characters, and nesting without end."""
    layer, depth = [value], 0
    while layer:
        if depth > DEEPEST:
            raise Unfit("its values lie too deep in each other")
        for text in layer:
            if isinstance(text, str) and not _is_whole(text):
                raise Unfit("it holds half of a character")
        layer = [inner for one in layer for inner in _within(one)]
        depth += 1


def _within(value: object) -> list[Any]:
    if isinstance(value, Mapping):
        return [*value, *value.values()]
    return value if isinstance(value, list) else []


def _is_whole(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _number(text: str) -> float:
    if math.isinf(found := float(text)):
        raise ValueError(text)
    return found


def _no_number(text: str) -> float:
    raise ValueError(text)
