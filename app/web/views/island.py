"""What the page's script needs to explain any token: columns, sources and reasons, as plain JSON.

Columns of many equal neighbours travel as run lengths (see `columns.packed`). They cover
the tokens that are drawn, `start` to `end`; offsets count characters of the whole text.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ...core.analysis import Analysis, ExampleAnalysis, Finding
from ...core.conversation import Conversation
from ...core.example import FloatArray
from ...core.losses import Losses
from ...core.parts import PARTS
from .columns import StateColumn, packed
from .findings import findings_of

JSON = dict[str, Any]


def island(
    analysis: Analysis,
    analysed: ExampleAnalysis,
    states: StateColumn,
    conversation: Conversation,
    start: int,
    end: int,
) -> JSON:
    """Everything but the drawing."""
    return {
        "start": start,
        "total": len(states),
        "parts": list(PARTS),
        "text": analysed.example.rendering.text,
        "columns": _columns(analysed, states, start, end),
        "reasons": [reason.sentence for reason in analysis.reason_table],
        "sources": _sources(analysed),
        "messages": list(conversation.messages),
        "template": analysis.template.source if analysis.template else "",
        "findings": [_finding(finding) for finding in findings_of(analysis, analysed)],
        "losses": _losses(analysed.losses, slice(start, end)),
        "whole": whole_loss(analysis),
    }


def _columns(analysed: ExampleAnalysis, states: StateColumn, start: int, end: int) -> JSON:
    example, drawn = analysed.example, slice(start, end)
    tokens = example.tokens
    return {
        "ids": tokens.ids[drawn].tolist(),
        "starts": tokens.offsets[drawn, 0].tolist(),
        "ends": tokens.offsets[drawn, 1].tolist(),
        "pieces": list(tokens.pieces[drawn]),
        "labels": _labels(analysed, drawn),
        "states": packed(states[drawn]),
        "special": packed(tokens.special[drawn].astype("uint8")),
        "weights": packed(example.weights[drawn]),
        "parts": packed(analysed.parts[drawn]),
        "reasons": packed(example.reasons[drawn]),
        "messages": packed(analysed.messages[drawn]),
        "coefficients": _packed(analysed.coefficients[drawn]),
    }


def whole_loss(analysis: Analysis) -> float:
    """What a token's contribution is a share of: the loss of all examples, as far as it is known.

    Without losses it is the sum of coefficients, as though every token's loss were the same.
    """
    return float(sum(np.nansum(one.contributions) for one in analysis.examples))


def _packed(column: FloatArray) -> list[Any]:
    """As `packed`, with null for what is not known."""
    return [None if value == np.inf else value for value in packed(np.nan_to_num(column, nan=np.inf))]


def _losses(losses: Losses | None, drawn: slice) -> JSON | None:
    """Numbers of six digits are enough to read; pieces of likely tokens travel once each."""
    if losses is None:
        return None
    likeliest = None if losses.likeliest is None else losses.likeliest[drawn]
    return {
        "source": losses.source,
        "cross_entropy": [_short(value) for value in losses.cross_entropy[drawn].tolist()],
        "ranks": None if losses.ranks is None else losses.ranks[drawn].tolist(),
        "likeliest": None
        if likeliest is None
        else [[part for one in row for part in (one.id, _short(one.probability))] for row in likeliest],
        "pieces": {one.id: one.piece for row in likeliest or () for one in row},
    }


def _short(value: float) -> float | None:
    return None if np.isnan(value) else float(f"{value:.6g}")


def _labels(analysed: ExampleAnalysis, drawn: slice) -> list[int] | None:
    """None where every label is -100 or the token's own id, which the states tell already."""
    labels, ids = analysed.example.labels[drawn], analysed.example.tokens.ids[drawn]
    plain = bool(((labels == ids) | (labels == -100)).all())
    return None if plain else labels.tolist()


def _sources(analysed: ExampleAnalysis) -> JSON:
    rendering = analysed.example.rendering
    return {
        "origins": [origin.as_json() for origin in rendering.origins],
        "starts": rendering.starts.tolist(),
        "origin_ids": rendering.origin_ids.tolist(),
    }


def _finding(finding: Finding) -> JSON:
    return {
        "code": finding.code,
        "severity": finding.severity,
        "sentence": finding.sentence,
        "fix": finding.fix,
        "tokens": [list(span) for span in finding.tokens],
    }
