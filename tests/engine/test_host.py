from __future__ import annotations

import signal
import sys

import pytest
from lossmask.engine.host import MOST_SAID, limited
from lossmask.engine.traces import WorkerError
from lossmask.errors import TemplateError, TokenizerError
from lossmask.settings import Settings


def raising(error: Exception) -> object:
    raise error


def test_an_unexpected_exception_becomes_its_traceback() -> None:
    with pytest.raises(WorkerError, match="ZeroDivisionError"):
        limited(Settings({}), lambda: 1 // 0)


@pytest.mark.parametrize("error", [TokenizerError("No."), MemoryError()])
def test_errors_with_a_meaning_pass(error: Exception) -> None:
    with pytest.raises(type(error)):
        limited(Settings({}), lambda: raising(error))


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no alarms")
def test_no_alarm_is_left_after_a_job() -> None:
    limited(Settings({}), lambda: None)
    assert signal.getitimer(signal.ITIMER_REAL) == (0.0, 0.0)


def test_a_long_error_is_clipped_in_its_middle() -> None:
    with pytest.raises(TemplateError) as caught:
        limited(Settings({}), lambda: raising(TemplateError("x" * 10_000 + "end")))
    assert len(caught.value.detail) < MOST_SAID + 100
    assert caught.value.detail.endswith("end")
    assert "8,003 characters left out" in str(caught.value)
