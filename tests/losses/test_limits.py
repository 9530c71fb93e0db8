from __future__ import annotations

import subprocess
import sys

import pytest
from lossmask.losses.limits import available

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="only Linux keeps this limit")


def run(statement: str) -> subprocess.CompletedProcess[str]:
    program = f"from lossmask.losses.limits import limit_memory\n{statement}"
    return subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=30)


def test_memory_is_counted_from_what_the_process_holds() -> None:
    program = "held = bytearray(200 * 2**20); limit_memory(64, 0); "
    assert run(program + "bytearray(32 * 2**20); print('fits')").stdout == "fits\n"
    assert "MemoryError" in run(program + "bytearray(96 * 2**20)").stderr


def test_what_is_mapped_of_a_checkpoint_is_allowed_beside() -> None:
    program = "limit_memory(64, 64 * 2**20); bytearray(96 * 2**20); print('fits')"
    assert run(program).stdout == "fits\n"


def test_a_machine_tells_what_it_has_to_give() -> None:
    found = available()
    assert found is not None
    assert found > 2**20
