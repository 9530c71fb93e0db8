"""What a worker may ask of the kernel: a filter that turns away the network, programs and changes to files.

Covered on Linux, on x86-64 and 64-bit ARM: no socket is made or used, no program or process is
started, no file is created, opened for writing, changed or removed, no other process is looked
into or signalled, nothing is typed into a terminal. What is asked for fails with `PermissionError`;
it holds for every thread and cannot be lifted. Not covered: reading files that the user may read,
and other systems, where `restrict` does nothing. It refuses what is listed and allows the rest, so
it is no full sandbox.
"""

from __future__ import annotations

import ctypes
import errno
import os
import platform
import struct
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TypeAlias

from .syscall_numbers import AARCH64, REFUSED, X86_64, Numbers

Instruction: TypeAlias = bytes

_LOAD, _EQUAL, _AT_LEAST, _ANY_BIT, _RETURN = 0x20, 0x15, 0x35, 0x45, 0x06
_NUMBER, _ARCHITECTURE, _ARGUMENTS = 0, 4, 16
"""Offsets in the kernel's `seccomp_data`; each argument takes 8 bytes, its low half first."""

_ALLOW = 0x7FFF0000
_REFUSE = 0x00050000 | errno.EACCES
_UNKNOWN = 0x00050000 | errno.ENOSYS

_X32 = 0x40000000
"""The bit of x86-64's second set of numbers, through which a list of the first would be passed by."""

_THREAD = 0x00010000
_TYPING = (0x5412, 0x541C)
"""`TIOCSTI` and `TIOCLINUX`, which type into the terminal that the server was started from."""

_WRITES = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC

_PR_SET_NO_NEW_PRIVS = 38
_SET_MODE_FILTER, _ALL_THREADS = 1, 1


@dataclass(frozen=True, slots=True)
class _Machine:
    architecture: int
    filter_call: int
    numbers: Numbers


_MACHINES = {
    "x86_64": _Machine(0xC000003E, 317, X86_64),
    "aarch64": _Machine(0xC00000B7, 277, AARCH64),
}


def restrict() -> bool:
    """From now on the kernel refuses the above to this process; gives whether it does."""
    machine = _MACHINES.get(platform.machine())
    if sys.platform != "linux" or machine is None or struct.calcsize("P") != 8:
        return False
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0:
        return False
    program = b"".join(_program(machine, os.getpid()))
    code = ctypes.create_string_buffer(program, len(program))
    head = struct.pack("HxxxxxxP", len(program) // 8, ctypes.addressof(code))
    libc.syscall.argtypes = [ctypes.c_long] * 3 + [ctypes.c_char_p]
    return bool(libc.syscall(machine.filter_call, _SET_MODE_FILTER, _ALL_THREADS, head) == 0)


def _program(machine: _Machine, process: int) -> list[Instruction]:
    numbers = machine.numbers
    return [
        _load(_ARCHITECTURE),
        *_unless_equal(machine.architecture, _REFUSE),
        _load(_NUMBER),
        _jump(_AT_LEAST, _X32, 0, 1),
        _leave(_REFUSE),
        *_each(REFUSED, numbers, _REFUSE),
        # Their arguments are in memory, which no filter sees; libraries then ask in the older way.
        *_each(("clone3", "openat2"), numbers, _UNKNOWN),
        *_only_with_bit(numbers["clone"], 0, _THREAD),
        *_without_bits(numbers.get("open"), 1, _WRITES),
        *_without_bits(numbers["openat"], 2, _WRITES),
        *_only_with_value(numbers["kill"], 0, process),
        *_only_with_value(numbers["tgkill"], 0, process),
        *_only_with_value(numbers["prlimit64"], 0, 0),
        *_without_values(numbers["ioctl"], 1, _TYPING),
        _leave(_ALLOW),
    ]


def _each(names: Iterable[str], numbers: Numbers, verdict: int) -> list[Instruction]:
    """One verdict for every call of these names that this machine has."""
    known = [numbers[name] for name in names if name in numbers]
    return [part for number in known for part in (_jump(_EQUAL, number, 0, 1), _leave(verdict))]


def _only_with_bit(number: int, argument: int, bit: int) -> list[Instruction]:
    return _decided(number, argument, [_jump(_ANY_BIT, bit, 1, 0), _leave(_REFUSE), _leave(_ALLOW)])


def _without_bits(number: int | None, argument: int, bits: int) -> list[Instruction]:
    if number is None:
        return []
    return _decided(number, argument, [_jump(_ANY_BIT, bits, 0, 1), _leave(_REFUSE), _leave(_ALLOW)])


def _only_with_value(number: int, argument: int, value: int) -> list[Instruction]:
    return _decided(number, argument, [_jump(_EQUAL, value, 1, 0), _leave(_REFUSE), _leave(_ALLOW)])


def _without_values(number: int, argument: int, values: tuple[int, ...]) -> list[Instruction]:
    tests = [part for value in values for part in (_jump(_EQUAL, value, 0, 1), _leave(_REFUSE))]
    return _decided(number, argument, [*tests, _leave(_ALLOW)])


def _decided(number: int, argument: int, body: list[Instruction]) -> list[Instruction]:
    """A body that ends the program, entered for one call with one of its arguments at hand."""
    return [_jump(_EQUAL, number, 0, len(body) + 1), _load(_ARGUMENTS + 8 * argument), *body]


def _unless_equal(value: int, verdict: int) -> list[Instruction]:
    return [_jump(_EQUAL, value, 1, 0), _leave(verdict)]


def _load(offset: int) -> Instruction:
    return struct.pack("HBBI", _LOAD, 0, 0, offset)


def _jump(test: int, value: int, if_true: int, if_false: int) -> Instruction:
    return struct.pack("HBBI", test, if_true, if_false, value)


def _leave(verdict: int) -> Instruction:
    return struct.pack("HBBI", _RETURN, 0, 0, verdict)
