"""Where a part of a conversation stands in its rendering, told by putting other words in its place.

The conversation is rendered again with a sentinel in the part's place; the part is what
differs. A character that the part and a sentinel begin or end with in common would hide
there, so two sentinels are used that share no character at either edge, and the widest
difference is taken:

    text          "<a>zebra<end>"
    with "[[…]]"  "<a>[[…]]<end>"   differs at "zebra"
    with "zz…zz"  "<a>zz…zz<end>"   differs at "ebra"
    the part      "zebra"

What the template writes whatever the part says is in every rendering, and never part of it.
A part that is a sentinel word for word seems to run to the end of the text.
Covered: text, and tokens that overlap it; the same over token ids. Rendering is the caller's.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from typing import TypeAlias

from ..core.spans import shared_prefix
from ..core.tokens import Tokens

SENTINELS = ("[[another message]]", "zzanother messagezz")

Span: TypeAlias = tuple[int, int]
"""Half-open."""


class Locator:
    """One rendering and its tokens, for parts to be located in."""

    def __init__(self, text: str, tokens: Tokens) -> None:
        self._text = text
        self._backwards = text[::-1]
        self._starts: list[int] = tokens.offsets[:, 0].tolist()
        self._ends: list[int] = tokens.offsets[:, 1].tolist()

    def characters(self, others: Iterable[str]) -> Span | None:
        """The widest difference to the renderings with sentinels; None where the part left no character.

        >>> Locator("<a>zebra<end>", tokens).characters(["<a>[[…]]<end>", "<a>zz…zz<end>"])
        (3, 8)
        """
        spans = [self._difference(other) for other in others]
        start, end = min(start for start, _ in spans), max(end for _, end in spans)
        return (start, end) if start < end else None

    def tokens(self, characters: Span) -> Span | None:
        """The tokens that overlap the characters; None where they begin after the last token.

        All tokens of a character that is split into several are among them.
        """
        first = bisect_right(self._ends, characters[0])
        if first >= len(self._ends):
            return None
        return first, bisect_left(self._starts, characters[1])

    def _difference(self, other: str) -> Span:
        start = shared_prefix(self._text, other)
        # The two ends must not overlap where the text around the part repeats itself.
        room = min(len(self._text), len(other)) - start
        return start, len(self._text) - min(shared_prefix(self._backwards, other[::-1]), room)


def differing_ids(ids: Sequence[int], other: Sequence[int]) -> Span | None:
    """The same over token ids, both edges sought within the shorter row; None where one is not found.

    >>> differing_ids([1, 2, 3, 9], [1, 7, 8, 8, 9])
    (1, 3)
    """
    common = min(len(ids), len(other))
    places = range(common)
    start = next((place for place in places if ids[place] != other[place]), None)
    back = next((place for place in places if ids[-1 - place] != other[-1 - place]), None)
    return None if start is None or back is None else (start, len(ids) - back)
