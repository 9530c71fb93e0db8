"""Findings in a few words, for the chips of the verdict and for its sentence."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from ...core.analysis import Finding
from ...findings.registry import RULES
from .columns import count

_TITLES = {rule.code: rule.title for rule in RULES}

_WORDS = {
    "LM103": "a reply is passed over",
    "LM202": "end of turn untrained",
    "LM203": "EOS trained twice",
    "LM204": "padding masks the stop token",
    "LM206": "no token ends the turns",
    "LM301": "header trained",
    "LM304": "prompt tokenized otherwise",
    "LM305": "last character trained in part",
    "LM306": "text of others trained",
    "LM401": "template without generation marks",
    "LM402": "content altered",
    "LM403": "history rewritten",
    "LM404": "thinking out of place",
    "LM405": "special token in content",
    "LM409": "system message changed",
    "LM410": "tools trained the wrong way",
    "LM411": "reasoning left out",
    "LM501": "BOS twice",
    "LM502": "BOS missing",
    "LM503": "the two loaders give other ids",
    "LM504": "unknown tokens",
    "LM505": "tokens do not give the text back",
    "LM601": "a turn is cut",
    "LM602": "all trained tokens cut",
    "LM701": "marker not found",
    "LM702": "marker found elsewhere",
    "LM703": "marker has other tokens in the text",
    "LM704": "parts differ from the whole",
    "LM705": "prompt is no prefix",
    "LM706": "weight not heeded",
    "LM707": "row left out",
    "LM708": "only the last reply trains",
    "LM709": "text twice in the row",
    "LM712": "format is the framework's own",
}


def chip_words(finding: Finding) -> str:
    """A finding in a few words.

    >>> chip_words(Finding("LM201", "error", "…", ((8, 9), (20, 21))))
    '2 stop tokens untrained'
    """
    if finding.code == "LM201":
        return f"{count(max(1, len(finding.tokens)), 'stop token')} untrained"
    return _WORDS.get(finding.code) or title(finding)


def title(finding: Finding) -> str:
    """What its rule is called, which is a sentence without its full stop."""
    return _TITLES.get(finding.code, finding.code)


def by_code(found: Sequence[Finding]) -> tuple[Finding, ...]:
    """Errors, then warnings, those of one code put together with the tokens of all."""
    together: dict[str, Finding] = {}
    for severity in ("error", "warning"):
        for row in (row for row in found if row.severity == severity):
            first = together.setdefault(row.code, replace(row, tokens=()))
            together[row.code] = replace(first, tokens=(*first.tokens, *row.tokens))
    return tuple(together.values())
