from __future__ import annotations

import json
import os
import pickle
from typing import Any

import numpy as np
import pytest
from lossmask.core.request import AnalysisRequest
from lossmask.engine.analyse import analyse
from lossmask.engine.messages import Garbled, packed, unpacked
from lossmask.engine.traces import WorkerError
from lossmask.errors import Busy, LossmaskError, TemplateError, Where

CHAT = [{"role": "user", "content": "naïve ☕"}, {"role": "assistant", "content": "hello"}]


def naming(module: str, name: str, *arguments: object) -> bytes:
    """A message that calls what it names, as no pickler writes it."""
    words = b"".join(b"\x8c" + bytes([len(word)]) + word.encode() for word in (module, name))
    # Of the arguments without the head and the end that a message of their own has.
    return b"\x80\x04" + words + b"\x93" + pickle.dumps(arguments, 2)[2:-1] + b"R."


def test_an_analysis_arrives_as_it_was() -> None:
    analysis = analyse(AnalysisRequest.from_json({"conversation": CHAT}))
    arrived = unpacked(packed(analysis))
    assert json.dumps(arrived.as_json()) == json.dumps(analysis.as_json())


@pytest.mark.parametrize(
    "value",
    [
        None,
        True,
        1,
        1.5,
        "☕",
        b"\0",
        [1],
        (1, "a"),
        {"a": {1}},
        frozenset("a"),
        np.int64(3),
        np.float64(0.5),
    ],
)
def test_plain_values_arrive(value: object) -> None:
    assert unpacked(packed(value)) == value


@pytest.mark.parametrize("kind", ["int32", "float64", "bool", "U3"])
def test_arrays_arrive(kind: str) -> None:
    array = np.zeros((2, 3), dtype=kind)[:, ::2]
    assert np.array_equal(unpacked(packed(array)), array)


@pytest.mark.parametrize(
    "error",
    [
        MemoryError(),
        PermissionError(13, "no"),
        WorkerError("where"),
        Busy("full"),
        TemplateError("bad", code="no-template", where=Where(3)),
    ],
)
def test_errors_arrive(error: Exception) -> None:
    arrived = unpacked(packed(error))
    assert type(arrived) is type(error)
    assert arrived.args == error.args
    if isinstance(error, LossmaskError):
        assert (arrived.code, arrived.where) == (error.code, error.where)


class Evil:
    def __init__(self, function: Any, *arguments: object) -> None:
        self.call = function, arguments

    def __reduce__(self) -> Any:
        return self.call


@pytest.mark.parametrize("function", [os.system, eval, print, getattr, open, SystemExit, np.load, object])
def test_nothing_else_is_built(function: Any) -> None:
    with pytest.raises(Garbled):
        unpacked(packed([Evil(function, "x")]))


@pytest.mark.parametrize(
    ("module", "name"),
    [
        ("lossmask.core.analysis", "Analysis.as_json"),
        ("lossmask.core.tokens", "np"),
        ("lossmask.core.tokens", "np.load"),
        ("lossmask.core.analysis", "dataclass"),
        ("lossmask.errors", "dataclass"),
        ("lossmask.engine.traces", "traceback"),
        ("lossmask.engine.worker", "json"),
        ("lossmask.core.nowhere", "Nothing"),
        ("os", "system"),
        ("posix", "system"),
    ],
)
def test_a_name_leads_to_nothing_else(module: str, name: str) -> None:
    with pytest.raises(Garbled):
        unpacked(naming(module, name, "true"))


def test_the_message_by_hand_would_be_obeyed() -> None:
    message = naming("builtins", "list", (1, 2))
    assert unpacked(message) == pickle.loads(message) == [1, 2]


def test_half_an_answer_is_none() -> None:
    message = packed({"ids": list(range(100))})
    for end in (0, 1, 10, len(message) - 1):
        with pytest.raises(Garbled):
            unpacked(message[:end])


def test_the_words_of_a_garbled_answer_are_not_told() -> None:
    with pytest.raises(Garbled) as caught:
        unpacked(naming("secret_module", "secret_name", "x"))
    assert "secret" not in str(caught.value)
