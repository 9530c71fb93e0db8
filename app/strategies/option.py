"""One option of a masking rule: its type, its default, and how it is read and written."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

from ..errors import OptionError

OptionKind: TypeAlias = Literal["flag", "choice", "integer", "text", "list", "json"]
ConfigKind: TypeAlias = Literal["yaml", "python"]
Options: TypeAlias = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Option:
    """One option, named as the framework names it.

    `meaning` is one line for the page. `config` is the line of a configuration that sets the
    option, with `{value}` where the value goes. An option whose default is None may be null;
    another only where `nullable` says so. A choice that is `open` takes other names too, which the
    rule itself answers: a family that it does not cover is no mistake of the user's.
    """

    name: str
    kind: OptionKind
    default: Any
    meaning: str
    choices: tuple[str, ...] = ()
    least: int = 0
    config: str = ""
    nullable: bool = False
    open: bool = False

    @property
    def takes_null(self) -> bool:
        """Whether null is a value of its own."""
        return self.nullable or self.default is None

    def read(self, value: object) -> Any:
        """The value, checked; text out of a form is accepted where it is unambiguous.

        Raises:
            OptionError: `bad-option`, naming the option and what it takes.
        """
        if value == "":
            return self.default
        if self.takes_null and (value is None or value == "null"):
            return None
        if value is None:
            raise OptionError(f"`{self.name}` takes no null.")
        return _READERS[self.kind](self, value)

    def config_line(self, value: Any, kind: ConfigKind) -> str:
        """The line that gives the option this value; empty where there is none, or none is needed.

        >>> Option("eos", "text", "turn", "", config="train_on_eos: {value}").config_line("all", "yaml")
        'train_on_eos: all'
        """
        if value == "":
            return ""
        written = _python(value) if kind == "python" else _yaml(value)
        return self.config.replace("{value}", written)


def _python(value: Any) -> str:
    return repr(list(value) if isinstance(value, tuple) else value)


def _yaml(value: Any) -> str:
    """YAML's flow style; a plain word needs no quotes."""
    if isinstance(value, str) and value.replace("_", "").isalpha() and value.lower() not in _YAML_WORDS:
        return value
    return json.dumps(value, ensure_ascii=False)


_YAML_WORDS = frozenset({"true", "false", "null", "yes", "no", "on", "off", "y", "n"})


def _flag(option: Option, value: object) -> bool:
    known = {"true": True, "false": False, "on": True, "off": False}
    found = value if isinstance(value, bool) else known.get(str(value).lower())
    if found is None:
        raise OptionError(f"`{option.name}` is true or false, not {value!r}.")
    return found


def _integer(option: Option, value: object) -> int:
    try:
        found = int(value) if isinstance(value, str) else value
    except ValueError:
        found = None
    if not isinstance(found, int) or isinstance(found, bool) or found < option.least:
        raise OptionError(f"`{option.name}` is a whole number from {option.least} on, not {value!r}.")
    return found


def _choice(option: Option, value: object) -> str:
    if value not in option.choices and not (option.open and isinstance(value, str)):
        raise OptionError(f"`{option.name}` is one of {', '.join(option.choices)}, not {value!r}.")
    return str(value)


def _text(option: Option, value: object) -> str:
    if not isinstance(value, str):
        raise OptionError(f"`{option.name}` is a text, not {value!r}.")
    return value


def _list(option: Option, value: object) -> list[str]:
    """A list of texts; out of a form, a JSON array or texts between commas."""
    found = value
    if isinstance(value, str):
        is_json = value.lstrip().startswith("[")
        found = _parsed(option, value) if is_json else [part.strip() for part in value.split(",")]
    if not isinstance(found, list | tuple) or not all(isinstance(item, str) for item in found):
        raise OptionError(f"`{option.name}` is a list of texts, not {value!r}.")
    return list(found)


def _json(option: Option, value: object) -> Any:
    return _parsed(option, value) if isinstance(value, str) else value


def _parsed(option: Option, value: str) -> Any:
    try:
        return json.loads(value)
    except (ValueError, RecursionError):
        raise OptionError(f"`{option.name}` is written as JSON, not {value!r}.") from None


_READERS: dict[OptionKind, Callable[[Option, object], Any]] = {
    "flag": _flag,
    "integer": _integer,
    "choice": _choice,
    "text": _text,
    "list": _list,
    "json": _json,
}

MAX_LENGTH = Option(
    "max_length", "integer", None, "Cut every row to this many tokens, on the right.", least=1
)
