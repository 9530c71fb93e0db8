"""Where Unsloth finds the replies in the ids of a row.

A reply begins after a match of `response_part`. At 2026.10 it ends with the first EOS, or
before the first BOS, message opener (the special tokens that both markers begin with),
`response_part` or `instruction_part`; at 2026.8 before the next `instruction_part` alone.
Kept as they are: the last token of a row belongs to the reply even where a marker begins
there; at 2026.8 an optional token is looked for one place too late, and the token after
an `instruction_part` is passed over.
"""

from __future__ import annotations

from typing import Literal, NamedTuple, TypeAlias

from ..tokenization.tokenizer import Tokenizer
from .unsloth_marker import Marker, Version

EndedBy: TypeAlias = Literal["eos", "bos", "opener", "response_part", "instruction_part", "row"]


class Reply(NamedTuple):
    """A reply's tokens, half-open and perhaps none, and where the match before them begins."""

    opened: int
    start: int
    end: int
    ended_by: EndedBy


class Boundaries(NamedTuple):
    """What may end a reply beside `instruction_part`; nothing at 2026.8."""

    eos: int | None = None
    bos: int | None = None
    opener: tuple[int, ...] = ()


class Markers(NamedTuple):
    """Both markers, and what else ends a reply."""

    instruction: Marker
    response: Marker
    boundaries: Boundaries | None


def join_markers(instruction: Marker, response: Marker, tokenizer: Tokenizer, version: Version) -> Markers:
    """Both markers, widened where trimming left one that the other begins with."""
    if version == "2026.8":
        return Markers(instruction, response, None)
    if _begins(instruction.core, response.core):
        response = response.with_after()
    if _begins(response.core, instruction.core):
        instruction = instruction.with_after()
    opener = _opener(instruction, response, tokenizer)
    return Markers(instruction, response, Boundaries(tokenizer.eos_id, tokenizer.bos_id, opener))


def _begins(ids: list[int], prefix: list[int]) -> bool:
    return ids[: len(prefix)] == prefix


def _opener(instruction: Marker, response: Marker, tokenizer: Tokenizer) -> tuple[int, ...]:
    """What both markers begin with, if it is special tokens and one of them can be seen."""
    pairs = list(zip(instruction.core, response.core, strict=False))
    length = next((place for place, (one, other) in enumerate(pairs) if one != other), len(pairs))
    stretch = slice(response.start, response.start + length)
    named = set(tokenizer.special_tokens.values())
    special = zip(response.tokens.special[stretch].tolist(), response.tokens.pieces[stretch], strict=True)
    if not all(flag or piece in named for flag, piece in special):
        return ()
    opener = tuple(response.core[:length])
    return opener if any(tokenizer.added_tokens.get(token, "").strip() for token in opener) else ()


def find_replies(ids: list[int], markers: Markers) -> list[Reply]:
    """The replies of a row, in order."""
    scan, found, place = _Scan(ids, markers), [], 0
    while place < len(ids):
        if not scan.at(place, scan.response):
            place += 1
            continue
        start = scan.past(place + len(scan.response), markers.response.after)
        reply, place = scan.reply(place, start)
        if reply is not None:
            found.append(reply)
    return found


class _Scan:
    """One row, and the ids to look for in it."""

    def __init__(self, ids: list[int], markers: Markers) -> None:
        self.ids = ids
        self.response, self.question = markers.response.core, markers.instruction.core
        self.before, self.after = markers.instruction.before, markers.instruction.after
        self.boundaries = markers.boundaries
        self.lag = 0 if markers.boundaries else 1

    def at(self, place: int, marker: list[int] | tuple[int, ...]) -> bool:
        """Whether the marker begins here."""
        return self.ids[place] == marker[0] and self.ids[place : place + len(marker)] == list(marker)

    def past(self, place: int, optional: list[int]) -> int:
        """One past the optional tokens that follow."""
        for token in optional:
            if place + self.lag >= len(self.ids) or self.ids[place + self.lag] != token:
                break
            place += 1
        return place

    def reply(self, opened: int, start: int) -> tuple[Reply | None, int]:
        """The reply that begins at `start`, and where to go on."""
        last, resume = len(self.ids) - 1, start
        for place in range(start, len(self.ids)):
            ended_by = self._boundary(place)
            if ended_by is not None:
                end = place + (ended_by == "eos")
                return Reply(opened, start, end, ended_by), end
            if place == last:
                return self._closed(Reply(opened, start, place, "row"), resume)
            if self.ids[place] == self.question[0]:
                # Unsloth goes on from the last token that could have begun the marker.
                resume = place + len(self.question)
                if self.at(place, self.question):
                    return self._closed(Reply(opened, start, place, "instruction_part"), resume)
        return None, len(self.ids)

    def _boundary(self, place: int) -> EndedBy | None:
        if self.boundaries is None:
            return None
        token, (eos, bos, opener) = self.ids[place], self.boundaries
        if token == eos:
            return "eos"
        if token == bos:
            return "bos"
        if opener and self.at(place, opener):
            return "opener"
        return "response_part" if self.at(place, self.response) else None

    def _closed(self, reply: Reply, resume: int) -> tuple[Reply, int]:
        """The reply without the optional tokens before the marker that ends it."""
        end = reply.end
        for token in reversed(self.before):
            if end < 1 or self.ids[end - 1] != token:
                break
            end -= 1
        resume = self.past(resume, self.after)
        if end == len(self.ids) - 1:
            return reply._replace(end=end + 1), len(self.ids)
        return reply._replace(end=end), resume + self.lag
