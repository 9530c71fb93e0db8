"""Where each token of several rows goes when TRL 1.16 packs them, and which of those tokens predict nothing.

Covered: `pack_dataset` (`bfd`, `bfd_split`, `wrapped`) and the labels of the padding-free collator, with
or without packing. Packing drops no row that trains nothing, drops no short last pack, and knows no
`truncation_mode`: `bfd` always keeps a row's beginning.
Not covered: `shuffle_dataset` (rows come as they are packed) and more than one preparing process; TRL
fails where none of a thousand rows has a token. Nor do other frameworks pack so:
- transformers' `DataCollatorWithFlattening` packs nothing; what it flattens is masked as `whole` is.
- Axolotl (`sample_packing`): first fit in the sampler's order (next fit if `sample_packing_sequentially`)
  into packs of `micro_batch_size` x `sequence_len`, or of `sequence_len` with `multipack_real_batches`, whose
  incomplete last batch is dropped; a document's first token keeps its label, and is predicted from the
  document before.
- LLaMA-Factory (`packing`, `neat_packing`): fills one pack after another with the longest row that fits,
  per batch of `datasets.map`; a row longer than `cutoff_len` is dropped, every pack padded to one more than
  that; first tokens keep their labels.
- ms-swift: the `binpacking` package on batches of 1,000 rows that carry the last pack over, or
  next fit (`sequential`); each row's first label is masked.
"""

from __future__ import annotations

from bisect import bisect_left, insort
from collections import defaultdict, deque
from collections.abc import Sequence, Sized
from typing import Literal, NamedTuple, TypeAlias, TypeVar

import numpy as np
from numpy.typing import NDArray

from ...errors import OptionError
from ..example import MASKED
from ..provenance import IntArray

Packing: TypeAlias = Literal["bfd", "bfd_split", "wrapped"]
AnyColumn = TypeVar("AnyColumn", bound=np.generic)

ROWS_AT_ONCE = 1_000
"""TRL packs in batches of `datasets.map`, so rows of different thousands never share a pack."""


class Piece(NamedTuple):
    """Tokens `start` to `stop` (half-open) of row `row`, counted from 0."""

    row: int
    start: int
    stop: int


Pack: TypeAlias = tuple[Piece, ...]
"""One packed sequence: its pieces in order, none of them empty."""


def pack(rows: Sequence[Sized], strategy: Packing, length: int) -> list[Pack]:
    """The packed sequences in TRL's order, each of 1 to `length` tokens. Rows without tokens vanish.

    `bfd`: a row longer than `length` loses its end. `bfd_split`: it is cut into pieces of `length` and
    a rest. Both then take pieces by falling length, each into the fullest pack that still has room.
    `wrapped`: rows end to end, cut every `length` tokens.

    >>> pack(["abcde", "fg", "hij", "k"], "bfd_split", 4)[1]
    (Piece(row=2, start=0, stop=3), Piece(row=0, start=4, stop=5))

    Raises OptionError where `length` is below 1.
    """
    if length < 1:
        raise OptionError("The packing length has to be at least 1.")
    counts = np.fromiter((len(row) for row in rows), np.int64, len(rows))
    packs: list[Pack] = []
    for first in range(0, len(counts), ROWS_AT_ONCE):
        packs += _packed(counts[first : first + ROWS_AT_ONCE], first, strategy, length)
    return packs


def whole(rows: Sequence[Sized]) -> Pack:
    """A padding-free micro-batch without packing: its rows end to end as one sequence."""
    return tuple(Piece(row, 0, len(tokens)) for row, tokens in enumerate(rows) if len(tokens))


def position_ids(pack: Pack, strategy: Packing | None) -> IntArray:
    """(n,) from 0 in every piece; under `wrapped`, which keeps no track of documents, from 0 in the pack.

    >>> position_ids((Piece(2, 0, 3), Piece(0, 4, 5)), "bfd_split").tolist()
    [0, 1, 2, 0]
    """
    sizes = [piece.stop - piece.start for piece in pack]
    if strategy == "wrapped":
        sizes = [sum(sizes)]
    return np.concatenate([np.arange(size, dtype=np.int32) for size in sizes] or [np.zeros(0, np.int32)])


def unused(pack: Pack, strategy: Packing | None) -> NDArray[np.bool_]:
    """(n,) true where no prediction is scored whatever the label: each token at position 0.

    Under `wrapped` that is the first of the pack alone: a row's first token is predicted from the row
    before it. `strategy` None stands for `whole`.
    """
    found: NDArray[np.bool_] = position_ids(pack, strategy) == 0
    return found


def gather(pack: Pack, columns: Sequence[NDArray[AnyColumn]]) -> NDArray[AnyColumn]:
    """(n,) the pack's tokens in a column that each row has: ids, labels, weights."""
    taken = [columns[row][start:stop] for row, start, stop in pack]
    return np.concatenate(taken) if taken else np.zeros(0, columns[0].dtype)


def collated_labels(
    pack: Pack, labels: Sequence[IntArray], strategy: Packing | None, padding_free: bool = False
) -> IntArray:
    """(n,) the labels that TRL's collator gives to the model, from each row's own labels.

    A padding-free batch masks what stands at position 0; the trainer makes one of `bfd` and `bfd_split`
    always and of `wrapped` only when told so. A label that is left at the head of a pack is unused too.
    """
    joined = gather(pack, labels)
    if strategy == "wrapped" and not padding_free:
        return joined
    return np.where(unused(pack, strategy), np.int32(MASKED), joined)


def _packed(counts: NDArray[np.int64], first: int, strategy: Packing, length: int) -> list[Pack]:
    """One thousand's packs; `first` is the number of its first row."""
    if strategy == "wrapped":
        return _wrapped(counts, first, length)
    kept = np.minimum(counts, length) if strategy == "bfd" else counts
    return _best_fit(_pieces(kept, first, length), length)


def _pieces(counts: NDArray[np.int64], first: int, length: int) -> list[Piece]:
    """Every row in pieces of `length` and a rest."""
    return [
        Piece(row, start, min(start + length, count))
        for row, count in enumerate(counts.tolist(), first)
        for start in range(0, count, length)
    ]


def _best_fit(pieces: Sequence[Piece], length: int) -> list[Pack]:
    """By falling size, each into the pack with the least room that suffices; of equals the one longest so."""
    packs: list[list[Piece]] = []
    open_packs = _OpenPacks()
    for piece in sorted(pieces, key=lambda piece: piece.start - piece.stop):
        size = piece.stop - piece.start
        room, chosen = open_packs.take(size) or (length, [])
        if not chosen:
            packs.append(chosen)
        chosen.append(piece)
        open_packs.put(room - size, chosen)
    return [tuple(pieces) for pieces in packs]


class _OpenPacks:
    """Packs by the room that is left in them. Few rooms differ, so a sorted list of those finds the best."""

    def __init__(self) -> None:
        self._waiting: defaultdict[int, deque[list[Piece]]] = defaultdict(deque)
        self._rooms: list[int] = []

    def take(self, size: int) -> tuple[int, list[Piece]] | None:
        """The least room of at least `size`, and the pack that has had it longest; None if there is none."""
        place = bisect_left(self._rooms, size)
        if place == len(self._rooms):
            return None
        room = self._rooms[place]
        chosen = self._waiting[room].popleft()
        if not self._waiting[room]:
            del self._rooms[place]
        return room, chosen

    def put(self, room: int, pack: list[Piece]) -> None:
        """Keep a pack that has room; forget a full one."""
        if not room:
            return
        if not self._waiting[room]:
            insort(self._rooms, room)
        self._waiting[room].append(pack)


def _wrapped(counts: NDArray[np.int64], first: int, length: int) -> list[Pack]:
    """Rows end to end, cut at every row's end and every `length` tokens; the last pack may be short."""
    ends = np.cumsum(counts)
    total = int(counts.sum())
    cuts = np.unique(np.concatenate([ends, np.arange(0, total, length), [0]]))
    starts, stops = cuts[:-1], cuts[1:]
    rows = np.searchsorted(ends, starts, side="right")
    before = (ends - counts)[rows] if len(rows) else rows
    packs: list[list[Piece]] = [[] for _ in range(0, total, length)]
    places = (starts // length, rows + first, starts - before, stops - before)
    for place, *piece in zip(*(column.tolist() for column in places), strict=True):
        packs[place].append(Piece(*piece))
    return [tuple(pieces) for pieces in packs]
