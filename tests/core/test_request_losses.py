from __future__ import annotations

from typing import Any

import pytest
from lossmask.core.request import AnalysisRequest, LossSource
from lossmask.errors import OptionError

MESSAGES = {"messages": [{"role": "user", "content": "hi"}]}


def read(losses: Any) -> LossSource | None:
    return AnalysisRequest.from_json({"conversation": MESSAGES, "losses": losses}).losses


def test_no_losses_by_default() -> None:
    assert read(None) is None
    assert AnalysisRequest.from_json({"conversation": MESSAGES}).losses is None


@pytest.mark.parametrize(
    ("value", "source"),
    [
        ({"values": [0.5]}, LossSource("pasted", [0.5])),
        ({"values": "0.5"}, LossSource("pasted", "0.5")),
        ({"values": {"model": "x"}}, LossSource("pasted", {"model": "x"})),
        ({"values": [], "kind": "loss"}, LossSource("pasted", [], {"kind": "loss"})),
        ({"values": [], "alignment": "own", "kind": None}, LossSource("pasted", [], {"alignment": "own"})),
        ({"model": "local:tiny"}, LossSource("model", "local:tiny")),
        ({"endpoint": True}, LossSource("endpoint")),
    ],
)
def test_each_source(value: object, source: LossSource) -> None:
    assert read(value) == source


@pytest.mark.parametrize(
    "value",
    [
        {},
        [],
        "local:tiny",
        {"values": [1], "model": "local:tiny"},
        {"endpoint": False},
        {"endpoint": "http://elsewhere.test"},
        {"endpoint": True, "url": "http://elsewhere.test"},
        {"model": ""},
        {"model": 5},
        {"model": "local:tiny", "kind": "loss"},
        {"values": 5},
        {"values": None},
        {"values": [1], "kind": "bits"},
        {"values": [1], "kind": ["loss"]},
        {"values": [1], "base": 2},
    ],
)
def test_what_is_no_source(value: object) -> None:
    with pytest.raises(OptionError) as caught:
        read(value)
    assert caught.value.code == "bad-request"
    assert "`losses" in caught.value.detail
