"""An analysis read back from its JSON is the one that was written; a stranger's is checked."""

from __future__ import annotations

import copy
import json
import random
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from lossmask.core.analysis import Analysis, Finding, Outcome
from lossmask.core.digest import digest
from lossmask.core.request import AnalysisRequest
from lossmask.core.restore import restored
from lossmask.engine.analyse import analyse
from lossmask.errors import ConversationError, LossmaskError
from lossmask.strategies.registry import STRATEGIES
from lossmask.web.samples import SAMPLES

from tests.factory import CHAT, Word, analysis
from tests.web.losses import with_losses

WIDE: Any = [
    {"role": "system", "content": "Größe ☕ 😀 e\u0301"},
    {"role": "user", "content": "多言語 and\ttabs\n\n"},
    {"role": "assistant", "content": "fine 😀", "reasoning_content": "hmm"},
]
CONVERSATIONS = {**{name: sample.conversation for name, sample in SAMPLES.items()}, "wide": WIDE}


def as_written(found: Analysis) -> Any:
    return json.loads(json.dumps(found.as_json(), allow_nan=False))


def check(made: Analysis) -> None:
    """There and back, to the last field that is written, and to what is computed of it."""
    written = as_written(made)
    again = restored(written)
    assert as_written(again) == written
    assert digest(again) == digest(made)
    for one, other in zip(made.examples, again.examples, strict=True):
        for name in ("messages", "parts", "coefficients", "contributions"):
            column, back = getattr(one, name), getattr(other, name)
            assert column.dtype == back.dtype
            assert np.array_equal(column, back, equal_nan=name.startswith("co"))
        assert (one.example.used == other.example.used).all()
        assert one.notice == other.notice


@pytest.mark.parametrize("name", STRATEGIES)
@pytest.mark.parametrize("conversation", CONVERSATIONS)
def test_every_rule_over_every_sample(name: str, conversation: str) -> None:
    value = CONVERSATIONS[conversation]
    asked = {
        "conversation": value,
        "chat_template": "bundled:chatml-thinking",
        "strategy": {"name": name},
        "today": "2026-11-23",
    }
    try:
        made = analyse(AnalysisRequest.from_json(asked))
    except LossmaskError:
        pytest.skip("the rule asks for an option")
    check(made)


def test_losses_and_what_a_model_finds_likely() -> None:
    check(with_losses(analysis()))


def test_coefficients_that_are_not_known() -> None:
    asked = {"conversation": WIDE, "chat_template": "bundled:chatml", "reduction": {"name": "dft"}}
    made = analyse(AnalysisRequest.from_json(asked))
    assert np.isnan(made.examples[0].coefficients).any()
    check(made)


def test_findings_cuts_and_refusals() -> None:
    finding = Finding("LM101", "error", "Nothing trains.", ((0, 3), (5, 6)), "do this")
    check(analysis(findings=(finding, Finding("LM102", "note", "x")), cut=4))
    check(analysis(outcome=Outcome("dropped", "too long")))
    check(analysis([Word("a")]))


def example(value: Any) -> Any:
    return value["examples"][0]


BROKEN: dict[str, Any] = {
    "labels": lambda value: example(value)["labels"].pop(),
    "weights": lambda value: example(value).update(weights=["x"] * 9),
    "pieces": lambda value: example(value)["pieces"].append("x"),
    "offsets": lambda value: example(value)["offsets"].__setitem__(0, [0, 10**6]),
    "input_ids": lambda value: example(value)["input_ids"].__setitem__(0, True),
    "messages": lambda value: example(value)["messages"].__setitem__(0, -5),
    "parts": lambda value: example(value)["parts"].__setitem__(0, "lid"),
    "reasons": lambda value: example(value)["reasons"].__setitem__(0, 99),
    "special": lambda value: example(value)["special"].append(9),
    "contributions": lambda value: example(value).pop("coefficients"),
    "runs": lambda value: example(value)["provenance"]["runs"].pop(),
    "runs with a gap": lambda value: example(value)["provenance"]["runs"].pop(2),
    "origins": lambda value: example(value)["provenance"]["origins"].pop(),
    "outcome": lambda value: value["outcome"].update(kind="fine"),
    "severity": lambda value: value["findings"].append(
        {"code": "x", "severity": "loud", "sentence": "x", "tokens": []}
    ),
    "today": lambda value: value.update(today="now"),
    "versions": lambda value: value.update(versions=[]),
    "template": lambda value: value["template"].update(source=3),
}


@pytest.mark.parametrize("name", BROKEN)
def test_what_does_not_fit_is_refused(name: str) -> None:
    value = as_written(analysis())
    BROKEN[name](value)
    with pytest.raises(ConversationError) as raised:
        restored(value)
    assert raised.value.code == "bad-analysis"


ODD = [None, True, -1, 2**40, 1.5, float("nan"), "", "x", [], [[]], [1, 2, 3], {}, {"a": None}]


def test_thousands_with_something_odd_are_read_or_refused() -> None:
    """One thing replaced in a whole analysis: it is refused by a sentence, or read and can be written."""
    chance = random.Random(13)
    plain = as_written(with_losses(analysis(CHAT, findings=(Finding("LM1", "note", "x", ((0, 1),)),))))
    refused = 0
    for _ in range(3_000):
        value = copy.deepcopy(plain)
        _spoil(value, chance)
        refused += _is_refused(value)
    assert 1_500 < refused < 2_990


def _spoil(value: Any, chance: random.Random) -> None:
    """Replace one thing, at any depth."""
    while True:
        key = chance.choice(list(value) if isinstance(value, dict) else range(len(value)))
        inner = value[key]
        if not isinstance(inner, dict | list) or not inner or chance.random() < 0.2:
            value[key] = chance.choice(ODD)
            return
        value = inner


def _is_refused(value: Any) -> bool:
    try:
        again = restored(value)
    except ConversationError as error:
        return error.detail.endswith(".")
    json.dumps(replace(again, statistics={}).as_json())
    return False


@pytest.mark.parametrize("value", [None, 1, "x", [], {}, {"examples": 3}, {"reason_table": {}}])
def test_what_is_no_analysis_is_refused(value: object) -> None:
    with pytest.raises(ConversationError, match="not an analysis of Lossmask"):
        restored(value)
