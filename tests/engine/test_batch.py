"""Batches through the engine: the same tokens as alone, weighed together."""

from __future__ import annotations

import json
from typing import Any

import pytest
from lossmask.core.batch.request import BatchRequest
from lossmask.core.request import AnalysisRequest
from lossmask.engine.analyse import analyse
from lossmask.engine.batch import analyse_batch
from lossmask.errors import LossmaskError, OptionError, TokenizerError, TooLarge
from lossmask.settings import Settings
from lossmask.strategies.registry import STRATEGIES

CHATML = "bundled:chatml"


def talk(reply: str, question: str = "give me a recipe") -> dict[str, Any]:
    return {"messages": [{"role": "user", "content": question}, {"role": "assistant", "content": reply}]}


LONG, SHORT = talk("to bake pancakes, one takes a pan " * 20), talk("no")
UNANSWERED = {"messages": [{"role": "user", "content": "hello?"}]}


def batch(*rows: Any, settings: dict[str, str] | None = None, **fields: Any) -> dict[str, Any]:
    body = {"conversations": list(rows), "chat_template": CHATML, "today": "2026-11-23", **fields}
    found = analyse_batch(BatchRequest.from_json(body), Settings(settings or {})).as_json()
    json.dumps(found, allow_nan=False)
    return found


def coefficients(answer: dict[str, Any], which: int = 0) -> list[float]:
    return [
        value
        for step in answer["steps"]
        for part in step["micro_batches"]
        for sequence in part["sequences"]
        for value in sequence["coefficients"][which]
    ]


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_a_row_has_the_labels_that_it_has_alone(strategy: str) -> None:
    choice = {"name": strategy, "options": {}}
    answer = batch(LONG, SHORT, strategy=choice, columns=True, batch={"micro_batch_size": 1})
    sequences = [part["sequences"] for step in answer["steps"] for part in step["micro_batches"]]
    for row, conversation in enumerate((LONG, SHORT)):
        body = {"conversation": conversation, "chat_template": CHATML, "strategy": choice}
        alone = analyse(AnalysisRequest.from_json({**body, "today": "2026-11-23"})).as_json()
        told = answer["rows"][row]
        assert told["outcome"] == alone["outcome"]
        assert told["tokens"] == sum(len(example["input_ids"]) for example in alone["examples"])
        mine = [
            sequence
            for [sequence] in sequences
            if sequence["documents"] and sequence["documents"][0]["row"] == row
        ]
        assert [sequence["input_ids"] for sequence in mine] == [
            example["input_ids"] for example in alone["examples"]
        ]
        assert [sequence["labels"][1:] for sequence in mine] == [
            example["labels"][1:] for example in alone["examples"]
        ]


def test_coefficients_of_a_step_add_up_to_one() -> None:
    answer = batch(LONG, SHORT, columns=True, batch={"micro_batch_size": 1, "gradient_accumulation_steps": 2})
    assert sum(coefficients(answer, 0)) == pytest.approx(1)
    assert sum(coefficients(answer, 1)) == pytest.approx(1)
    assert [info["name"] for info in answer["reductions"]] == ["token-mean", "micro-batch-mean"]


def test_a_mean_of_means_is_said_with_its_numbers_and_warned_of_where_it_is_chosen() -> None:
    shape = {"micro_batch_size": 1, "gradient_accumulation_steps": 2}
    plain = batch(LONG, SHORT, batch=shape)
    assert plain["findings"] == []
    assert any("one token of conversation 2" in sentence for sentence in plain["notable"])
    chosen = batch(LONG, SHORT, batch=shape, strategy="open-instruct")
    assert [info["name"] for info in chosen["reductions"]] == ["micro-batch-mean", "token-mean"]
    [finding] = chosen["findings"]
    assert (finding["code"], finding["severity"]) == ("LM711", "warning")
    assert f"({chosen['rows'][1]['used']} trained tokens)" in finding["sentence"]


def test_a_row_that_the_framework_leaves_out_keeps_its_place() -> None:
    answer = batch(LONG, UNANSWERED, SHORT, strategy="open-instruct")
    assert [row["outcome"]["kind"] for row in answer["rows"]] == ["ok", "dropped", "ok"]
    assert answer["rows"][1]["step"] is None
    rows = {
        document["row"]
        for step in answer["steps"]
        for part in step["micro_batches"]
        for sequence in part["sequences"]
        for document in sequence["documents"]
    }
    assert rows == {0, 2}
    assert answer["statistics"]["left_out"] == 1


def test_a_row_that_the_template_refuses_keeps_its_place() -> None:
    source = "{% for m in messages %}{% if m.role == 'tool' %}{{ raise_exception('No tools.') }}{% endif %}"
    source += "{{ m.content }}{% endfor %}"
    answer = batch({"messages": [{"role": "tool", "content": "x"}]}, SHORT, chat_template=source)
    assert answer["rows"][0]["outcome"] == {"kind": "error", "reason": "No tools."}
    assert answer["rows"][1]["outcome"]["kind"] == "ok"


def test_half_a_character_costs_its_own_row_alone() -> None:
    answer = batch(talk("\ud83d"), SHORT)
    assert [row["outcome"]["kind"] for row in answer["rows"]] == ["error", "ok"]
    assert "surrogate" in answer["rows"][0]["outcome"]["reason"]


def test_where_every_row_is_left_out_there_are_no_steps() -> None:
    answer = batch(UNANSWERED, UNANSWERED, strategy="open-instruct")
    assert answer["steps"] == []
    assert answer["shares"]["roles"] == []


@pytest.mark.parametrize("packing", ["bfd", "bfd_split", "wrapped"])
def test_packs_hold_the_rows_tokens(packing: str) -> None:
    answer = batch(LONG, SHORT, columns=True, batch={"packing": packing, "packing_length": 64})
    sequences = [part["sequences"] for step in answer["steps"] for part in step["micro_batches"]]
    flat = [sequence for part in sequences for sequence in part]
    assert all(sequence["length"] <= 64 for sequence in flat)
    for sequence in flat:
        sizes = [document["stop"] - document["start"] for document in sequence["documents"]]
        assert sum(sizes) == sequence["length"] == len(sequence["input_ids"])
    kept = sum(sequence["length"] for sequence in flat)
    rows = answer["rows"]
    assert kept == (64 + rows[1]["tokens"] if packing == "bfd" else rows[0]["tokens"] + rows[1]["tokens"])


def test_trl_packs_to_max_length_instead_of_cutting_to_it() -> None:
    choice = {"name": "trl-full", "options": {"max_length": 32}}
    answer = batch(LONG, strategy=choice, batch={"packing": "bfd_split"})
    assert answer["strategy"]["options"]["max_length"] is None
    assert answer["statistics"]["tokens"] == answer["rows"][0]["tokens"] > 32
    assert {sequence["length"] for sequence in answer["steps"][0]["micro_batches"][0]["sequences"]} >= {32}


def test_padding_fills_up_to_the_longest_of_a_micro_batch() -> None:
    answer = batch(LONG, SHORT)
    first, second = answer["steps"][0]["micro_batches"][0]["sequences"]
    assert (first["padding"], second["padding"]) == (0, first["length"] - second["length"])


@pytest.mark.parametrize(
    ("fields", "kind", "code"),
    [
        ({"reduction": "median"}, OptionError, "unknown-reduction"),
        ({"compare_with": "median"}, OptionError, "unknown-reduction"),
        ({"compare_with": {"name": "sum", "options": {"over": "step"}}}, OptionError, "bad-option"),
        ({"strategy": "absent"}, OptionError, "unknown-strategy"),
        ({"strategy": {"name": "full", "options": {"x": 1}}}, OptionError, "bad-option"),
        ({"tokenizer": "local:absent"}, TokenizerError, "unknown-tokenizer"),
    ],
)
def test_what_no_row_can_mend_is_an_error(
    fields: dict[str, Any], kind: type[LossmaskError], code: str
) -> None:
    with pytest.raises(kind) as caught:
        batch(SHORT, **fields)
    assert caught.value.code == code


def test_too_much_rendered_text_is_refused() -> None:
    with pytest.raises(TooLarge, match="together"):
        batch(LONG, LONG, settings={"LOSSMASK_BATCH_CHARACTERS": "1000"})
