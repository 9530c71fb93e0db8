"""The filter's program, run as the kernel would run it, for both machines on either."""

from __future__ import annotations

import os
import struct
from collections.abc import Sequence

import pytest
from lossmask.engine import syscalls

PROCESS = 4711
ALLOWED, REFUSED, UNKNOWN = "allowed", "refused", "unknown"
_VERDICTS = {syscalls._ALLOW: ALLOWED, syscalls._REFUSE: REFUSED, syscalls._UNKNOWN: UNKNOWN}

MACHINES = sorted(syscalls._MACHINES)


def verdict(machine: str, name: str, *arguments: int, architecture: int | None = None, added: int = 0) -> str:
    """What the program says of one call."""
    its = syscalls._MACHINES[machine]
    asked = struct.pack("<IIQ", its.numbers[name] + added, architecture or its.architecture, 0)
    words = [value % 2**64 for value in [*arguments, *[0] * 6][:6]]
    return _VERDICTS[_run(syscalls._program(its, PROCESS), asked + struct.pack("<6Q", *words))]


def _run(program: Sequence[bytes], data: bytes) -> int:
    """The kernel's rules for the five instructions that the program is made of."""
    held, at = 0, 0
    while True:
        code, if_true, if_false, value = struct.unpack("HBBI", program[at])
        at += 1
        if code == syscalls._RETURN:
            return int(value)
        if code == syscalls._LOAD:
            held = struct.unpack_from("<I", data, value)[0]
            continue
        tests = {
            syscalls._EQUAL: held == value,
            syscalls._AT_LEAST: held >= value,
            syscalls._ANY_BIT: bool(held & value),
        }
        at += if_true if tests[code] else if_false


@pytest.mark.parametrize("machine", MACHINES)
def test_every_listed_call_is_refused(machine: str) -> None:
    numbers = syscalls._MACHINES[machine].numbers
    listed = [name for name in syscalls.REFUSED if name in numbers]
    assert {verdict(machine, name) for name in listed} == {REFUSED}
    assert len(listed) > 80


@pytest.mark.parametrize("machine", MACHINES)
def test_files_are_opened_to_be_read_alone(machine: str) -> None:
    assert verdict(machine, "openat", -100, 0, os.O_RDONLY | os.O_CLOEXEC) == ALLOWED
    for flag in (os.O_WRONLY, os.O_RDWR, os.O_CREAT, os.O_TRUNC):
        assert verdict(machine, "openat", -100, 0, flag | os.O_CLOEXEC) == REFUSED


@pytest.mark.parametrize("machine", MACHINES)
def test_threads_are_started_and_processes_are_not(machine: str) -> None:
    assert verdict(machine, "clone", 0x3D0F00) == ALLOWED
    assert verdict(machine, "clone", 17) == REFUSED


@pytest.mark.parametrize("machine", MACHINES)
@pytest.mark.parametrize("name", ["kill", "tgkill"])
def test_a_process_signals_itself_alone(machine: str, name: str) -> None:
    assert verdict(machine, name, PROCESS, 6) == ALLOWED
    assert {verdict(machine, name, other, 9) for other in (1, 0, -1, PROCESS + 1)} == {REFUSED}


@pytest.mark.parametrize("machine", MACHINES)
def test_a_process_limits_itself_alone(machine: str) -> None:
    assert verdict(machine, "prlimit64", 0, 9) == ALLOWED
    assert verdict(machine, "prlimit64", 1, 9) == REFUSED


@pytest.mark.parametrize("machine", MACHINES)
def test_nothing_is_typed_into_a_terminal(machine: str) -> None:
    assert verdict(machine, "ioctl", 2, 0x5412) == REFUSED
    # The kernel looks at the lower half alone.
    assert verdict(machine, "ioctl", 2, 2**32 + 0x5412) == REFUSED
    assert verdict(machine, "ioctl", 2, 0x541C) == REFUSED
    assert verdict(machine, "ioctl", 2, 0x5401) == ALLOWED


@pytest.mark.parametrize("machine", MACHINES)
def test_newer_forms_are_unknown_so_that_libraries_use_the_older(machine: str) -> None:
    assert {verdict(machine, "clone3"), verdict(machine, "openat2")} == {UNKNOWN}


@pytest.mark.parametrize("machine", MACHINES)
def test_the_numbers_of_other_machines_do_not_pass_by(machine: str) -> None:
    assert verdict(machine, "prlimit64", architecture=0x40000003) == REFUSED
    assert verdict(machine, "prlimit64", added=0x40000000) == REFUSED


def test_the_old_way_to_open_is_watched_where_there_is_one() -> None:
    assert verdict("x86_64", "open", 0, os.O_RDONLY) == ALLOWED
    assert verdict("x86_64", "open", 0, os.O_WRONLY) == REFUSED
    assert "open" not in syscalls._MACHINES["aarch64"].numbers
