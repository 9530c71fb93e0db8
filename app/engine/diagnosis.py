"""Runs the rules of findings over an analysis; one that fails or is slow costs its own findings alone.

Some rules render the conversation again, which takes as long as the chat template makes it. They
have a share of the job's time between them, so that a slow template never costs the analysis.
"""

from __future__ import annotations

import math
import time
import warnings
from collections.abc import Sequence

from ..core.analysis import Finding
from ..findings.base import Rule
from ..findings.registry import RULES, found_by, most_severe_first
from ..findings.subject import Subject
from .allowance import OutOfTime, allowances
from .traces import trace_of

SHARE_OF_JOB = 0.8
"""Of a job's time, what the analysis and its findings may take; the rest is for the answer."""

_LEAST = 0.02
"""Seconds that a rule has in any case: most look at what is there, and need far less."""


def diagnosed(subject: Subject, until: float = math.inf) -> tuple[Finding, ...]:
    """What the rules find, errors first, until a time of the monotonic clock.

    A rule that fails is named in a note and a warning; those that take too long are named in a note.
    """
    found: list[Finding] = []
    left: list[str] = []
    with allowances() as share:
        for rule in RULES:
            try:
                # Half of what is left, so that one slow rule leaves time for the next.
                with share(max((until - time.monotonic()) / 2, _LEAST)):
                    found += _found(rule, subject)
            except OutOfTime:
                left.append(rule.code)
    return most_severe_first([*found, *_cut_short(left)])


def _found(rule: Rule, subject: Subject) -> list[Finding]:
    try:
        return found_by(rule, subject)
    except MemoryError:
        raise
    except Exception as error:
        failed = trace_of(error)
    # Outside the handler: tests turn warnings into errors, so that a failing rule fails them.
    warnings.warn(f"The rule {rule.code} failed.\n{failed}", RuntimeWarning, stacklevel=2)
    sentence = (
        f"Whether this is so could not be worked out for this conversation: {rule.title}. "
        "That is a fault of Lossmask, and worth a report."
    )
    return [Finding(rule.code, "note", sentence)]


def _cut_short(codes: Sequence[str]) -> list[Finding]:
    """One note for all rules that were left, under the code of the first."""
    if not codes:
        return []
    sentence = (
        f"Diagnosis was cut short before the end of {', '.join(codes)}: looking took too long, as it does "
        "where a chat template is slow to render the conversation again."
    )
    return [Finding(codes[0], "note", sentence, (), "LOSSMASK_JOB_SECONDS=60")]
