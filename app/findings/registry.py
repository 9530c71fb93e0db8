"""Every rule, in the order of their codes, and the one function that runs them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from ..core.analysis import Finding
from . import boundaries, framework, nothing_trained, stop_tokens, template, tokenizer, truncation
from .base import Rule
from .subject import Subject

RULES: tuple[Rule, ...] = (
    *nothing_trained.RULES,
    *stop_tokens.RULES,
    *boundaries.RULES,
    *template.RULES,
    *tokenizer.RULES,
    *truncation.RULES,
    *framework.RULES,
)


def diagnose(subject: Subject, rules: Iterable[Rule] = RULES) -> tuple[Finding, ...]:
    """What the rules find, errors first, then in the order of their codes."""
    found = [finding for rule in rules for finding in found_by(rule, subject)]
    return most_severe_first(found)


def found_by(rule: Rule, subject: Subject) -> list[Finding]:
    """What one rule finds."""
    return [
        Finding(rule.code, hit.severity or rule.severity, hit.sentence, _plain(hit.tokens), hit.fix)
        for hit in rule.find(subject)
    ]


def _plain(spans: Iterable[tuple[int, int]]) -> tuple[tuple[int, int], ...]:
    """The spans without numbers of numpy's, which JSON does not know."""
    return tuple((int(start), int(end)) for start, end in spans)


def most_severe_first(found: Iterable[Finding]) -> tuple[Finding, ...]:
    """Errors, then warnings, then notes; otherwise as they come."""
    order = ("error", "warning", "note")
    return tuple(sorted(found, key=lambda finding: order.index(finding.severity)))


def rules_of(codes: Sequence[str]) -> tuple[Rule, ...]:
    """The rules whose code begins with one of `codes`; all where there are none."""
    return tuple(rule for rule in RULES if not codes or rule.code.startswith(tuple(codes)))
