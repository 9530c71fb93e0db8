"""The page's form: fields as the user left them, and the analysis request that they make.

Covered: reading fields and turning them into a request. Not covered: what is valid, which the
parsers, strategies and tokenizers say themselves. Nothing is dropped on the way, so that a
form with a fault goes back to the user as it came.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any, Literal, TypeAlias, get_args

from ..core.conversation import Conversation
from ..core.request import AnalysisRequest, Choice, Loader
from ..errors import OptionError
from ..strategies.registry import STRATEGIES, strategy

Theme: TypeAlias = Literal["system", "light", "dark", "projector"]
View: TypeAlias = Literal["text", "table", "raw", "labels"]

OPTION = "option."
ARGUMENT = "argument."
FOUND = "found."
"""Before the name of an option that a page worked out; it counts once its strategy is chosen."""
PASTED = "pasted"
OWN = "own"


@dataclass(frozen=True, slots=True)
class AnalysisForm:
    """Every field of the page, as text unless it could only come from a control of the page.

    `options` are keyed `STRATEGY.OPTION`, so that each strategy's choices outlive a switch to
    another; `arguments` are the template arguments by name; `more_arguments` is a JSON object.
    """

    conversation: str = ""
    format: str = "auto"
    row: int = 0
    tokenizer: str = "bundled"
    loader: str = "auto"
    template: str = "bundled:llama-3"
    template_source: str = ""
    strategy: str = "assistant-turns"
    options: Mapping[str, str] = field(default_factory=dict)
    arguments: Mapping[str, str] = field(default_factory=dict)
    more_arguments: str = ""
    today: str = ""
    theme: Theme = "system"
    view: View = "text"
    page: int = 1
    example: int = 0

    @classmethod
    def from_fields(cls, fields: Iterable[tuple[str, str]]) -> AnalysisForm:
        """Read posted fields; of a field that is there twice, as checkboxes are, the last counts.

        >>> AnalysisForm.from_fields([("row", "2"), ("row_step", "1")]).row
        3
        """
        values = dict(fields)
        form = cls(
            conversation=_lines(values.get("conversation", "")),
            format=values.get("format") or "auto",
            row=max(0, _number(values, "row", 0) + _number(values, "row_step", 0)),
            tokenizer=values.get("tokenizer", "").strip() or "bundled",
            loader=values.get("loader") or "auto",
            template=values.get("template") or OWN,
            template_source=_lines(values.get("template_source", "")),
            strategy=values.get("strategy") or "assistant-turns",
        )
        return replace(form, **_rest(values))

    def with_example(self, conversation: str, template: str) -> AnalysisForm:
        """The form with a prepared conversation and the chat template that suits it."""
        return replace(self, conversation=conversation, template=template, format="auto", row=0)

    def fields(self) -> list[tuple[str, str]]:
        """Every field but the theme, which every page has a control for; `from_fields` reads them back."""
        plain = ("conversation", "format", "row", "tokenizer", "loader", "template", "template_source")
        rest = ("strategy", "more_arguments", "today", "view", "page", "example")
        return [
            *((name, str(getattr(self, name))) for name in (*plain, *rest)),
            *((f"{OPTION}{name}", text) for name, text in self.options.items()),
            *((f"{ARGUMENT}{name}", text) for name, text in self.arguments.items()),
        ]

    def options_by_strategy(self) -> dict[str, dict[str, str]]:
        """What was typed into the options of each strategy, those left empty not among them."""
        found: dict[str, dict[str, str]] = {}
        for key, text in self.options.items():
            name, _, option = key.partition(".")
            if text != "" and name in STRATEGIES:
                found.setdefault(name, {})[option] = text
        return found

    def request(self, conversation: Conversation) -> AnalysisRequest:
        """The analysis that the form asks for.

        Raises:
            OptionError: a field cannot be read.
        """
        return AnalysisRequest(
            conversation=conversation,
            tokenizer=tokenizer_name(self.tokenizer),
            tokenizer_loader=self._loader(),
            chat_template=self._chat_template(),
            template_arguments=self.template_arguments(),
            strategy=Choice(self.strategy, self.strategy_options()),
            today=self._today(),
        )

    def strategy_options(self) -> dict[str, Any]:
        """The chosen strategy's options as typed, those left empty not among them."""
        known = {option.name for option in strategy(self.strategy).options}
        prefix = f"{self.strategy}."
        typed = {
            key.removeprefix(prefix): text for key, text in self.options.items() if key.startswith(prefix)
        }
        return {name: text for name, text in typed.items() if text != "" and name in known}

    def template_arguments(self) -> dict[str, Any]:
        """Arguments for the chat template; text that is JSON counts as JSON, other text as itself.

        Raises:
            OptionError: `bad-arguments`, where the field for further arguments holds no JSON object.
        """
        given = {name: _json_or_text(text) for name, text in self.arguments.items() if text != ""}
        return {**self._more_arguments(), **given}

    def _more_arguments(self) -> dict[str, Any]:
        if not self.more_arguments.strip():
            return {}
        try:
            value = json.loads(self.more_arguments)
        except json.JSONDecodeError as error:
            sentence = f"Further template arguments are a JSON object; column {error.colno}: {error.msg}."
            raise OptionError(sentence, code="bad-arguments") from None
        if not isinstance(value, dict):
            raise OptionError(
                'Further template arguments are a JSON object: {"name": value}.', code="bad-arguments"
            )
        return value

    def _loader(self) -> Loader:
        return "file" if self.loader == "file" else "auto"

    def _chat_template(self) -> str | None:
        if self.template == OWN:
            return None
        return self.template_source if self.template == PASTED else self.template

    def _today(self) -> date | None:
        if not self.today:
            return None
        try:
            return date.fromisoformat(self.today)
        except ValueError:
            raise OptionError(
                f"Today's date is written as 2026-11-23, not {self.today!r}.", code="bad-date"
            ) from None


def tokenizer_name(text: str) -> str:
    """A tokenizer's name as the API takes it; `ORG/NAME` alone means the Hub.

    >>> tokenizer_name("Qwen/Qwen3-8B")
    'hub:Qwen/Qwen3-8B'
    """
    plain = text.strip()
    return f"hub:{plain}" if "/" in plain and ":" not in plain else plain


def _rest(values: Mapping[str, str]) -> dict[str, Any]:
    theme, view = values.get("theme"), values.get("view")
    return {
        "options": {**_prefixed(values, OPTION), **_found(values)},
        "arguments": _prefixed(values, ARGUMENT),
        "more_arguments": values.get("more_arguments", ""),
        "today": values.get("today", ""),
        "theme": theme if theme in get_args(Theme) else "system",
        "view": view if view in get_args(View) else "text",
        "page": max(1, _number(values, "page", 1)),
        "example": max(0, _number(values, "example", 0)),
    }


def _prefixed(values: Mapping[str, str], prefix: str) -> dict[str, str]:
    return {
        name.removeprefix(prefix): _lines(text) for name, text in values.items() if name.startswith(prefix)
    }


def _found(values: Mapping[str, str]) -> dict[str, str]:
    chosen = f"{values.get('strategy')}."
    return {name: text for name, text in _prefixed(values, FOUND).items() if name.startswith(chosen)}


def _number(values: Mapping[str, str], name: str, default: int) -> int:
    try:
        return int(values.get(name) or default)
    except ValueError:
        return default


def _lines(text: str) -> str:
    # A browser posts every line break of a text area as CR LF.
    return text.replace("\r\n", "\n")


def _json_or_text(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return text
