"""How Unsloth turns a marker's text into the token ids that it searches for.

With `force_match` the ids are those of the marker alone. Without, they are the longest run
of ids that the marker keeps under up to two spaces or newlines on either side. From 2026.10
on, an edge whose ids change beside other text is cut off, while an added token is left.
What is cut off is optional: it is taken into a match where it is there.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import product
from typing import Literal, TypeAlias

from ..core.tokens import Tokens
from ..tokenization.tokenizer import Tokenizer

Version: TypeAlias = Literal["2026.10", "2026.8"]

_NEIGHBOURS = "\\{aA1(.<}>"
"""The characters whose company an edge has to bear."""
_PADDING_ID = 0
"""Unsloth ends every variant with this id before it compares them."""


@dataclass(frozen=True, slots=True)
class Marker:
    """The tokens of a marker's text, and the half-open stretch of them that has to be there."""

    tokens: Tokens
    start: int
    stop: int

    @property
    def core(self) -> list[int]:
        """What has to be there."""
        return self._ids(self.start, self.stop)

    @property
    def before(self) -> list[int]:
        """What may precede it."""
        return self._ids(0, self.start)

    @property
    def after(self) -> list[int]:
        """What may follow it."""
        return self._ids(self.stop, len(self.tokens))

    def with_after(self) -> Marker:
        """The same, with what may follow made part of the core."""
        return replace(self, stop=len(self.tokens))

    def _ids(self, start: int, stop: int) -> list[int]:
        return self.tokens.ids[start:stop].tolist()  # type: ignore[no-any-return]


def resolve(text: str, tokenizer: Tokenizer, force_match: bool, version: Version) -> Marker | None:
    """The ids that Unsloth searches for; None where it finds none that are stable."""
    tokens = tokenizer.encode(text)
    ids = tokens.ids.tolist()
    texts = [text] if force_match else _variants(text)
    core = _core([tokenizer.encode(variant).ids.tolist() for variant in texts])
    start = next((place for place in range(len(ids)) if ids[place : place + len(core)] == core), None)
    if start is None or not core:
        return None
    marker = Marker(tokens, start, start + len(core))
    return marker if version == "2026.8" else _trimmed(marker, text, tokenizer)


def _variants(text: str) -> list[str]:
    """The marker with none, one or two of its own outer character, or of newlines, on each side."""
    stripped = text.strip()
    left = text[:1] if text.startswith((" ", "\n")) else ""
    right = text[-1:] if text.endswith((" ", "\n")) else ""
    found = []
    for before, after in product(range(3), repeat=2):
        found.append(left * before + stripped + right * after)
        found.append("\n" * before + stripped + "\n" * after)
    return found


def _core(variants: list[list[int]]) -> list[int]:
    first = variants[0]
    run = _longest_common_run([[*variant, _PADDING_ID] for variant in variants])
    if run == [_PADDING_ID] and len(first) == 1 and all(first[0] in variant for variant in variants):
        return first
    if run == [*first, _PADDING_ID] and all(variant == first for variant in variants):
        return first
    return run


def _longest_common_run(rows: list[list[int]]) -> list[int]:
    """The longest run of ids that every row has; of several, whichever the last set gives first.

    Unsloth takes what its set gives, so the sets here are filled in its order.
    """
    for length in range(min(map(len, rows)), 0, -1):
        common = set(_windows(rows[0], length))
        for row in rows[1:]:
            common = {window for window in _windows(row, length) if window in common}
        if common:
            return list(next(iter(common)))
    return []


def _windows(row: Sequence[int], length: int) -> Iterator[tuple[int, ...]]:
    return (tuple(row[start : start + length]) for start in range(len(row) - length + 1))


def _trimmed(marker: Marker, text: str, tokenizer: Tokenizer) -> Marker:
    """The marker without its unstable edges, if what is left holds an added token that can be seen."""
    first, last = _stable_stretch(text, tokenizer, marker.tokens.ids.tolist())
    trimmed = replace(marker, start=max(marker.start, first), stop=min(marker.stop, last))
    anchored = any(tokenizer.added_tokens.get(token, "").strip() for token in trimmed.core)
    return trimmed if anchored else marker


def _stable_stretch(text: str, tokenizer: Tokenizer, ids: list[int]) -> tuple[int, int]:
    """The half-open stretch of ids that stays whatever character touches the text."""
    start, stop = 0, len(ids)
    for neighbour in _NEIGHBOURS:
        stop = min(stop, _shared(ids, tokenizer.encode(text + neighbour).ids.tolist()))
        kept = _shared(ids[::-1], tokenizer.encode(neighbour + text).ids.tolist()[::-1])
        start = max(start, len(ids) - kept)
    return start, stop


def _shared(first: list[int], second: list[int]) -> int:
    pairs = enumerate(zip(first, second, strict=False))
    return next((place for place, (one, other) in pairs if one != other), min(len(first), len(second)))
