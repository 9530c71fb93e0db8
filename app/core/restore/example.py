"""One example of a stored analysis: its rendering, its tokens, its labels, and what is known of each."""

from __future__ import annotations

from typing import cast

import numpy as np

from ..analysis import ExampleAnalysis, Rendered
from ..difference import Difference
from ..example import Example, Reason
from ..fields import JSON, Unfit, as_object, as_optional_text, as_rows, as_text, as_texts, one_of
from ..losses import Likely, Losses
from ..parts import PART_ID
from ..provenance import NO_MESSAGE, Kind, Origin, Rendering
from ..tokens import Tokens
from .checks import as_optional_integer, as_pair, as_triple, integers, numbers, spans


def example_from(value: JSON, table: tuple[Reason, ...]) -> ExampleAnalysis:
    """One example; raises as the checks do."""
    rendering = _rendering(value)
    tokens = _tokens(value, len(rendering.text))
    count = len(tokens)
    example = Example(
        rendering=rendering,
        tokens=tokens,
        labels=integers(value["labels"], "labels", count, low=-100),
        weights=numbers(value["weights"], "weights", count),
        reasons=integers(value["reasons"], "reasons", count, low=-1, high=max(len(table) - 1, 0)),
        reason_table=table,
        cut_tokens=int(value.get("cut_tokens", 0)),
    )
    messages = [NO_MESSAGE if row is None else row for row in as_rows(value["messages"], "messages")]
    parts = [PART_ID[row] for row in as_rows(value["parts"], "parts")]
    return ExampleAnalysis(
        example=example,
        messages=integers(messages, "messages", count, low=NO_MESSAGE),
        parts=integers(parts, "parts", count).astype(np.uint8),
        coefficients=numbers(value["coefficients"], "coefficients", count),
        difference=_difference(value.get("difference")),
        rendered=_rendered(value.get("rendered")),
        losses=_losses(value.get("losses"), count),
    )


def _tokens(value: JSON, characters: int) -> Tokens:
    ids = integers(value["input_ids"], "input_ids", None)
    count = len(ids)
    pieces = as_texts(value["pieces"], "pieces")
    if len(pieces) != count:
        raise Unfit(f"`pieces` has {len(pieces)} entries, not {count}")
    special = np.zeros(count, dtype=np.bool_)
    special[integers(value["special"], "special", None, 0, max(count - 1, 0))] = True
    return Tokens(ids, spans(value["offsets"], "offsets", count, characters), pieces, special)


def _rendering(value: JSON) -> Rendering:
    text = as_text(value["text"], "text")
    provenance = as_object(value["provenance"], "provenance")
    origins = tuple(_origin(as_object(row, "origins")) for row in as_rows(provenance["origins"], "origins"))
    runs = integers(
        [number for row in as_rows(provenance["runs"], "runs") for number in as_triple(row)], "runs", None
    ).reshape(-1, 3)
    starts, ends, origin_ids = runs[:, 0], runs[:, 1], runs[:, 2]
    tiles = (starts[1:] == ends[:-1]).all() and (starts < ends).all()
    whole = [0, len(text)] == [int(starts[0]), int(ends[-1])] if len(runs) else not text
    if not (tiles and whole) or (len(runs) and int(origin_ids.max()) >= len(origins)):
        raise Unfit("`runs` do not tile the text")
    return Rendering(text, origins, starts.copy(), origin_ids.copy(), np.full_like(starts, NO_MESSAGE))


def _origin(value: JSON) -> Origin:
    path = tuple(step if isinstance(step, int) else as_text(step, "path") for step in value.get("path", ()))
    return Origin(
        kind=one_of(value["kind"], Kind, "origin.kind"),
        message=as_optional_integer(value.get("message")),
        field=as_optional_text(value.get("field"), "origin.field"),
        path=path,
        start=as_optional_integer(value.get("start")),
        line=as_optional_integer(value.get("line")),
        name=as_optional_text(value.get("name"), "origin.name"),
    )


def _difference(value: object) -> tuple[Difference, ...] | None:
    if value is None:
        return None
    return tuple(
        Difference(
            *(cast("tuple[int, int]", tuple(as_pair(row[side], side))) for side in ("example", "rendering"))
        )
        for row in as_rows(value, "difference")
    )


def _rendered(value: object) -> Rendered | None:
    if value is None:
        return None
    row = as_object(value, "rendered")
    text = as_text(row["text"], "rendered.text")
    return Rendered(text, _tokens(row, len(text)))


def _losses(value: object, count: int) -> Losses | None:
    if value is None:
        return None
    row = as_object(value, "losses")
    ranks = row.get("ranks")
    likeliest = row.get("likeliest")
    return Losses(
        source=as_text(row["source"], "losses.source"),
        cross_entropy=numbers(row["cross_entropy"], "cross_entropy", count),
        ranks=None
        if ranks is None
        else integers([-1 if r is None else r for r in ranks], "ranks", count, -1),
        likeliest=None if likeliest is None else tuple(_likeliest(tokens) for tokens in likeliest),
    )


def _likeliest(value: object) -> tuple[Likely, ...]:
    return tuple(
        Likely(int(row["id"]), as_text(row["piece"], "piece"), float(row["probability"]))
        for row in as_rows(value, "likeliest")
    )
