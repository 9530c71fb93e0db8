"""One job for all who ask the same at the same time, and its answer for those who ask within minutes.

A hall opens one link at once, and every reader of a page sees the same embedded example. Without this
most of them would be told that the server is busy, and the rest would wait for the same work done again.
What a framework does with a row depends on the request and the day alone, so an answer can be given twice.
"""

from __future__ import annotations

import asyncio
import hashlib
import pickle
import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import date
from functools import partial
from typing import Any, TypeVar

from ..settings import Settings

T = TypeVar("T")

SECONDS = 600.0
"""How long an answer is kept."""

UNHURRIED = 0.06
"""Share of a job's time within which its answer is kept: less than any rule's share of it, in a matrix or of
the findings, so that nothing in the answer was left out for want of time."""


@dataclass
class _Job:
    """Work under way, and how many wait for it."""

    task: asyncio.Future[Any]
    waiting: int = 0


@dataclass(frozen=True)
class _Kept:
    answer: Any
    bytes: int


class Answers:
    """Answers to questions, each under the name of the work that answers it.

    >>> answers = Answers(Settings())
    >>> body = await answers.to("JSON", request, lambda: pool.analyse_json(request))
    """

    def __init__(self, settings: Settings) -> None:
        self._most = settings.integer("answers_megabytes") * 2**20
        self._unhurried = settings.number("job_seconds") * UNHURRIED
        self._under_way: dict[bytes, _Job] = {}
        self._kept: OrderedDict[bytes, _Kept] = OrderedDict()
        self._bytes = 0

    async def to(self, name: str, question: object, work: Callable[[], Awaitable[T]]) -> T:
        """The answer, which others may get as well and nobody may change; raises what the work raises."""
        if not self._most:
            return await work()
        key = _key(name, question)
        kept = self._kept.get(key)
        if kept is not None:
            self._kept.move_to_end(key)
            answer: T = kept.answer
            return answer
        return await self._awaited(key, work)

    async def _awaited(self, key: bytes, work: Callable[[], Awaitable[T]]) -> T:
        job = self._under_way.get(key)
        if job is None:
            job = self._under_way[key] = _Job(asyncio.ensure_future(self._worked(key, work)))
        job.waiting += 1
        try:
            # Whoever goes away takes along the work only where nobody else waits for it.
            answer: T = await asyncio.shield(job.task)
        finally:
            job.waiting -= 1
            if not job.waiting:
                job.task.cancel()
                self._forget(key, job)
        return answer

    async def _worked(self, key: bytes, work: Callable[[], Awaitable[T]]) -> T:
        began = time.monotonic()
        answer = await work()
        if time.monotonic() - began < self._unhurried:
            self._keep(key, answer)
        return answer

    def _forget(self, key: bytes, job: _Job) -> None:
        if self._under_way.get(key) is job:
            del self._under_way[key]

    def _keep(self, key: bytes, answer: object) -> None:
        kept = _Kept(answer, len(answer) if isinstance(answer, bytes) else len(pickle.dumps(answer)))
        if kept.bytes > self._most:
            return
        self._kept[key] = kept
        self._bytes += kept.bytes
        asyncio.get_running_loop().call_later(SECONDS, partial(self._drop, key, kept))
        while self._bytes > self._most:
            self._drop(*next(iter(self._kept.items())))

    def _drop(self, key: bytes, kept: _Kept) -> None:
        if self._kept.get(key) is kept:
            del self._kept[key]
            self._bytes -= kept.bytes


def _key(name: str, question: object) -> bytes:
    """The same only for equal questions on one day; equal ones may have two, which costs work alone."""
    return hashlib.sha256(pickle.dumps((name, question, date.today()))).digest()
