"""What a worker answers, as bytes: data, whatever became of the worker that wrote them.

Pickle builds whatever a message names, and a worker runs what strangers wrote. So the web process
builds a few kinds alone: this project's own data and errors, arrays, dates and Python's errors.

Covered: a message that names anything else, or ends too soon, is `Garbled`. Not covered: wrong data
of the right kinds.
"""

from __future__ import annotations

import io
import pickle
from typing import Any

_OURS = ("lossmask.core.", "lossmask.errors", "lossmask.engine.traces")
"""Where the classes are that an answer is made of; none of them does anything when it is built."""

_LIBRARIES = frozenset(
    {
        ("builtins", "list"),
        ("datetime", "date"),
        ("lossmask.errors", "_rebuild"),
        ("numpy", "dtype"),
        ("numpy", "ndarray"),
        *(
            (f"numpy.{core}.multiarray", name)
            for core in ("_core", "core")
            for name in ("_reconstruct", "scalar")
        ),
        *((f"numpy.{core}.numeric", "_frombuffer") for core in ("_core", "core")),
    }
)


class Garbled(Exception):
    """What came is no answer."""


def packed(answer: object) -> bytes:
    """An answer as bytes; raises what pickle raises where it takes no such thing."""
    return pickle.dumps(answer, pickle.HIGHEST_PROTOCOL)


def unpacked(message: bytes) -> Any:
    """The answer that a message holds.

    >>> unpacked(packed({"ids": [1, 2]}))
    {'ids': [1, 2]}

    Raises:
        Garbled: it names something else than data, or ends too soon.
    """
    try:
        return _Reader(io.BytesIO(message)).load()
    except Exception as error:
        raise Garbled(type(error).__name__) from None


class _Reader(pickle.Unpickler):
    def find_class(self, module: str, name: str) -> Any:
        if (module, name) in _LIBRARIES:
            return super().find_class(module, name)
        # A dotted name would lead on to whatever a class holds.
        if "." not in name and (module == "builtins" or module.startswith(_OURS)):
            found = super().find_class(module, name)
            if isinstance(found, type) and found.__module__ == module and _is_data(found):
                return found
        raise pickle.UnpicklingError(f"{module}.{name} is no data")


def _is_data(kind: type) -> bool:
    """Of Python's own classes only errors; a `SystemExit` is none."""
    return kind.__module__ != "builtins" or issubclass(kind, Exception)
