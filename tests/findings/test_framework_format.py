"""Frameworks with a format of their own: where it parts from the chat template's, and whether it matters."""

from __future__ import annotations

from typing import Any

from lossmask.findings.framework_format import RULES
from lossmask.findings.registry import found_by

from tests.findings.subjects import subject_for
from tests.labels import PANCAKES


def found(strategy: str, **options: Any) -> Any:
    fields = {
        "conversation": {"messages": list(PANCAKES)},
        "chat_template": "bundled:chatml",
        "strategy": {"name": strategy, "options": options},
    }
    return found_by(RULES[0], subject_for(fields))


def test_the_first_stretch_that_differs_is_quoted_from_both_sides() -> None:
    [hit] = found("ms-swift", template="zephyr")
    assert hit.severity == "warning"
    assert "ms-swift trains on other tokens" in hit.sentence
    assert "'<|user|>'" in hit.sentence
    assert "'<|im_start|>user'" in hit.sentence
    assert hit.fix is not None
    assert '"axolotl"' in hit.fix


def test_the_same_format_is_no_finding() -> None:
    assert found("ms-swift", template="chatml") == []


def test_what_differs_after_all_that_trains_is_a_note() -> None:
    [hit] = found("tinker", renderer="qwen3_instruct")
    assert (hit.severity, "'\\n'" in hit.sentence) == ("note", True)


def test_a_rule_that_renders_the_chat_template_is_left_to_others() -> None:
    assert found("nemo-rl") == []
