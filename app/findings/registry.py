"""Every rule, in the order of their codes, and the one function that runs them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from ..core.analysis import Finding
from .base import Rule
from .subject import Subject

RULES: tuple[Rule, ...] = ()


def diagnose(subject: Subject, rules: Iterable[Rule] = RULES) -> tuple[Finding, ...]:
    """What the rules find, errors first, then in the order of their codes."""
    found = [
        Finding(rule.code, hit.severity or rule.severity, hit.sentence, hit.tokens, hit.fix)
        for rule in rules
        for hit in rule.find(subject)
    ]
    order = ("error", "warning", "note")
    return tuple(sorted(found, key=lambda finding: order.index(finding.severity)))


def rules_of(codes: Sequence[str]) -> tuple[Rule, ...]:
    """The rules whose code begins with one of `codes`; all where there are none."""
    return tuple(rule for rule in RULES if not codes or rule.code.startswith(tuple(codes)))
