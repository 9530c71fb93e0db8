"""Losses found before, for when the same tokens are asked about again under another masking rule."""

from __future__ import annotations

import hashlib
import json
from collections import OrderedDict

from ..core.analysis import Analysis
from ..core.losses import Losses, targets
from ..core.request import LossSource

MOST_TOKENS = 65_536
"""Of all that are kept: each takes about a kilobyte with its likeliest tokens."""


class KnownLosses:
    """The losses found last, by source and by the ids that they are of."""

    def __init__(self) -> None:
        self._found: OrderedDict[str, tuple[Losses | None, ...]] = OrderedDict()

    def keep(self, source: LossSource | None, analysis: Analysis) -> None:
        """Remember what an analysis came back with; the oldest go where they are too many."""
        if source is None or not analysis.examples:
            return
        self._found[_key(source, analysis)] = tuple(row.losses for row in analysis.examples)
        self._found.move_to_end(_key(source, analysis))
        while self._found and self._tokens() > MOST_TOKENS:
            self._found.popitem(last=False)

    def joined(self, source: LossSource | None, analysis: Analysis) -> Analysis | None:
        """The analysis with its losses, where these are known."""
        if source is None or not analysis.examples:
            return None
        found = self._found.get(_key(source, analysis))
        return None if found is None else analysis.with_losses(found)

    def _tokens(self) -> int:
        rows = (losses for found in self._found.values() for losses in found if losses is not None)
        return sum(len(losses.cross_entropy) for losses in rows)


def _key(source: LossSource, analysis: Analysis) -> str:
    """The same for the same ids and targets alone, whatever their weights."""
    told = json.dumps([source.kind, source.value, dict(source.options)], sort_keys=True, default=str)
    digest = hashlib.sha256(told.encode("utf-8", "surrogatepass"))
    for row in analysis.examples:
        # Which token a pasted value belongs to depends on which labels are used.
        masked = (row.example.labels,) if source.kind == "pasted" else ()
        for column in (row.example.tokens.ids, targets(row.example), *masked):
            digest.update(len(column).to_bytes(8, "little") + column.astype("<i4").tobytes())
    return digest.hexdigest()
