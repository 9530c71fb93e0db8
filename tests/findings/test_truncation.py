"""What a limit of length takes, and whether the lengths that are named do what is said of them."""

from __future__ import annotations

import re
from typing import Any

import pytest
from lossmask.core.example import MASKED
from lossmask.findings.base import Found
from lossmask.findings.truncation import find_cut_turn, find_nothing_left

from tests.findings.subjects import subject_for

TALK = [
    {"role": "user", "content": "pancakes?"},
    {"role": "assistant", "content": "take a pan"},
    {"role": "user", "content": "how long does that take?"},
    {"role": "assistant", "content": "about twenty minutes"},
]
LIMITS = [
    ("full", "max_length", {}),
    ("assistant-turns", "max_length", {}),
    ("generation-tags", "max_length", {}),
    ("trl-assistant-only", "max_length", {}),
    ("trl-assistant-only", "max_length", {"truncation_mode": "keep_end"}),
    ("trl-completion-only", "max_length", {}),
    ("axolotl", "sequence_len", {}),
    ("axolotl", "sequence_len", {"excess_length_strategy": "truncate"}),
    ("unsloth-responses-only", "max_seq_length", {}),
    ("open-instruct", "max_seq_length", {}),
    ("megatron-bridge", "max_seq_length", {}),
    ("nemo-rl", "max_seq_length", {"add_generation_prompt": True}),
    ("verl", "max_length", {}),
    ("verl", "max_length", {"truncation": "right"}),
]


def fields(strategy: str, **options: Any) -> dict[str, Any]:
    choice = {"name": strategy, "options": options}
    return {"conversation": {"messages": TALK}, "chat_template": "bundled:chatml", "strategy": choice}


def found(strategy: str, **options: Any) -> list[Found]:
    subject = subject_for(fields(strategy, **options))
    return [*find_cut_turn(subject), *find_nothing_left(subject)]


def trained(strategy: str, **options: Any) -> int:
    subject = subject_for(fields(strategy, **options))
    return int((subject.first.example.labels != MASKED).sum()) if subject.first else 0


_KEEPS_ALL = r"(?:all trained tokens|the whole row) is (\d+)|(\d+)(?: is the shortest length that| keeps all)"


@pytest.mark.parametrize(("strategy", "name", "options"), LIMITS)
@pytest.mark.parametrize("length", [6, 20])
def test_the_fix_keeps_the_whole_row(strategy: str, name: str, options: dict[str, Any], length: int) -> None:
    [hit] = found(strategy, **{**options, name: length})
    named = int(re.findall(r"\d+", hit.fix or "")[-1])
    assert found(strategy, **{**options, name: named}) == []


@pytest.mark.parametrize(("strategy", "name", "options"), LIMITS)
@pytest.mark.parametrize("length", [6, 20])
def test_the_length_that_keeps_all_is_the_shortest(
    strategy: str, name: str, options: dict[str, Any], length: int
) -> None:
    limited = {**options, name: length}
    [hit] = found(strategy, **limited)
    [named] = [int(one or other) for one, other in re.findall(_KEEPS_ALL, hit.sentence)]
    every = trained(strategy, **options, **{name: 1000})
    assert trained(strategy, **options, **{name: named}) == every
    assert trained(strategy, **options, **{name: named - 1}) < every


def test_the_length_that_keeps_one_is_the_shortest() -> None:
    [hit] = found("trl-assistant-only", max_length=6)
    one = int(re.findall(r"keeps one is (\d+)", hit.sentence)[0])
    assert trained("trl-assistant-only", max_length=one) == 1
    assert trained("trl-assistant-only", max_length=one - 1) == 0


def test_a_cut_turn_is_named_with_what_it_loses() -> None:
    [hit] = found("trl-assistant-only", max_length=16)
    assert "turn 2 (assistant) loses" in hit.sentence
    assert "turns 3 and 4 are lost whole" in hit.sentence
    assert hit.severity is None


def test_a_cut_that_takes_no_trained_token_is_a_note() -> None:
    whole = len(subject_for(fields("assistant-turns")).first.example.tokens)  # type: ignore[union-attr]
    [hit] = found("assistant-turns", max_length=whole - 1)
    assert hit.severity == "note"


def test_a_row_that_megatron_trains_whole_for_want_of_a_label_is_told() -> None:
    [hit] = found("megatron-bridge", max_seq_length=4)
    assert "leaves none" in hit.sentence


@pytest.mark.parametrize(("strategy", "name", "options"), LIMITS)
def test_a_row_that_fits_yields_nothing(strategy: str, name: str, options: dict[str, Any]) -> None:
    assert found(strategy, **{**options, name: 1000}) == []
