from __future__ import annotations

import signal
import subprocess
import sys

import pytest
from lossmask.engine import limits

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="Linux keeps all of these limits")


def run(statement: str) -> subprocess.CompletedProcess[str]:
    program = f"import time\nfrom lossmask.engine import limits\n{statement}"
    return subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=30)


@pytest.mark.parametrize("endless", ["while True: pass", "9 ** 9 ** 9", "time.sleep(30)"])
def test_an_alarm_ends_whatever_runs(endless: str) -> None:
    ended = run(f"limits.confine(); limits.arm(0.3, 64)\n{endless}")
    assert limits.cause_of_death(ended.returncode) == "time"


def test_memory_is_counted_from_what_the_process_holds() -> None:
    program = "held = bytearray(200 * 2**20); limits.arm(5, 64)\n"
    assert run(program + "bytearray(32 * 2**20); print('fits')").stdout == "fits\n"
    assert "MemoryError" in run(program + "bytearray(96 * 2**20)").stderr


def test_disarming_lifts_time_and_memory() -> None:
    program = "limits.confine(); limits.arm(0.2, 16); limits.disarm(); time.sleep(0.4)\n"
    assert run(program + "bytearray(64 * 2**20); print('free')").stdout == "free\n"


def test_the_processor_time_of_an_orphan_ends() -> None:
    program = "import resource; limits.arm(7, 64); print(resource.getrlimit(resource.RLIMIT_CPU)[0])"
    assert 7 <= int(run(program).stdout) <= 10


def test_a_confined_process_writes_no_file(tmp_path: object) -> None:
    ended = run(f"limits.confine(); open({str(tmp_path)!r} + '/x', 'w').write('x' * 10**6)")
    assert "File too large" in ended.stderr


def test_a_confined_process_dies_of_sigterm_at_once() -> None:
    program = "import os, signal; signal.signal(signal.SIGTERM, print); limits.confine()\n"
    assert run(program + "os.kill(os.getpid(), signal.SIGTERM)").returncode == -signal.SIGTERM


@pytest.mark.parametrize(
    ("exit_code", "cause"),
    [
        (-signal.SIGALRM, "time"),
        (-signal.SIGXCPU, "time"),
        (-signal.SIGABRT, "memory"),
        (-signal.SIGKILL, "memory"),
        (-signal.SIGSEGV, "crash"),
        (-signal.SIGBUS, "crash"),
        (1, "memory"),
    ],
)
def test_an_exit_code_tells_the_limit(exit_code: int, cause: str) -> None:
    assert limits.cause_of_death(exit_code) == cause


def test_an_orphan_that_lost_its_alarm_ends_by_its_processor_time() -> None:
    program = (
        "import signal; limits.confine(); limits.arm(0.1, 64); signal.setitimer(signal.ITIMER_REAL, 0)\n"
    )
    assert run(program + "while True: pass").returncode == -signal.SIGXCPU
