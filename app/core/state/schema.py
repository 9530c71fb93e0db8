"""A state's fields, the request that they make, and their JSON, in which defaults are left out."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Literal, NamedTuple, TypeAlias

from ...errors import LinkError
from ..conversation import Conversation
from ..parsing import Format, parse
from ..request import AnalysisRequest, Choice, Loader
from .check import Check
from .structure import Structure

Tab: TypeAlias = Literal["text", "table", "raw", "labels", "shift"]
Lens: TypeAlias = Literal["label", "weight", "loss"]
Theme: TypeAlias = Literal["system", "light", "dark", "projector"]

PASTED = "pasted"
OWN = "own"

NO_WORDS = "This link holds labels and structure only, so there is nothing in it to analyse again."


class Pasted(NamedTuple):
    """A conversation as it was typed, how it was read (None is by its own evidence), and which row."""

    text: str
    format: Format | None = None
    row: int = 0


class SharedTokenizer(NamedTuple):
    """As the API names it; `revision` is what that name stood for."""

    name: str = "bundled"
    loader: Loader = "auto"
    revision: str | None = None

    @property
    def pinned(self) -> str:
        """The name with the revision that was used, where a name can hold one.

        >>> SharedTokenizer("hub:org/name", revision="ab" * 20).pinned
        'hub:org/name@abab…'
        """
        hub = self.name.startswith("hub:") and self.revision
        return f"{self.name.partition('@')[0]}@{self.revision}" if hub else self.name


class SharedTemplate(NamedTuple):
    """`own`, `named:NAME`, `bundled:NAME`, or `pasted` with its source; `sha256` is of its source,
    or the beginning of that.
    """

    name: str = OWN
    source: str | None = None
    sha256: str | None = None

    @property
    def requested(self) -> str | None:
        """As `AnalysisRequest.chat_template` has it."""
        return self.source if self.name == PASTED else None if self.name == OWN else self.name


class View(NamedTuple):
    """What was in sight. `pin` is a half-open stretch of tokens of `example`; `page` counts from 1."""

    tab: Tab = "text"
    lens: Lens = "label"
    would: bool = False
    example: int = 0
    page: int = 1
    pin: tuple[int, int] | None = None
    step: int | None = None
    theme: Theme = "system"


@dataclass(frozen=True, slots=True)
class State:
    """One analysis to be made again, and what it gave; or its structure alone."""

    app: str
    conversation: Pasted | Conversation | None = None
    tokenizer: SharedTokenizer = field(default_factory=SharedTokenizer)
    template: SharedTemplate = field(default_factory=SharedTemplate)
    template_arguments: Mapping[str, Any] = field(default_factory=dict)
    strategy: Choice = field(default_factory=lambda: Choice("assistant-turns"))
    reduction: Choice | None = None
    today: date | None = None
    view: View = field(default_factory=View)
    versions: Mapping[str, str] = field(default_factory=dict)
    digest: str | None = None
    check: Check | None = None
    structure: Structure | None = None

    def request(self) -> AnalysisRequest:
        """The analysis to be made again.

        Raises:
            LinkError: `link-structure`, where there are no words to analyse.
            ConversationError: the pasted text cannot be read.
        """
        return AnalysisRequest(
            conversation=self.read_conversation(),
            tokenizer=self.tokenizer.pinned,
            tokenizer_loader=self.tokenizer.loader,
            chat_template=self.template.requested,
            template_arguments=self.template_arguments,
            strategy=self.strategy,
            reduction=self.reduction,
            today=self.today,
        )

    def read_conversation(self) -> Conversation:
        """The conversation, read from the paste where it is one; raises as `request` does."""
        if self.conversation is None:
            raise LinkError(NO_WORDS, code="link-structure")
        if isinstance(self.conversation, Conversation):
            return self.conversation
        text, format, row = self.conversation
        return parse(text, format=format, row=row).conversation

    @property
    def template_sha256(self) -> str | None:
        """Of the template that was used."""
        if self.template.source is None:
            return self.template.sha256
        return hashlib.sha256(self.template.source.encode()).hexdigest()

    def as_json(self) -> dict[str, Any]:
        """The state as a link holds it; `read_state` reads it back."""
        fields: dict[str, Any] = {
            "v": 1,
            "app": self.app,
            "conversation": _conversation(self.conversation),
            "tokenizer": _given(self.tokenizer),
            "template": _given(self.template),
            "template_arguments": dict(self.template_arguments),
            "strategy": _choice(self.strategy),
            "reduction": None if self.reduction is None else _choice(self.reduction),
            "today": None if self.today is None else self.today.isoformat(),
            "view": _given(self.view),
            "versions": dict(self.versions),
            "digest": self.digest,
            "check": None if self.check is None else self.check._asdict(),
            "structure": None if self.structure is None else self.structure.as_json(),
        }
        return {name: value for name, value in fields.items() if value not in (None, {})}


def _given(value: SharedTokenizer | SharedTemplate | View) -> dict[str, Any]:
    """The fields that are not at their default."""
    defaults = type(value)()._asdict()
    return {name: found for name, found in value._asdict().items() if found != defaults[name]}


def _conversation(value: Pasted | Conversation | None) -> dict[str, Any] | None:
    if not isinstance(value, Pasted):
        return None if value is None else value.as_json()
    rest = {"format": value.format, "row": value.row}
    return {"text": value.text, **{name: found for name, found in rest.items() if found}}


def _choice(value: Choice) -> dict[str, Any]:
    return {"name": value.name, **({"options": dict(value.options)} if value.options else {})}
