"""Runs the rules of findings over an analysis, so that a rule that fails costs its own findings alone."""

from __future__ import annotations

import traceback
import warnings

from ..core.analysis import Finding
from ..findings.base import Rule
from ..findings.registry import RULES, found_by, most_severe_first
from ..findings.subject import Subject


def diagnosed(subject: Subject) -> tuple[Finding, ...]:
    """What the rules find, errors first; a rule that fails is named in a warning."""
    return most_severe_first(finding for rule in RULES for finding in _found(rule, subject))


def _found(rule: Rule, subject: Subject) -> list[Finding]:
    try:
        return found_by(rule, subject)
    except MemoryError:
        raise
    except Exception:
        failed = traceback.format_exc()
    # Outside the handler: tests turn warnings into errors, so that a failing rule fails them.
    warnings.warn(f"The rule {rule.code} failed.\n{failed}", RuntimeWarning, stacklevel=2)
    return []
