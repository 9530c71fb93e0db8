"""An analysis for an issue thread: a code block with the trained text in marks, and tables.

Covered: a stranger's words in a thread. Within the block and within `code` nothing is markup, and
fences are longer than any in the text; elsewhere every sign of Markdown is escaped, and names and
numbers of issues do not call anyone. Bounded, since GitHub takes 65,536 characters.
Not covered: losses, and tokens one by one, for which there is the table (CSV).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import accumulate, groupby

from .sheet import DrawnToken, Sheet, SheetExample, SheetFinding, SheetTurn
from .text import inert, shortened

MOST_CHARACTERS = 24_000
"""Of drawn text, over all examples."""
MOST_TOKENS = 8_000
MOST_TURNS = 60
MOST_FINDINGS = 12
MOST_SETTINGS = 20
LONGEST = 300
"""Characters of one sentence or value."""
LONGEST_ROLE = 40

_MARKS = (("[[", "]]"), ("⟦", "⟧"), ("⟪", "⟫"), ("{{+", "+}}"))
_UNUSED = ("<<", ">>")
_NONE = "\u2013"
_SIGNS = re.compile(r"([\\`*_\[\]<>|~&$]|(?<=www)\.|:(?=//))")
_CALLS = re.compile(r"([@#])")
_INVISIBLE = "\u200b"


def as_markdown(sheet: Sheet) -> str:
    """The whole text."""
    blocks = [
        *_examples(sheet),
        *_findings(sheet.findings),
        *_table("What it was made with", sheet.settings),
        *_table("Versions", sheet.versions),
        *_ends(sheet),
    ]
    return "\n\n".join(blocks) + "\n"


def plain(text: str) -> str:
    r"""A sentence in which nothing is markup; what stands in backticks is code.

    >>> plain("<b> of `a|b`"), plain("@you")
    ('\\<b\\> of `a|b`', '@\u200byou')
    """
    pieces = inert(shortened(text, LONGEST)).split("`")
    whole = len(pieces) % 2 == 1
    if not whole:
        return _escaped("`".join(pieces))
    return "".join(code(piece) if index % 2 else _escaped(piece) for index, piece in enumerate(pieces))


def cell(text: str) -> str:
    """Text as code within a cell of a table, which ends at a bare `|`."""
    return code(text).replace("|", "\\|")


def code(text: str) -> str:
    """Text as code within a line."""
    shown = inert(shortened(text, LONGEST))
    if not shown.strip():
        return f"`{shown}`" if shown else ""
    fence = _fence(shown, 1)
    edge = " " if shown[0] in "` " or shown[-1] in "` " else ""
    return f"{fence}{edge}{shown}{edge}{fence}"


def _escaped(text: str) -> str:
    return _CALLS.sub(rf"\1{_INVISIBLE}", _SIGNS.sub(r"\\\1", text))


def _examples(sheet: Sheet) -> Iterator[str]:
    if sheet.refusal is not None:
        yield f"**{plain(sheet.refusal)}**"
    left = MOST_CHARACTERS
    for number, example in enumerate(sheet.examples, start=1):
        of = f"Example {number} of {len(sheet.examples)}: " if len(sheet.examples) > 1 else ""
        if left <= 0:
            yield f"{len(sheet.examples) - number + 1:,} more examples are left out here."
            return
        yield f"**{of}{plain(example.verdict)}**"
        block, shown = _drawn(example, left)
        left -= len(block)
        yield block
        if shown < example.total or example.cut:
            yield _left_out(example, shown)
        yield from _turns(sheet.parts, example.turns if number == 1 else ())


def _left_out(example: SheetExample, shown: int) -> str:
    more = [f"{example.total - shown:,} more tokens are left out here."] if shown < example.total else []
    cut = [f"The length limit cut {example.cut:,} tokens off."] if example.cut else []
    return " ".join([*more, *cut])


def _drawn(example: SheetExample, most: int) -> tuple[str, int]:
    """A fenced block of the turns and how many tokens are in it; each turn begins with its title."""
    tokens = list(example.draw(0, min(example.total, MOST_TOKENS)))
    titles = {turn.first: _title(turn) for turn in example.turns}
    lengths = (len(token.plain) + len(titles.get(place, "")) for place, token in enumerate(tokens))
    shown = sum(used <= most for used in accumulate(lengths))
    marks = _marks("".join(token.plain for token in tokens[:shown]))
    turns = [turn for turn in example.turns if turn.first < shown]
    text = "\n\n".join(
        f"{titles[turn.first]}:\n{_marked(tokens[turn.first : min(turn.first + turn.tokens, shown)], marks)}"
        for turn in turns
    )
    legend = _legend(tokens[:shown], marks)
    fence = _fence(text, 3)
    return f"{fence}text\n{text}\n{fence}\n\n{legend}", shown


def _title(turn: SheetTurn) -> str:
    return inert(shortened(turn.title, LONGEST_ROLE))


def _legend(tokens: Sequence[DrawnToken], marks: tuple[str, str]) -> str:
    trained = f"`{marks[0]}trained{marks[1]}`, all else masked"
    unused = any(token.state == "unused" for token in tokens)
    return f"{trained}; `{_UNUSED[0]}labelled but unused{_UNUSED[1]}`." if unused else f"{trained}."


def _marked(tokens: Sequence[DrawnToken], marks: tuple[str, str]) -> str:
    around = {"trained": marks, "unused": _UNUSED, "masked": ("", "")}
    runs = groupby(tokens, key=lambda token: token.state)
    return "".join(_run("".join(token.plain for token in run), *around[state]) for state, run in runs).rstrip(
        "\n"
    )


def _run(text: str, begin: str, end: str) -> str:
    """The mark closes before the last line break, so that it stands on the line of its text."""
    body = text.rstrip("\n")
    return f"{begin}{body}{end}{text[len(body) :]}"


def _marks(text: str) -> tuple[str, str]:
    """The first marks that are not in the text."""
    free = (marks for marks in _MARKS if not any(mark in text for mark in marks))
    return next(free, _MARKS[-1])


def _fence(text: str, least: int) -> str:
    longest = max((len(run) for run in re.findall("`+", text)), default=0)
    return "`" * max(least, longest + 1)


def _turns(parts: Sequence[str], turns: Sequence[SheetTurn]) -> Iterator[str]:
    own = [turn for turn in turns if turn.number is not None]
    if not own:
        return
    head = ["turn", "tokens", "trained", *parts]
    rows = [head, ["---"] * len(head)]
    for turn in own[:MOST_TURNS]:
        title = f"{turn.number} {cell(shortened(turn.role, LONGEST_ROLE))}"
        rows.append([title, f"{turn.tokens:,}", f"{turn.trained:,}", *(part or _NONE for part in turn.parts)])
    more = len(own) - MOST_TURNS
    yield _rows(rows) + (f"\n\n{more:,} more turns are left out here." if more > 0 else "")


def _findings(findings: Sequence[SheetFinding]) -> Iterator[str]:
    if not findings:
        return
    lines = ["**Findings**", ""]
    for finding in findings[:MOST_FINDINGS]:
        at = f" Tokens {', '.join(finding.at)}." if finding.at else ""
        lines.append(f"- {finding.severity} `{finding.code}`: {plain(finding.sentence)}{at}")
        lines += _fix(finding.fix) if finding.fix else []
    more = len(findings) - MOST_FINDINGS
    yield "\n".join([*lines, *([f"- {more:,} more"] if more > 0 else [])])


def _fix(fix: str) -> list[str]:
    lines = [inert(line) for line in shortened(fix, LONGEST).split("\n")]
    if len(lines) == 1:
        return [f"  - Fix: {code(fix)}"]
    fence = _fence(fix, 3)
    return ["  - Fix:", "", *(f"    {line}" for line in (f"{fence}text", *lines, fence)), ""]


def _table(title: str, facts: Sequence[tuple[str, str]]) -> Iterator[str]:
    if facts:
        yield _rows(
            [
                [title, ""],
                ["---", "---"],
                *([plain(name), cell(value)] for name, value in facts[:MOST_SETTINGS]),
            ]
        )


def _ends(sheet: Sheet) -> Iterator[str]:
    yield f"Digest of ids and labels: `{sheet.digest}`"
    if sheet.link is None:
        yield "The conversation is too long for a link; attach the saved `.html` or `.json` file instead."
    else:
        local = " (it opens where Lossmask runs at this address)" if sheet.local else ""
        yield f"Open it in Lossmask{local}:\n\n```text\n{inert(sheet.link)}\n```"


def _rows(rows: Sequence[Sequence[str]]) -> str:
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)
