"""`lossmask open`: a saved file or a link, analysed again, and held against what it holds.

Covered: `.html` and `.json` files that Lossmask saved, links with a `#v1.…`, and what stands behind
the `#` alone. A link is read here, from its own text: nothing is asked of the server it names.
Where the tokenizer cannot be had, a file's own analysis is shown. Not covered: links of stored
snapshots, which are on their server.
"""

from __future__ import annotations

import asyncio
import re
import sys
from argparse import Namespace
from itertools import groupby

from ..core.analysis import Analysis
from ..core.files import Body
from ..core.files.body import bytes_body
from ..core.state import State, compared, read_link
from ..core.state.structure import Structure
from ..errors import LinkError, LossmaskError, TokenizerError
from ..settings import Settings
from .analyze import find_analysis, print_analysis
from .given import read, with_files
from .terminal import printable

SAME, DIFFERS, AT_FAULT, AS_SAVED = 0, 1, 2, 3
"""Exit codes."""

_LINK = re.compile(r"https?://|#?v[0-9]+\.")


def open_saved(given: Namespace, settings: Settings) -> int:
    """Run the command; gives the exit code."""
    try:
        found = read_given(given.what)
        if given.serve:
            return _serve(found, given.port)
        if isinstance(found, State) and found.structure is not None:
            return _print_structure(found, found.structure)
        return _again(found, settings, as_json=given.json)
    except LossmaskError as error:
        _say(error.detail)
        return AT_FAULT


def read_given(what: str) -> Body | State:
    """What a file or a link holds.

    Raises:
        FileError, LinkError: it holds nothing of ours; or the file cannot be read.
    """
    if not _LINK.match(what):
        return bytes_body(read(what))
    if what.startswith("http") and "#" not in what:
        raise LinkError(
            "This link holds nothing itself: what it shows is stored on its server. Open it in a browser, "
            "and save it there as a file."
        )
    return read_link(what)


def _again(found: Body | State, settings: Settings, *, as_json: bool) -> int:
    state = found.state if isinstance(found, Body) else found
    request = state.request()
    try:
        analysis = asyncio.run(find_analysis(with_files(request, settings), settings))
    except TokenizerError as error:
        if not isinstance(found, Body):
            raise
        return _print_as_saved(found, error, as_json=as_json)
    print_analysis(analysis, request.conversation, as_json=as_json)
    return _compare(state, analysis, "saved" if isinstance(found, Body) else "shared")


def _compare(state: State, analysis: Analysis, verb: str) -> int:
    """One line to standard error, so that the output stays what `analyze` prints."""
    comparison = compared(state, analysis)
    if comparison is None:
        _say(f"Nothing was {verb} to compare the result with.")
        return SAME
    _say(re.sub(r"\b(as|was) shared\b", rf"\1 {verb}", comparison.sentence))
    return SAME if comparison.same else DIFFERS


def _print_as_saved(body: Body, error: TokenizerError, *, as_json: bool) -> int:
    print_analysis(body.analysis, body.conversation, as_json=as_json)
    _say(f"This is the result as it was saved; it was not analysed again. {error.detail}")
    return AS_SAVED


def _print_structure(state: State, structure: Structure) -> int:
    runs = [run for example in structure.examples for run in example]
    trained = sum(run.tokens for run in runs if run.state == "trained")
    print(f"{trained:,} of {sum(run.tokens for run in runs):,} tokens train.")
    for example in structure.examples:
        for message, group in groupby(example, key=lambda run: run.message):
            role = structure.roles[message] if message >= 0 else "outside every turn"
            parts = ", ".join(f"{run.part.replace('_', ' ')} {run.tokens} {run.state}" for run in group)
            print(printable(f"{role}: {parts}"))
    _say("This link holds labels and structure only; nothing in it can be analysed again.")
    return SAME


def _serve(found: Body | State, port: int | None) -> int:
    from .serve import serve

    return serve("127.0.0.1", port, open_browser=True, opened=found)


def _say(sentence: str) -> None:
    print(f"lossmask: {printable(sentence)}", file=sys.stderr)
