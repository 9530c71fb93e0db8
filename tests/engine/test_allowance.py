"""A share of a job's time ends what takes longer, and only that."""

from __future__ import annotations

import signal
import sys
import threading
import time

import pytest
from lossmask.engine.allowance import OutOfTime, allowance, allowances

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="no timers there")


def spin(seconds: float) -> None:
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        pass


def test_a_block_that_takes_too_long_is_left() -> None:
    started = time.monotonic()
    with pytest.raises(OutOfTime), allowance(0.05):
        spin(20)
    assert time.monotonic() - started < 10


def test_a_block_in_time_is_not_disturbed_and_leaves_nothing_behind() -> None:
    before = signal.getsignal(signal.SIGPROF)
    with allowance(30):
        spin(0.05)
    assert signal.getitimer(signal.ITIMER_PROF) == (0.0, 0.0)
    assert signal.getsignal(signal.SIGPROF) == before


def test_blocks_one_after_another_have_an_allowance_each() -> None:
    left = []
    with allowances() as share:
        for seconds in (0.02, 30, 0.02):
            try:
                with share(seconds):
                    spin(0.2)
            except OutOfTime:
                left.append(seconds)
        spin(0.1)
    assert left == [0.02, 0.02]
    assert signal.getitimer(signal.ITIMER_PROF) == (0.0, 0.0)


def test_no_handler_of_errors_takes_it_for_one() -> None:
    assert not issubclass(OutOfTime, Exception)


def test_what_swallows_it_is_told_again() -> None:
    told = 0
    with allowance(0.02):
        while told < 2:
            try:
                spin(20)
            except OutOfTime:
                told += 1
    assert told == 2


def test_outside_of_the_main_thread_a_block_goes_on() -> None:
    done = []

    def work() -> None:
        with allowance(0.0):
            spin(0.05)
        done.append(True)

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert done == [True]
