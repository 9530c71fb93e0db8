"""A loaded tokenizer: one encode into columns, and what came beside the vocabulary."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from itertools import chain
from typing import TYPE_CHECKING, Any, overload

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
    from tokenizers import Encoding
    from tokenizers import Tokenizer as Backend


_CASED = "AaÄä"


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
        self._description = description
        self._backend = backend
        self._variants: dict[tuple[str, ...], LoadedTokenizer] = {}
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

    @cached_property
    def config(self) -> Mapping[str, Any]:
        """`tokenizer_config.json` as it is written; empty where there is none."""
        path = self._location.folder / "tokenizer_config.json"
        found = json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}
        return found if isinstance(found, dict) else {}

    @cached_property
    def adds_bos(self) -> bool:
        """Whether BOS is put before plain text that is encoded with special tokens."""
        ids = self.encode("a", add_special_tokens=True).ids
        return len(ids) > 0 and int(ids[0]) == self.bos_id

    @cached_property
    def keeps_letters(self) -> bool:
        """Whether letters come back from their tokens in their own case and with their accents."""
        return "".join(self.decode(self.encode(_CASED).ids).split()) == _CASED

    def encode(self, text: str, *, add_special_tokens: bool = False) -> Tokens:
        """Tokens of `text`, ids equal to transformers' own.

        Raises:
            TokenizerError: `lone-surrogate`, where the text holds half of a character;
                `broken-tokenizer`, where the library fails on it.
        """
        try:
            encoding = self._backend.encode(text, add_special_tokens=add_special_tokens)
        except (TypeError, UnicodeEncodeError):
            raise _surrogate(text) from None
        except BaseException as error:
            raise _failed(self.name, error) from None
        return self._tokens(encoding)

    def encode_literally(self, text: str) -> Tokens:
        """Tokens of `text` in which no special token is looked for: what spells one is text like others.

        Raises:
            TokenizerError: `lone-surrogate`, where the text holds half of a character.
        """
        self._backend.encode_special_tokens = True
        try:
            return self.encode(text)
        finally:
            self._backend.encode_special_tokens = self._description.splits_special

    def encode_many(self, texts: Sequence[str]) -> list[Tokens]:
        """Tokens of each text, as `encode` gives them, in one call on as many threads as there may be.

        Raises:
            TokenizerError: `lone-surrogate`, where a text holds half of a character;
                `broken-tokenizer`, where the library fails on one.
        """
        try:
            encodings = self._backend.encode_batch(list(texts), add_special_tokens=False)
        except (TypeError, UnicodeEncodeError):
            broken = next((text for text in texts if _place_of_surrogate(text) is not None), "")
            raise _surrogate(broken) from None
        except BaseException as error:
            raise _failed(self.name, error) from None
        return [self._tokens(encoding) for encoding in encodings]

    def _tokens(self, encoding: Encoding) -> Tokens:
        ids = np.array(encoding.ids, dtype=np.int32)
        # Half the time of np.array(encoding.offsets): 27 ms against 43 at 106k tokens.
        flat = np.fromiter(chain.from_iterable(encoding.offsets), dtype=np.int32, count=2 * len(ids))
        return Tokens(ids, flat.reshape(-1, 2), Pieces(ids, self), self._special[ids])

    def decode(self, ids: IntArray) -> str:
        """The text of some tokens as transformers decodes them, special ones kept and no space cleaned up."""
        return self._backend.decode(ids.tolist(), skip_special_tokens=False)

    def with_special(self, tokens: Sequence[str], eos_token: str | None = None) -> LoadedTokenizer:
        """This tokenizer after transformers' `add_special_tokens` with these, and perhaps another EOS.

        Tokens become special and take no white space along; those that are absent are added.
        """
        key = (*tokens, eos_token or "")
        if key not in self._variants:
            self._variants[key] = self._with_special(tokens, eos_token)
        return self._variants[key]

    def _with_special(self, tokens: Sequence[str], eos_token: str | None) -> LoadedTokenizer:
        eos = {} if eos_token is None else {"eos_token": eos_token}
        description = replace(self._description, special_tokens={**self.special_tokens, **eos})
        backend = _with_added(self._backend, [*tokens, *eos.values()])
        return LoadedTokenizer(self._location, self.loader, description, backend)

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
        return read_written(self._location.folder, self._backend, rebuilt=self._description.rebuilt)

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


def _with_added(backend: Backend, tokens: Sequence[str]) -> Backend:
    """The backend itself where it has these tokens as they should be, else a copy that has."""
    from tokenizers import AddedToken, Tokenizer

    wanted = [AddedToken(token, normalized=False, special=True) for token in dict.fromkeys(tokens)]
    known = list(backend.get_added_tokens_decoder().values())
    if all(token in known for token in wanted):
        return backend
    copy: Backend = Tokenizer.from_str(backend.to_str())
    copy.add_special_tokens(wanted)
    return copy


def _added_tables(backend: Backend) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """(vocabulary,) which ids are special, and which are added at all."""
    added = backend.get_added_tokens_decoder()
    size = max([backend.get_vocab_size(), *(index + 1 for index in added)])
    tables = np.zeros((2, size), dtype=bool)
    for index, token in added.items():
        tables[:, index] = token.special, True
    return tables[0], tables[1]


def _place_of_surrogate(text: str) -> int | None:
    places = (index for index, character in enumerate(text) if "\ud800" <= character <= "\udfff")
    return next(places, None)


def _failed(name: str, error: BaseException) -> BaseException:
    """What the library raised while it encoded; a panic of it derives from BaseException alone."""
    if isinstance(error, MemoryError):
        return error
    if not isinstance(error, Exception) and type(error).__name__ != "PanicException":
        return error
    said = str(error).strip().partition("\n")[0][:200] or type(error).__name__
    return TokenizerError(f"{name} failed on this text: {said}", code="broken-tokenizer")


def _surrogate(text: str) -> TokenizerError:
    place = _place_of_surrogate(text) or 0
    return TokenizerError(
        f"Character {place} of the rendered text is half of a surrogate pair, which no tokenizer can encode.",
        code="lone-surrogate",
    )
