from __future__ import annotations

import sys

import pytest
from lossmask.core.request import AnalysisRequest

from tests.hostile import jobs
from tests.hostile.arena import MEGABYTES, SHORT, SLACK, Arena
from tests.hostile.case import Template
from tests.hostile.judging import judged
from tests.hostile.templates import compiling, escapes, memory, recursion, text, time

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="Linux keeps all limits")

ALL = [
    *time.TEMPLATES,
    *memory.TEMPLATES,
    *recursion.TEMPLATES,
    *escapes.TEMPLATES,
    *compiling.TEMPLATES,
    *text.TEMPLATES,
]
ENDLESS = [case for case in ALL if case.outcome == "template-timeout"]
ENDING = [case for case in ALL if case.outcome != "template-timeout"]


def request(case: Template) -> AnalysisRequest:
    messages = [{"role": "user", "content": "hi"}, {"role": "assistant", "content": "hello"}]
    return AnalysisRequest.from_json(
        {"conversation": messages, "chat_template": case.source, "today": "2026-11-23"}
    )


def test_there_are_enough() -> None:
    assert len(ALL) >= 100
    assert len({case.name for case in ALL}) == len(ALL)


@pytest.mark.parametrize("case", ENDING, ids=str)
def test_a_template_ends_as_it_must(patient: Arena, case: Template) -> None:
    ended = judged(patient, request(case), case.outcome)
    assert case.says in ended.detail
    assert len(ended.detail) < 3_000
    if case.writes is not None:
        assert ended.text == case.writes


@pytest.mark.parametrize("case", ENDLESS, ids=str)
def test_an_endless_template_is_stopped(hurried: Arena, case: Template) -> None:
    ended = judged(hurried, request(case), "template-timeout")
    assert f"within {SHORT:g} seconds" in ended.detail
    assert SHORT <= ended.seconds <= SHORT + SLACK + ended.lag


def test_a_worker_that_has_seen_them_all_still_gives_a_job_its_budget(patient: Arena) -> None:
    taken = MEGABYTES * 3 // 4
    # More often than there are workers, so that each has its turn.
    assert {patient.run(jobs.take, taken) for _ in range(6)} == {taken * 2**20}


def test_a_template_is_told_its_memory(patient: Arena) -> None:
    ended = judged(patient, request(memory.TEMPLATES[0]), "template-memory")
    assert "128 MiB" in ended.detail
