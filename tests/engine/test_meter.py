from __future__ import annotations

import contextvars
import time

import pytest
from lossmask.engine.meter import METER, metered


@metered()
def fail() -> None:
    time.sleep(0.02)
    raise RuntimeError


def in_context(tell: object) -> None:
    METER.set(tell)  # type: ignore[arg-type]
    with pytest.raises(RuntimeError):
        fail()


def test_the_time_is_told_however_the_block_ends() -> None:
    spent: list[float] = []
    contextvars.copy_context().run(in_context, spent.append)
    assert len(spent) == 1
    assert 0.02 <= spent[0] < 5


def test_nobody_has_to_ask() -> None:
    with metered():
        assert METER.get() is None
