"""A rule that fails costs its own findings alone, and is named."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator

import pytest
from lossmask.core.request import AnalysisRequest
from lossmask.engine import diagnosis
from lossmask.engine.pool import EnginePool
from lossmask.findings.base import Found, Rule
from lossmask.findings.subject import Subject
from lossmask.settings import Settings

from tests.labels import PANCAKES, analysed


def rule(code: str, find: object) -> Rule:
    return Rule(code, "warning", "", "", find, {}, {}, {})  # type: ignore[arg-type]


def says(subject: Subject) -> Iterator[Found]:
    yield Found(f"{len(subject.trained)} tokens.", ((0, 1),), "a fix")
    yield Found("Worse.", severity="error")


def fails(subject: Subject) -> Iterator[Found]:
    yield Found("Lost with the rest.")
    raise KeyError("nothing")


def runs_out(subject: Subject) -> Iterator[Found]:
    raise MemoryError


@pytest.fixture
def rules(monkeypatch: pytest.MonkeyPatch) -> list[Rule]:
    chosen: list[Rule] = []
    monkeypatch.setattr(diagnosis, "RULES", chosen)
    return chosen


def test_findings_are_in_the_analysis_most_severe_first(rules: list[Rule]) -> None:
    rules.append(rule("LM901", says))
    found = analysed().findings
    assert [(one.code, one.severity) for one in found] == [("LM901", "error"), ("LM901", "warning")]
    assert found[1].tokens == ((0, 1),)
    assert found[1].fix == "a fix"


def test_a_rule_that_fails_is_named_and_the_others_go_on(rules: list[Rule]) -> None:
    rules += [rule("LM901", fails), rule("LM902", says)]
    with pytest.warns(RuntimeWarning, match=r"The rule LM901 failed\.\n(.|\n)*KeyError"):
        found = analysed().findings
    assert {one.code for one in found} == {"LM901", "LM902"}
    [told] = [one for one in found if one.code == "LM901"]
    assert told.severity == "note"
    assert "a fault of Lossmask" in told.sentence


def test_memory_that_runs_out_ends_the_job(rules: list[Rule]) -> None:
    rules.append(rule("LM901", runs_out))
    with pytest.raises(MemoryError):
        analysed()


def test_a_row_that_the_framework_refuses_is_diagnosed_too(rules: list[Rule]) -> None:
    rules.append(rule("LM901", says))
    refused = analysed(
        strategy="trl-completion-only", conversation={"messages": [{"role": "user", "content": "hi"}]}
    )
    assert refused.outcome.kind != "ok"
    assert "0 tokens." in [one.sentence for one in refused.findings]


_SLOW = "{% for a in range(9999) %}{% for b in range(9999) %}{% endfor %}{% endfor %}"
SLOW_AGAIN = (
    "{% if enable_thinking is defined %}" + _SLOW + "{% endif %}"
    "{% for message in messages %}{{ '<|im_start|>' + message.role + '\n' }}"
    "{{ message.content + '<|im_end|>\n' }}{% endfor %}"
    "{% if add_generation_prompt %}{{ '<|im_start|>assistant\n' }}{% endif %}"
)
"""Quick as it is, and without end under an argument that a rule tries."""


def never_ends(subject: Subject) -> Iterator[Found]:
    yield Found("Lost with the rest.")
    while True:
        pass


def test_a_rule_that_takes_too_long_is_named_and_the_others_go_on(rules: list[Rule]) -> None:
    rules += [rule("LM901", says), rule("LM902", never_ends), rule("LM903", never_ends), rule("LM904", says)]
    started = time.monotonic()
    found = analysed(settings=Settings({"LOSSMASK_JOB_SECONDS": "1"})).findings
    assert time.monotonic() - started < 1
    assert {one.code for one in found if one.severity == "warning"} == {"LM901", "LM904"}
    [cut] = [one for one in found if "cut short" in one.sentence]
    assert (cut.code, cut.severity) == ("LM902", "note")
    assert "LM902, LM903:" in cut.sentence
    assert not any("Lost" in one.sentence for one in found)


def test_a_template_that_is_slow_to_render_again_costs_its_rule_and_not_the_analysis() -> None:
    body = {"conversation": {"messages": list(PANCAKES)}, "chat_template": SLOW_AGAIN}
    settings = Settings({"LOSSMASK_JOB_SECONDS": "3", "LOSSMASK_WORKERS": "1"})

    async def run() -> object:
        async with EnginePool(settings) as pool:
            return await asyncio.wait_for(pool.analyse(AnalysisRequest.from_json(body)), timeout=60)

    analysis = asyncio.run(run())
    [cut] = [one for one in analysis.findings if "cut short" in one.sentence]  # type: ignore[attr-defined]
    assert (cut.code, cut.severity) == ("LM407", "note")
    assert analysis.statistics["trained"] > 0  # type: ignore[attr-defined]
