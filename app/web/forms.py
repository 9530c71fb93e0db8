"""The page's form: fields as the user left them, and the analysis request that they make.

Covered: reading fields and turning them into a request. Not covered: what is valid, which the
parsers, strategies and tokenizers say themselves. Nothing is dropped on the way, so that a
form with a fault goes back to the user as it came.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any, Literal, TypeAlias, get_args

from ..core.conversation import Conversation
from ..core.request import PASTE_OPTIONS, AnalysisRequest, Choice, Loader, LossSource
from ..core.state import State
from ..errors import OptionError
from ..strategies.registry import STRATEGIES, strategy

Theme: TypeAlias = Literal["system", "light", "dark", "projector"]
View: TypeAlias = Literal["text", "table", "raw", "labels", "shift"]
Lens: TypeAlias = Literal["label", "weight", "loss"]
"""What tokens are coloured by."""

OPTION = "option."
ARGUMENT = "argument."
REDUCTION = "reduction."
FOUND = "found."
"""Before the name of an option that a page worked out; it counts once its strategy is chosen."""
_PLACE = re.compile(r"([0-9]{1,9}):([0-9]{1,9})")
PASTED = "pasted"
OWN = "own"


@dataclass(frozen=True, slots=True)
class AnalysisForm:
    """Every field of the page, as text unless it could only come from a control of the page.

    `options` are keyed `STRATEGY.OPTION`, so that each strategy's choices outlive a switch to
    another; `arguments` are the template arguments by name; `more_arguments` is a JSON object.
    `token` is a token of `example` to go to, whose page counts before `page`.
    An empty `reduction` is the strategy's own, and `reduction_options` are keyed as `options` are.
    With `would`, the loss of masked tokens is coloured too.
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
    reduction: str = ""
    reduction_options: Mapping[str, str] = field(default_factory=dict)
    arguments: Mapping[str, str] = field(default_factory=dict)
    more_arguments: str = ""
    losses: str = ""
    loss_model: str = ""
    loss_values: str = ""
    loss_kind: str = ""
    loss_alignment: str = ""
    today: str = ""
    theme: Theme = "system"
    view: View = "text"
    lens: Lens = "label"
    would: bool = False
    page: int = 1
    example: int = 0
    token: int | None = None
    copy_of: str = ""
    """The snapshot that these fields are a copy of, and what it asked for (see `views.snapshot`)."""
    copy_mark: str = ""
    shared: State | None = None
    """The state that these fields came out of, once."""

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
        """Every field that lasts; `from_fields` reads them back.

        The theme is not among them, which every page has a control for, nor the token gone to.
        """
        plain = ("conversation", "format", "row", "tokenizer", "loader", "template", "template_source")
        rest = ("strategy", "reduction", "more_arguments", "today", "view", "lens", "page", "example")
        return [
            *((name, str(getattr(self, name))) for name in (*plain, *rest)),
            *([("would", "on")] if self.would else []),
            *([("copy_of", self.copy_of), ("copy_mark", self.copy_mark)] if self.copy_of else []),
            *((f"{OPTION}{name}", text) for name, text in self.options.items()),
            *((f"{REDUCTION}{name}", text) for name, text in self.reduction_options.items()),
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
            reduction=self.reduction_choice(),
            today=self._today(),
            losses=self.loss_source(),
        )

    def loss_source(self) -> LossSource | None:
        """Where losses are to be found, once they are asked for; None where the form names nothing."""
        if self.losses == "endpoint":
            return LossSource("endpoint")
        if self.losses == "model" and self.loss_model:
            return LossSource("model", tokenizer_name(self.loss_model))
        if self.losses == "pasted" and self.loss_values.strip():
            return LossSource("pasted", self.loss_values, self._paste_options())
        return None

    def _paste_options(self) -> dict[str, str]:
        chosen = {"kind": self.loss_kind, "alignment": self.loss_alignment}
        return {name: choice for name, choice in chosen.items() if choice in PASTE_OPTIONS[name]}

    def strategy_options(self) -> dict[str, Any]:
        """The chosen strategy's options as typed, those left empty not among them."""
        known = {option.name for option in strategy(self.strategy).options}
        prefix = f"{self.strategy}."
        typed = {
            key.removeprefix(prefix): text for key, text in self.options.items() if key.startswith(prefix)
        }
        return {name: text for name, text in typed.items() if text != "" and name in known}

    def reduction_choice(self) -> Choice | None:
        """The chosen reduction with what was typed into its options; None leaves it to the strategy."""
        if not self.reduction:
            return None
        prefix = f"{self.reduction}."
        typed = self.reduction_options.items()
        given = {key.removeprefix(prefix): text for key, text in typed if key.startswith(prefix)}
        return Choice(self.reduction, {name: text for name, text in given.items() if text != ""})

    def template_arguments(self) -> dict[str, Any]:
        """Arguments for the chat template; text that is JSON counts as JSON, other text as itself.

        Raises:
            OptionError: `bad-arguments`, where the field for further arguments holds no JSON object.
        """
        given = {name: json_or_text(text) for name, text in self.arguments.items() if text != ""}
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
    theme, view, lens = values.get("theme"), values.get("view"), values.get("lens")
    return {
        "options": {**_prefixed(values, OPTION), **_found(values)},
        "reduction": values.get("reduction", ""),
        "reduction_options": _prefixed(values, REDUCTION),
        "arguments": _prefixed(values, ARGUMENT),
        "more_arguments": values.get("more_arguments", ""),
        "losses": values.get("losses", ""),
        "loss_model": values.get("loss_model", "").strip(),
        "loss_values": _lines(values.get("loss_values", "")),
        "loss_kind": values.get("loss_kind", ""),
        "loss_alignment": values.get("loss_alignment", ""),
        "today": values.get("today", ""),
        "theme": theme if theme in get_args(Theme) else "system",
        "view": view if view in get_args(View) else "text",
        "lens": lens if lens in get_args(Lens) else "label",
        "would": values.get("would") == "on",
        "page": max(1, _number(values, "page", 1)),
        "example": max(0, _number(values, "example", 0)),
        "copy_of": values.get("copy_of", ""),
        "copy_mark": values.get("copy_mark", ""),
        **_at(values.get("at", "")),
        **_at(values.get("pin", ""), "shift"),
    }


def _at(text: str, view: View = "text") -> dict[str, int | str]:
    """A place that a finding, a chip, the strip or a prediction leads to, as its link names it.

    >>> _at("0:40000"), _at("")
    ({'example': 0, 'token': 40000, 'view': 'text'}, {})
    """
    found = _PLACE.fullmatch(text)
    if found is None:
        return {}
    return {"example": int(found[1]), "token": int(found[2]), "view": view}


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


def json_or_text(text: str) -> Any:
    """The value of a JSON text; of any other, the text itself."""
    try:
        return json.loads(text)
    except ValueError:
        return text
