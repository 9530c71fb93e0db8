"""What the tests of the pool let its workers do; a module of its own, since workers import it by name."""

from __future__ import annotations

import ctypes
import importlib
import os
import signal
import sys
import threading
import time
from contextlib import suppress
from pathlib import Path

from lossmask.engine.host import Environment, limited
from lossmask.errors import TemplateError, Where
from lossmask.settings import Settings


class Unpicklable(Exception):
    def __init__(self, first: str, second: str) -> None:
        super().__init__(f"{first} {second}")
        self.held = lambda: None


def spin(environment: Environment) -> None:
    limited(Settings(environment), _spin)


def _spin() -> None:
    while True:
        pass


def power(environment: Environment) -> int:
    """One operation that holds the interpreter's lock for hours."""
    return limited(Settings(environment), lambda: 9 ** (9**9))


def hoard(environment: Environment) -> int:
    return limited(Settings(environment), lambda: len("a" * 10**10))


def abort(environment: Environment) -> None:
    """As a library in Rust does where it gets no memory."""
    os.abort()


def refuse(environment: Environment) -> None:
    raise TemplateError("The system role is not supported.", where=Where(3))


def fail(environment: Environment) -> None:
    limited(Settings(environment), _raise_unpicklable)


def _raise_unpicklable() -> None:
    raise Unpicklable("one", "two")


def sleep(environment: Environment, seconds: float) -> float:
    time.sleep(seconds)
    return seconds


def letters(environment: Environment, count: int) -> str:
    return "a" * count


def settings(environment: Environment) -> dict[str, str]:
    return dict(environment)


def process_id(environment: Environment) -> int:
    return os.getpid()


def write(environment: Environment, path: str) -> None:
    Path(path).write_text("x")


def variables(environment: Environment) -> dict[str, str]:
    return dict(os.environ)


def torch_modules(environment: Environment) -> list[str]:
    """What of PyTorch a worker holds after it loaded a tokenizer through transformers."""
    transformers = importlib.import_module("transformers")
    assert not transformers.is_torch_available()
    return [name for name, module in sys.modules.items() if name.split(".")[0] == "torch" and module]


def leave(environment: Environment) -> None:
    sys.exit(3)


def interrupt(environment: Environment) -> None:
    raise KeyboardInterrupt


def fault(environment: Environment) -> None:
    """What a library does whose stack overflows, or that follows a pointer to nowhere."""
    limited(Settings(environment), lambda: ctypes.string_at(0))


def die_while_answering(environment: Environment) -> bytes:
    """As the system does where its memory is full: in the midst of an answer of many megabytes."""
    threading.Timer(0.1, os.kill, (os.getpid(), signal.SIGKILL)).start()
    return bytes(400 * 2**20)


class Evil:
    """What no answer may be."""

    def __reduce__(self) -> tuple[object, ...]:
        return os.getpid, ()


def answer_with_code(environment: Environment) -> Evil:
    return Evil()


def write_rubbish(environment: Environment) -> None:
    """As code would that got out of the sandbox: into every channel there is, and no answer after that."""
    for descriptor in range(3, 64):
        with suppress(OSError):
            os.write(descriptor, b"\x7f" * 3)
    time.sleep(60)


def hang_up(environment: Environment) -> None:
    """Close every channel and live on."""
    os.closerange(3, 64)
    time.sleep(60)
