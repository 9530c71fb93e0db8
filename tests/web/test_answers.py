from __future__ import annotations

import asyncio
import threading
from collections.abc import Awaitable, Callable, Iterator
from datetime import date
from http.client import HTTPConnection
from typing import Any

import pytest
from lossmask.core.request import AnalysisRequest
from lossmask.errors import TemplateError
from lossmask.settings import Settings
from lossmask.web import answers as module
from lossmask.web.answers import Answers

from tests.web.serving import Served, served

HALL = 100


def asking(content: str = "hi", **fields: Any) -> AnalysisRequest:
    messages = [{"role": "user", "content": content}, {"role": "assistant", "content": "hello"}]
    return AnalysisRequest.from_json({"conversation": {"messages": messages}, **fields})


class Work:
    """Counts how often it is done; each answer is another one."""

    def __init__(self, seconds: float = 0.01, size: int = 10, error: Exception | None = None) -> None:
        self.begun = self.cancelled = 0
        self.seconds, self.size, self.error = seconds, size, error

    async def __call__(self) -> bytes:
        self.begun += 1
        try:
            await asyncio.sleep(self.seconds)
        except asyncio.CancelledError:
            self.cancelled += 1
            raise
        if self.error is not None:
            raise self.error
        return bytes([self.begun]) * self.size


def run(work: Callable[[Answers], Awaitable[Any]], **settings: str) -> Any:
    given = {f"LOSSMASK_{name.upper()}": value for name, value in settings.items()}

    async def whole() -> Any:
        return await work(Answers(Settings(given)))

    return asyncio.run(whole())


def test_those_who_ask_the_same_at_once_share_one_job() -> None:
    work = Work()

    async def ask(answers: Answers) -> list[bytes]:
        return list(await asyncio.gather(*(answers.to("JSON", asking(), work) for _ in range(HALL))))

    assert set(run(ask)) == {b"\1" * 10}
    assert work.begun == 1


def test_who_asks_later_gets_the_same_answer() -> None:
    work = Work()

    async def ask(answers: Answers) -> list[bytes]:
        return [await answers.to("JSON", asking(), work) for _ in range(3)]

    assert run(ask) == [b"\1" * 10] * 3
    assert work.begun == 1


@pytest.mark.parametrize(
    "other",
    [
        asking("Hi"),
        asking(tokenizer="local:x"),
        asking(chat_template="bundled:chatml"),
        asking(strategy="trl-sft"),
        asking(strategy={"name": "assistant-turns", "options": {"header": True}}),
        asking(today="2026-01-01"),
        asking(template_arguments={"tools": 1}),
    ],
)
def test_whatever_differs_is_worked_out(other: AnalysisRequest) -> None:
    work = Work()

    async def ask(answers: Answers) -> None:
        await answers.to("JSON", asking(), work)
        await answers.to("JSON", other, work)
        await answers.to("analysis", asking(), work)

    run(ask)
    assert work.begun == 3


def test_a_new_day_is_another_question(monkeypatch: pytest.MonkeyPatch) -> None:
    class Tomorrow(date):
        @classmethod
        def today(cls) -> date:
            return date(2030, 1, 1)

    work = Work()

    async def ask(answers: Answers) -> None:
        await answers.to("JSON", asking(), work)
        monkeypatch.setattr(module, "date", Tomorrow)
        await answers.to("JSON", asking(), work)

    run(ask)
    assert work.begun == 2


def test_an_error_is_told_to_all_who_wait_and_not_kept() -> None:
    work = Work(error=TemplateError("no"))

    async def ask(answers: Answers) -> list[Any]:
        asked = [answers.to("JSON", asking(), work) for _ in range(3)]
        first = await asyncio.gather(*asked, return_exceptions=True)
        work.error = None
        return [*first, await answers.to("JSON", asking(), work)]

    *errors, answer = run(ask)
    assert [type(error) for error in errors] == [TemplateError] * 3
    assert (work.begun, answer) == (2, b"\2" * 10)


def test_one_who_goes_away_leaves_the_work_to_the_others() -> None:
    work = Work(0.1)

    async def ask(answers: Answers) -> bytes:
        first = asyncio.create_task(answers.to("JSON", asking(), work))
        second = asyncio.create_task(answers.to("JSON", asking(), work))
        await asyncio.sleep(0.02)
        first.cancel()
        return await second

    assert run(ask) == b"\1" * 10
    assert (work.begun, work.cancelled) == (1, 0)


def test_the_last_who_goes_away_stops_the_work() -> None:
    work = Work(3600)

    async def ask(answers: Answers) -> bytes:
        both = [asyncio.create_task(answers.to("JSON", asking(), work)) for _ in range(2)]
        await asyncio.sleep(0.02)
        for task in both:
            task.cancel()
        await asyncio.gather(*both, return_exceptions=True)
        work.seconds = 0
        return await answers.to("JSON", asking(), work)

    assert run(ask) == b"\2" * 10
    assert (work.begun, work.cancelled) == (2, 1)


def test_what_took_long_may_have_been_cut_short_and_is_not_kept() -> None:
    work = Work(0.3)

    async def ask(answers: Answers) -> None:
        await answers.to("JSON", asking(), work)
        await answers.to("JSON", asking(), work)

    run(ask, job_seconds="1.0")
    assert work.begun == 2


def test_the_answers_that_nobody_asked_for_longest_go_first() -> None:
    work = Work(0, size=400_000)

    async def ask(answers: Answers) -> None:
        for content in ("a", "b", "a", "c", "a", "b"):
            await answers.to("JSON", asking(content), work)

    run(ask, answers_megabytes="1")
    assert work.begun == 4


def test_an_answer_is_forgotten_in_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "SECONDS", 0.05)
    work = Work(0)

    async def ask(answers: Answers) -> None:
        await answers.to("JSON", asking(), work)
        await asyncio.sleep(0.1)
        await answers.to("JSON", asking(), work)

    run(ask)
    assert work.begun == 2


def test_without_memory_for_it_nothing_is_shared() -> None:
    work = Work()

    async def ask(answers: Answers) -> None:
        await asyncio.gather(*(answers.to("JSON", asking(), work) for _ in range(2)))

    run(ask, answers_megabytes="0")
    assert work.begun == 2


@pytest.fixture(scope="module")
def server() -> Iterator[Served]:
    with served({"LOSSMASK_ANSWERS_MEGABYTES": "32"}) as started:
        yield started


@pytest.mark.parametrize("path", ["/?example=tools", "/compare", "/matrix", "/batch"])
def test_a_hall_opens_a_page_at_once(server: Served, path: str) -> None:
    """Every one of a hundred gets it, which is more than may wait for a worker."""
    statuses: list[int] = []
    together = threading.Barrier(HALL)

    def student() -> None:
        connection = HTTPConnection("127.0.0.1", server.port, timeout=60)
        connection.connect()
        together.wait()
        connection.request("GET", path)
        statuses.append(connection.getresponse().status)
        connection.close()

    threads = [threading.Thread(target=student) for _ in range(HALL)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert statuses == [200] * HALL
