from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

import pytest
from lossmask.engine.syscall_numbers import AARCH64, REFUSED, X86_64, Numbers

HEADERS = {
    "/usr/include/x86_64-linux-gnu/asm/unistd_64.h": X86_64,
    "/usr/include/asm-generic/unistd.h": AARCH64,
}


@pytest.mark.parametrize("numbers", [X86_64, AARCH64], ids=["x86-64", "aarch64"])
def test_no_number_stands_for_two_calls(numbers: Numbers) -> None:
    assert len(set(numbers.values())) == len(numbers)


def test_every_call_that_both_machines_have_is_in_both() -> None:
    assert set(AARCH64) < set(X86_64)
    assert set(REFUSED) <= set(X86_64)


@pytest.mark.parametrize(("path", "numbers"), HEADERS.items(), ids=["x86-64", "aarch64"])
def test_the_numbers_are_those_of_linux(path: str, numbers: Numbers) -> None:
    if not Path(path).exists():
        pytest.skip("this machine has no headers of the kernel")
    known = defined(Path(path).read_text())
    found = {name: known[name] for name in numbers if name in known}
    assert found == {name: number for name, number in numbers.items() if name in known}
    # Headers may be older than the newest calls.
    assert len(found) > 80


def defined(header: str) -> Mapping[str, int]:
    """Each call that a header defines, with its number."""
    rows = re.findall(r"^#define __NR(?:3264)?_(\w+) (\d+)", header, re.MULTILINE)
    return {name: int(number) for name, number in reversed(rows)}
