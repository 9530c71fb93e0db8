"""Whether a server or a trainer reads the same tokens: ids and texts compared, position by position.

Texts are compared leniently, since servers write a token's text in several ways: as the
vocabulary spells it, as its characters, or decoded alone, which drops a leading space of some
vocabularies and makes replacement characters of parts of a character. What cannot be compared
counts as equal, so that only a true difference is refused.
"""

from __future__ import annotations

import unicodedata
from functools import cached_property

from ..core.example import Example
from ..core.parsing.scored import Scored, quoted
from ..errors import LossesError
from ..tokenization.pieces import METASPACE, Spelling, bytes_of, spelling_of

REPLACEMENT = "\ufffd"
MOST_COMPARISONS = 2_000_000
"""Of texts, while a reply is looked for; a second or two."""
_BY_ID = "token_id:"
"""What vLLM writes before an id in place of a text, where it is asked to."""
_RAW_BYTES = "bytes:"
"""What OpenAI writes before the bytes of a part of a character."""


class Texts:
    """The ways in which the text of each token of an example may be written."""

    def __init__(self, example: Example) -> None:
        text, tokens = example.rendering.text, example.tokens
        self._ids: list[int] = tokens.ids.tolist()
        self._offsets: list[list[int]] = tokens.offsets.tolist()
        self._spans = [text[start:end] for start, end in self._offsets]
        self._pieces = tokens.pieces
        self._special: list[bool] = tokens.special.tolist()
        self._found: dict[tuple[str, str, str], bool] = {}

    def agree(self, position: int, text: str | None) -> bool:
        """Whether this may be the text of the token there."""
        if not text or text == self._spans[position] or self._shares(position):
            return True
        key = (text, self._spans[position], self._pieces[position])
        if key not in self._found:
            self._found[key] = _is_part(text) or not _forms(text).isdisjoint(self._known(position))
        return self._found[key]

    def id_at(self, position: int) -> int:
        """The id of the token there."""
        return self._ids[position]

    def shown(self, position: int) -> str:
        """The token there, as a sentence shows it."""
        return quoted(self._spans[position] or self._pieces[position])

    def _shares(self, position: int) -> bool:
        """Whether the characters of the token are in part those of a neighbour."""
        offsets = self._offsets
        start, end = offsets[position]
        before = position > 0 and offsets[position - 1][1] > start
        return before or (position + 1 < len(offsets) and 0 < offsets[position + 1][0] < end)

    def _known(self, position: int) -> set[str]:
        piece = self._pieces[position]
        spelt = bytes_of(piece, self._spelling, special=self._special[position]) or b""
        return _forms(self._spans[position]) | _forms(piece) | _forms(spelt.decode("utf-8", "replace"))

    @cached_property
    def _spelling(self) -> Spelling:
        return spelling_of(self._pieces)


def check_tokens(example: Example, row: Scored, at: int, who: str) -> None:
    """Compare the tokens of a row with those of an example from position `at` on; `who` gave the row.

    Raises:
        LossesError: `tokenizers-differ`, with the first position where they do and what both have.
    """
    texts = Texts(example)
    for index in range(len(row)):
        position = at + index
        token, text = _theirs(row, index, texts.id_at(position))
        if token not in (None, texts.id_at(position)) or not texts.agree(position, text):
            theirs = " ".join(filter(None, [_id(token), "" if text is None else quoted(text)]))
            raise LossesError(
                f"The tokenizers differ. Position {position}: this tokenizer has id "
                f"{texts.id_at(position)} {texts.shown(position)}, {who} reads {theirs}.",
                code="tokenizers-differ",
            )


def find_texts(example: Example, row: Scored) -> list[int]:
    """Positions from which on the row's texts are those of the example's tokens; the first two at most.

    Raises:
        LossesError: the texts repeat so much that looking for them takes too long.
    """
    texts, found, left = Texts(example), list[int](), MOST_COMPARISONS
    for at in range(len(example.tokens) - len(row) + 1):
        agreeing = 0
        while agreeing < len(row) and texts.agree(at + agreeing, row.texts[agreeing]):
            agreeing += 1
        left -= agreeing + 1
        if left < 0:
            raise LossesError("The pasted tokens repeat too much for their place to be found.")
        if agreeing == len(row):
            found.append(at)
        if len(found) == 2:
            break
    return found


def _theirs(row: Scored, index: int, ours: int) -> tuple[int | None, str | None]:
    """The id and text of the token that a value is about."""
    entry = row.entries[index].get(ours) if row.entries else None
    if entry is not None:
        return ours, entry.text
    token = row.ids[index] if row.ids else None
    text = row.texts[index] if row.texts else None
    if text is not None and text.startswith(_BY_ID) and text[len(_BY_ID) :].isdecimal():
        return int(text[len(_BY_ID) :][:10]), None
    return token, text


def _is_part(text: str) -> bool:
    """Whether a text stands for a part of a character, which cannot be compared."""
    return REPLACEMENT in text or text.startswith(_RAW_BYTES)


def _forms(text: str) -> set[str]:
    plain = unicodedata.normalize("NFKC", text.replace(METASPACE, " ")).casefold()
    # A text of nothing but space is what it is; of any other, space at its ends does not count.
    return {plain.strip()} if plain.strip() else {plain, plain[1:] if plain.startswith(" ") else plain}


def _id(token: int | None) -> str:
    return "" if token is None else f"id {token}"
