"""Every endpoint of the OpenAPI document, sent what fits the document and what does not (schemathesis).

Every answer is as documented, and none is a 5xx but 503. A short run with the other tests; with
`LOSSMASK_FUZZ=thorough` at least 20,000 requests, whose statuses `-s` shows.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import requests
import schemathesis
from hypothesis import HealthCheck, given, settings
from lossmask.settings import Settings
from lossmask.web.app import create_app
from schemathesis import GenerationMode

from tests.fuzz.amount import examples, phases
from tests.fuzz.answers import PROBLEM, Judge
from tests.web.serving import Served

DOCUMENT = create_app(Settings({})).openapi()
SCHEMA = schemathesis.openapi.from_dict(DOCUMENT)
OPERATIONS = {found.ok().label: found.ok() for found in SCHEMA.get_all_operations()}
BODIES, OTHERS = examples(6, 500), examples(10, 1800)
"""Inputs of an operation that takes a body, which take long to make, and of one that takes none."""


def misfits(operation: Any) -> bool:
    """Whether anything can be sent that does not fit; a path takes every text."""
    return bool(operation.body or operation.query or operation.headers)


TRIED = [
    (label, mode)
    for label, operation in OPERATIONS.items()
    for mode in GenerationMode
    if mode.is_positive or misfits(operation)
]


@pytest.fixture(scope="module")
def judge() -> Iterator[Judge]:
    judge = Judge(DOCUMENT)
    yield judge
    print(f"\n{judge.total():,} requests\n{judge.table()}")


@pytest.fixture(scope="module")
def session() -> Iterator[requests.Session]:
    with requests.Session() as session:
        session.trust_env = False
        yield session


@pytest.mark.parametrize(("label", "mode"), TRIED)
def test_an_answer_is_as_documented(
    label: str, mode: GenerationMode, server: Served, session: requests.Session, judge: Judge
) -> None:
    @settings(
        max_examples=BODIES if OPERATIONS[label].body else OTHERS,
        phases=phases(),
        suppress_health_check=list(HealthCheck),
    )
    @given(OPERATIONS[label].as_strategy(generation_mode=mode))
    def run(case: Any) -> None:
        answer = case.call(base_url=server.address, session=session, allow_redirects=False)
        headers = {name: values[0] for name, values in answer.headers.items()}
        judge.check(label, answer.status_code, headers, answer.content)

    run()


@pytest.mark.parametrize("label", OPERATIONS)
def test_whatever_is_refused_is_documented_as_a_problem(label: str) -> None:
    method, path = label.split(" ", 1)
    answers = DOCUMENT["paths"][path][method.lower()]["responses"]
    refusals = {status: answer for status, answer in answers.items() if int(status) >= 400}
    if path == "/api/health":
        # For whoever waits for the start, and asks for nothing more.
        assert refusals.keys() == {"503"}
        return
    assert all(list(answer["content"]) == [PROBLEM] for answer in refusals.values())
