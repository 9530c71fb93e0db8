"""A loaded tokenizer: one encode into columns, and what came beside the vocabulary."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import chain
from typing import TYPE_CHECKING, overload

import numpy as np
from numpy.typing import NDArray

from ..core.provenance import IntArray
from ..core.request import Loader
from ..core.tokens import Tokens
from ..errors import TokenizerError
from .locate import Location
from .tokenizer import TruncationSide
from .written import Written, read_written

if TYPE_CHECKING:
    from tokenizers import Tokenizer as Backend


@dataclass(frozen=True, slots=True)
class Description:
    """What a tokenizer's files say beside its vocabulary.

    `splits_special` says that special tokens are cut up like other text; `rebuilt`, that the
    backend was built from parts of `tokenizer.json` and may differ from it; `truncation_side`,
    at which end the tokenizer itself cuts a text that is too long.
    """

    special_tokens: Mapping[str, str]
    chat_templates: Mapping[str, str] = field(default_factory=dict)
    splits_special: bool = False
    rebuilt: bool = False
    truncation_side: TruncationSide = "right"


class LoadedTokenizer:
    """The Protocol `Tokenizer`, over a `tokenizers` backend, which ids and offsets come from alone."""

    def __init__(
        self, location: Location, loader: Loader, description: Description, backend: Backend
    ) -> None:
        backend.no_truncation()
        backend.no_padding()
        backend.encode_special_tokens = description.splits_special
        self._location = location
        self._backend = backend
        self._rebuilt = description.rebuilt
        self.name = location.name
        self.revision = location.revision
        self.loader: Loader = loader
        self.vocabulary_size: int = backend.get_vocab_size()
        self.chat_templates = description.chat_templates
        self.special_tokens = description.special_tokens
        self.truncation_side: TruncationSide = description.truncation_side
        self.bos_id = self._id("bos_token")
        self.eos_id = self._id("eos_token")
        self.pad_id = self._id("pad_token")
        self._special, self._added = _added_tables(backend)
        self.added_tokens: Mapping[int, str] = {
            index: token.content for index, token in backend.get_added_tokens_decoder().items()
        }

    def _id(self, name: str) -> int | None:
        piece = self.special_tokens.get(name)
        return None if piece is None else self._backend.token_to_id(piece)

    def encode(self, text: str, *, add_special_tokens: bool = False) -> Tokens:
        """Tokens of `text`, ids equal to transformers' own.

        Raises:
            TokenizerError: `lone-surrogate`, where the text holds half of a character.
        """
        try:
            encoding = self._backend.encode(text, add_special_tokens=add_special_tokens)
        except (TypeError, UnicodeEncodeError):
            raise _surrogate(text) from None
        ids = np.array(encoding.ids, dtype=np.int32)
        # Half the time of np.array(encoding.offsets): 27 ms against 43 at 106k tokens.
        flat = np.fromiter(chain.from_iterable(encoding.offsets), dtype=np.int32, count=2 * len(ids))
        return Tokens(ids, flat.reshape(-1, 2), Pieces(ids, self), self._special[ids])

    def decode(self, ids: IntArray) -> str:
        """The text of some tokens as transformers decodes them, special ones kept and no space cleaned up."""
        return self._backend.decode(ids.tolist(), skip_special_tokens=False)

    def is_added(self, ids: IntArray) -> NDArray[np.bool_]:
        """(n,) true for added tokens, special or not: those that are matched before any splitting."""
        return self._added[ids]

    def pieces(self, ids: IntArray) -> list[str]:
        """The vocabulary's entry of each id; an empty one for an id that the vocabulary skips."""
        listed = ids.tolist()
        # Far fewer ids are used than there are, and a table of all takes 0.13 s to make.
        names = {index: self._backend.id_to_token(index) or "" for index in set(listed)}
        return [names[index] for index in listed]

    @cached_property
    def _written(self) -> Written | None:
        if self.loader == "file":
            return None
        return read_written(self._location.folder, self._backend, rebuilt=self._rebuilt)

    def differs_from_file(self, text: str, tokens: Tokens) -> str | None:
        """One sentence where `tokenizer.json` read as it is written gives other ids for `text`, else None."""
        return None if self._written is None else self._written.difference(text, tokens)


class Pieces(Sequence[str]):
    """The vocabulary's entry of each token, looked up when asked for."""

    def __init__(self, ids: IntArray, owner: LoadedTokenizer) -> None:
        self._ids = ids
        self._owner = owner

    def __len__(self) -> int:
        return len(self._ids)

    @overload
    def __getitem__(self, index: int) -> str: ...

    @overload
    def __getitem__(self, index: slice) -> Pieces: ...

    def __getitem__(self, index: int | slice) -> str | Pieces:
        if isinstance(index, slice):
            return Pieces(self._ids[index], self._owner)
        return self._owner.pieces(self._ids[[index]])[0]

    def __iter__(self) -> Iterator[str]:
        return iter(self._list())

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Sequence) and self._list() == list(other)

    __hash__ = None  # type: ignore[assignment]

    def __reduce__(self) -> tuple[object, ...]:
        # A pickle must not carry the whole tokenizer along.
        return (list, (self._list(),))

    def __repr__(self) -> str:
        return repr(self._list())

    def _list(self) -> list[str]:
        return self._owner.pieces(self._ids)


def _added_tables(backend: Backend) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """(vocabulary,) which ids are special, and which are added at all."""
    added = backend.get_added_tokens_decoder()
    size = max([backend.get_vocab_size(), *(index + 1 for index in added)])
    tables = np.zeros((2, size), dtype=bool)
    for index, token in added.items():
        tables[:, index] = token.special, True
    return tables[0], tables[1]


def _surrogate(text: str) -> TokenizerError:
    places = (index for index, character in enumerate(text) if "\ud800" <= character <= "\udfff")
    place = next(places, 0)
    return TokenizerError(
        f"Character {place} of the rendered text is half of a surrogate pair, which no tokenizer can encode.",
        code="lone-surrogate",
    )
