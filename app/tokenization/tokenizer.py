"""A loaded tokenizer, as the rest of the project sees it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal, Protocol, TypeAlias

from ..core.provenance import IntArray
from ..core.request import Loader
from ..core.tokens import Tokens

TruncationSide: TypeAlias = Literal["left", "right"]


class Tokenizer(Protocol):
    """Encodes text, and knows the chat templates and special tokens that came with it."""

    name: str
    """As the user wrote it: `bundled`, `hub:ORG/NAME`, `local:FOLDER`."""
    revision: str | None
    """The commit it was downloaded at; None where there is none."""
    loader: Loader
    vocabulary_size: int
    chat_templates: Mapping[str, str]
    """Jinja source by name; a single template is named `default`; empty where there is none."""
    special_tokens: Mapping[str, str]
    """`bos_token`, `eos_token` and the like, exactly as transformers passes them to a template."""
    added_tokens: Mapping[int, str]
    """The text of each added token, special or not: those that are matched before any splitting."""
    truncation_side: TruncationSide
    """Where the tokenizer itself cuts; frameworks that slice the ids do not ask it."""
    bos_id: int | None
    eos_id: int | None
    pad_id: int | None

    @property
    def config(self) -> Mapping[str, Any]:
        """`tokenizer_config.json` as it is written; empty where there is none."""
        ...

    @property
    def adds_bos(self) -> bool:
        """Whether BOS is put before plain text that is encoded with special tokens."""
        ...

    @property
    def keeps_letters(self) -> bool:
        """Whether letters come back from their tokens in their own case and with their accents."""
        ...

    def encode(self, text: str, *, add_special_tokens: bool = False) -> Tokens:
        """Tokens of `text`, ids equal to transformers' own."""
        ...

    def encode_literally(self, text: str) -> Tokens:
        """Tokens of `text` in which no special token is looked for: what spells one is text like others."""
        ...

    def encode_many(self, texts: Sequence[str]) -> list[Tokens]:
        """Tokens of each text, as `encode` gives them, in one call on as many threads as there may be."""
        ...

    def decode(self, ids: IntArray) -> str:
        """The text of some tokens as transformers decodes them, special ones kept and no space cleaned up."""
        ...

    def with_special(self, tokens: Sequence[str], eos_token: str | None = None) -> Tokenizer:
        """This tokenizer after transformers' `add_special_tokens` with these, and perhaps another EOS."""
        ...

    def differs_from_file(self, text: str, tokens: Tokens) -> str | None:
        """One sentence where `tokenizer.json` read as it is written gives other ids for `text`, else None."""
        ...
