"""Applies a fix to a request, the way someone who copies it would.

Read are fields of a request, lines of a framework's configuration, lines of Python over each
message, and a message to put in place of the last of its role. What is to be written into a
chat template is told apart, since only a person knows where it goes.
"""

from __future__ import annotations

import ast
import json
import re
import unicodedata
from collections.abc import Mapping
from copy import deepcopy
from typing import Any

from lossmask.strategies.option import Option
from lossmask.strategies.registry import strategy

IN_TEMPLATE = re.compile(r"[Ii]n the chat template, .*:\n(?P<snippet>.+)", re.DOTALL)


def applied(fix: str, fields: Mapping[str, Any]) -> dict[str, Any] | None:
    """The fields with the fix applied; None where it cannot be without a person.

    >>> applied('"tokenizer_loader": "auto"', {"tokenizer_loader": "file"})
    {'tokenizer_loader': 'auto'}
    """
    changed = deepcopy(dict(fields))
    done = [_apply(line, changed) for line in fix.splitlines()]
    return changed if any(done) else None


def is_in_template(fix: str, template: object) -> bool:
    """Whether a chat template has what the fix tells to write into it, blanks aside."""
    found = IN_TEMPLATE.search(fix)
    return found is not None and isinstance(template, str) and _dense(found["snippet"]) in _dense(template)


def _apply(line: str, fields: dict[str, Any]) -> bool:
    return _field(line, fields) or _message(line, fields) or _statement(line, fields) or _config(line, fields)


def _field(line: str, fields: dict[str, Any]) -> bool:
    if not re.match(r'"(strategy|chat_template|template_arguments|tokenizer_loader|reduction)": ', line):
        return False
    fields.update(json.loads(f"{{{line}}}"))
    return True


def _message(line: str, fields: dict[str, Any]) -> bool:
    if not line.startswith('{"role": '):
        return False
    said, messages = json.loads(line), _messages(fields)
    place = max(index for index, message in enumerate(messages) if message["role"] == said["role"])
    messages[place] = said
    return True


def _statement(line: str, fields: dict[str, Any]) -> bool:
    if not line.startswith(("message[", "message.pop(")):
        return False
    for message in _messages(fields):
        exec(line, {"message": message, "unicodedata": unicodedata})
    return True


def _config(line: str, fields: dict[str, Any]) -> bool:
    given = fields.get("strategy", {})
    given = {"name": given} if isinstance(given, str) else given
    if "name" not in given:
        return False
    rule = strategy(given["name"])
    read = {option.name: value for option in rule.options if (value := _value(option, line)) is not None}
    if not read:
        return False
    fields["strategy"] = {**given, "options": {**given.get("options", {}), **read}}
    return True


def _value(option: Option, line: str) -> Any:
    before, placed, after = option.config.partition("{value}")
    if not placed or not (line.startswith(before) and line.endswith(after)) or not before:
        return None
    written = line[len(before) : len(line) - len(after)]
    for read in (json.loads, ast.literal_eval):
        try:
            return "null" if (value := read(written)) is None else value
        except (ValueError, SyntaxError):
            continue
    return written


def _messages(fields: dict[str, Any]) -> list[dict[str, Any]]:
    found = fields["conversation"]
    messages: list[dict[str, Any]] = found["messages"] if isinstance(found, dict) else found
    return messages


def _dense(template: str) -> str:
    """Without blanks and the signs that strip them."""
    return re.sub(r"\s|(?<=\{[%{])-|-(?=[%}]\})", "", template)
