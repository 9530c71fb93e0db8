"""Sheets made by hand."""

from __future__ import annotations

from collections.abc import Sequence

from lossmask.core.files.sheet import DrawnToken, Sheet, SheetExample, SheetFinding, SheetTurn

DIGEST = "ab" * 32


def token(text: str, state: str = "masked", **fields: bool) -> DrawnToken:
    return DrawnToken(text, text, state, **fields)  # type: ignore[arg-type]


def sheet(
    tokens: Sequence[DrawnToken],
    *,
    role: str = "assistant",
    verdict: str = "1 of 2 tokens trains.",
    link: str | None = "http://127.0.0.1:8000/#v1.abc",
    findings: tuple[SheetFinding, ...] = (),
    settings: tuple[tuple[str, str], ...] = (("tokenizer", "bundled"),),
    cut: int = 0,
    examples: int = 1,
) -> Sheet:
    """One turn of these tokens."""
    trained = sum(one.state == "trained" for one in tokens)
    turns = (SheetTurn(role, 1, len(tokens), trained, ("no", "yes"), 0),)
    one = SheetExample(verdict, turns, cut, lambda start, end: tokens[start:end])
    return Sheet(
        examples=(one,) * examples,
        parts=("header", "content"),
        findings=findings,
        settings=settings,
        versions=(("lossmask", "0.1.0"),),
        digest=DIGEST,
        link=link,
        local=True,
    )
