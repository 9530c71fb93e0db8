"""What the page's script needs to explain any token: columns, sources and reasons, as plain JSON.

Columns of many equal neighbours travel as run lengths (see `columns.packed`). They cover
the tokens that are drawn, `start` to `end`; offsets count characters of the whole text.
"""

from __future__ import annotations

from typing import Any

from ...core.analysis import Analysis, ExampleAnalysis, Finding
from ...core.conversation import Conversation
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
        "contributions": packed(analysed.contributions[drawn]),
    }


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
