"""What a masking rule is: a name, typed options, a source, and a function to examples.

To add one: a file beside this one with a `STRATEGY`, a line in `registry`, and a test.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

from ..core.example import Example
from ..errors import OptionError
from .context import Context

OptionKind: TypeAlias = Literal["flag", "choice", "integer", "text"]
Options: TypeAlias = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Option:
    """One option, named as the framework names it.

    `meaning` is one line for the page. An `integer` whose default is None may be left unset.
    """

    name: str
    kind: OptionKind
    default: Any
    meaning: str
    choices: tuple[str, ...] = ()
    least: int = 0

    def read(self, value: object) -> Any:
        """The value, checked; text out of a form is accepted where it is unambiguous.

        Raises:
            OptionError: `bad-option`, naming the option and what it takes.
        """
        if value is None or value == "":
            return self.default
        return _READERS[self.kind](self, value)


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
    if value not in option.choices:
        raise OptionError(f"`{option.name}` is one of {', '.join(option.choices)}, not {value!r}.")
    return str(value)


def _text(option: Option, value: object) -> str:
    if not isinstance(value, str):
        raise OptionError(f"`{option.name}` is a text, not {value!r}.")
    return value


_READERS: dict[OptionKind, Callable[[Option, object], Any]] = {
    "flag": _flag,
    "integer": _integer,
    "choice": _choice,
    "text": _text,
}


@dataclass(frozen=True, slots=True)
class Strategy:
    """A masking rule, and what the page, the API, the command line and the docs say of it.

    `source` is the project, version and file that the rule was read in.
    """

    name: str
    title: str
    meaning: str
    framework: str
    version: str
    source: str
    options: tuple[Option, ...]
    examples: Callable[[Context, Options], Sequence[Example]]
    reduction: str = "token-mean"

    def read_options(self, given: Options) -> dict[str, Any]:
        """Every option's value: what was given, checked, or its default.

        Raises:
            OptionError: `bad-option`, also for a name that this strategy does not have.
        """
        known = [option.name for option in self.options]
        for name in given:
            if name not in known:
                raise OptionError(
                    f"{self.name} has no option {name!r}; it has: {', '.join(known) or 'none'}."
                )
        return {option.name: option.read(given.get(option.name)) for option in self.options}


MAX_LENGTH = Option(
    "max_length", "integer", None, "Cut every row to this many tokens, on the right.", least=1
)
