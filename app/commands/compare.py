"""`lossmask compare`: a file's conversation under two settings, and what tells them apart, one line each.

It runs in a worker as it does for the page, under the same limits, and `--json` prints the body
that `POST /api/comparisons` answers.
"""

from __future__ import annotations

import asyncio
import sys
from argparse import Namespace
from collections.abc import Iterator, Sequence
from dataclasses import replace

from ..core.comparison import Comparison, TokenDifference
from ..core.comparison_request import ComparisonRequest
from ..core.request import AnalysisRequest
from ..core.request_text import read_utf8
from ..engine import compare_job
from ..engine.pool import EnginePool
from ..errors import LossmaskError, OptionError
from ..settings import Settings
from .analyze import one_worker, request_of
from .given import option_pairs, plain, read, with_files
from .printing import print_answer
from .terminal import printable

_FLAGS = ("tokenizer", "loader", "template", "today", "strategy")
_LISTS = {"option": "option", "argument": "template_argument"}
_QUOTED = 48
"""Characters of a difference's text that are quoted."""


def compare(given: Namespace, settings: Settings) -> int:
    """Run the command; gives the exit code: 0 where no token differs, else 1."""
    text = ""
    try:
        text = read_utf8(read(given.file))
        a, b = (
            with_files(_request(given, text, side, flag), settings)
            for side, flag in ((given.a, "--a"), (given.b, "--b"))
        )
        found = asyncio.run(_comparison(ComparisonRequest(a, b), settings))
    except LossmaskError as error:
        print(plain(error, given, text), file=sys.stderr)
        return 2
    print_answer(found, lambda: lines(found), as_json=given.json)
    return 0 if found.tokens is not None and not found.tokens.differences else 1


def _request(given: Namespace, text: str, pairs: Sequence[str], flag: str) -> AnalysisRequest:
    """One side: the command line's flags, with the side's own in their place.

    Raises:
        LossmaskError: the text or a flag cannot be read.
    """
    side = Namespace(**vars(given))
    for key, value in option_pairs(pairs, flag):
        name, _, part = key.partition(".")
        if key in _FLAGS:
            setattr(side, key, value)
        elif name in _LISTS and part:
            setattr(side, _LISTS[name], [*getattr(side, _LISTS[name]), f"{part}={value}"])
        else:
            known = ", ".join((*_FLAGS, "option.NAME", "argument.NAME"))
            raise OptionError(f"`{flag}` has no {key!r}; known: {known}.")
    return replace(request_of(side, text), losses=None)


async def _comparison(request: ComparisonRequest, settings: Settings) -> Comparison:
    async with EnginePool(one_worker(settings)) as engine:
        return await engine.run(compare_job.compare, request)


def lines(found: Comparison) -> Iterator[str]:
    """What the terminal shows: one line a difference, then findings of one side only."""
    if found.tokens is None:
        for letter, side in (("A", found.a), ("B", found.b)):
            if not side.examples:
                yield f"{letter}: {side.outcome.kind}: {printable(side.outcome.reason or '')}"
        return
    count = found.tokens.tokens
    yield f"{count:,} token{'' if count == 1 else 's'} differ{'s' if count == 1 else ''}"
    for difference in found.tokens.differences:
        yield _line(found, difference)
    for letter, findings in zip("AB", found.findings, strict=True):
        for finding in findings:
            yield f"only in {letter}: {finding.code} {finding.severity}: {printable(finding.sentence)}"


def _line(found: Comparison, difference: TokenDifference) -> str:
    """Where it is in A and in B, how it differs, and its text."""
    a, b = (f"{start}-{end - 1}" if end > start else "-" for start, end in (difference.a, difference.b))
    example = (found.a if difference.a[0] < difference.a[1] else found.b).examples
    number = found.examples[0 if difference.a[0] < difference.a[1] else 1]
    start, end = difference.a if difference.a[0] < difference.a[1] else difference.b
    offsets = example[number].example.tokens.offsets[start:end]
    text = example[number].example.rendering.text[int(offsets[0, 0]) : int(offsets[-1, 1])]
    quoted = text[:_QUOTED] + ("…" if len(text) > _QUOTED else "")
    return f"A {a}  B {b}  {difference.sentence}: {printable(repr(quoted))}"
