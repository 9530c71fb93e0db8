from __future__ import annotations

import asyncio
import warnings
from typing import Any

import pytest
from lossmask.web.jobs import ClientGone, while_connected
from starlette.requests import Request


def request_that(receives: Any) -> Request:
    return Request({"type": "http", "method": "POST", "path": "/", "headers": []}, receives)


async def waits_for_ever() -> dict[str, Any]:
    await asyncio.sleep(3600)
    return {}


async def is_gone() -> dict[str, Any]:
    await asyncio.sleep(0.01)
    return {"type": "http.disconnect"}


def test_work_is_awaited_while_the_client_waits() -> None:
    async def work() -> int:
        await asyncio.sleep(0.01)
        return 7

    assert asyncio.run(while_connected(request_that(waits_for_ever), work())) == 7


def test_work_is_cancelled_when_the_client_goes() -> None:
    cancelled: list[bool] = []

    async def work() -> None:
        try:
            await asyncio.sleep(3600)
        except asyncio.CancelledError:
            cancelled.append(True)
            raise

    with pytest.raises(ClientGone):
        asyncio.run(while_connected(request_that(is_gone), work()))
    assert cancelled == [True]


@pytest.mark.parametrize("turns", range(4))
def test_work_is_cancelled_with_the_task_that_awaits_it(turns: int) -> None:
    left: list[str] = []

    async def work() -> None:
        left.append("work")
        await asyncio.sleep(3600)

    async def cancel() -> None:
        task = asyncio.create_task(while_connected(request_that(waits_for_ever), work()))
        for _ in range(turns):
            await asyncio.sleep(0)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        await asyncio.sleep(0)
        left.extend(str(other) for other in asyncio.all_tasks() - {asyncio.current_task()})

    with warnings.catch_warnings():
        # Of work that never began.
        warnings.simplefilter("ignore", RuntimeWarning)
        asyncio.run(cancel())
    assert left in ([], ["work"])


def test_nobody_asks_the_connection_where_the_work_is_done_at_once() -> None:
    async def work() -> int:
        return 7

    async def fails() -> dict[str, Any]:
        raise AssertionError

    assert asyncio.run(while_connected(request_that(fails), work())) == 7


def test_the_works_own_error_passes() -> None:
    async def work() -> None:
        raise KeyError("inside")

    with pytest.raises(KeyError, match="inside"):
        asyncio.run(while_connected(request_that(waits_for_ever), work()))
