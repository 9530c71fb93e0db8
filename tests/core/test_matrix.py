"""One row per rule, laid over the rendering."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from lossmask.core.analysis import Analysis, ExampleAnalysis, Outcome
from lossmask.core.conversation import Conversation
from lossmask.core.matrix import MatrixRow, matrix

from tests.factory import CHAT, Word, conversation
from tests.factory import analysed as made
from tests.factory import analysis as analysis_of
from tests.labels import PANCAKES, analysed
from tests.strategies.rows import FORGETFUL

TALK: list[dict[str, Any]] = [
    *PANCAKES,
    {"role": "user", "content": "how long?"},
    {"role": "assistant", "content": "a while", "reasoning_content": "minutes"},
]


def row_of(
    words: Sequence[Word], reference: Sequence[Word] = CHAT, ids: Sequence[int] | None = None
) -> MatrixRow:
    """The row of a rule that feeds these words, with these ids."""
    found = analysis_of(words)
    if ids is not None:
        found = replace(found, examples=(with_ids(found.examples[0], ids),))
    [row] = matrix(conversation(), made(reference), [found]).rows
    return row


def with_ids(example: ExampleAnalysis, ids: Sequence[int]) -> ExampleAnalysis:
    tokens = replace(example.example.tokens, ids=np.array(ids, dtype=np.int32))
    return replace(example, example=replace(example.example, tokens=tokens))


def strip(row: MatrixRow) -> str:
    """One letter a token of the rendering: T, m, or - where the row has none."""
    letters = {"trained": "T", "masked": "m", "absent": "-"}
    return "".join(letters[run.state] * (run.end - run.start) for run in row.runs)


def rows(
    messages: list[dict[str, Any]], template: str, *strategies: str, **request: Any
) -> dict[str, MatrixRow]:
    def one(name: str) -> Analysis:
        ignore = {"ignore_input_ids_mismatch": True} if name == "verl" else {}
        return analysed(messages, strategy=name, options=ignore, chat_template=template, **request)

    full = one("full")
    found = matrix(Conversation(tuple(messages)), full.examples[0], map(one, strategies))
    return {row.strategy: row for row in found.rows}


def test_the_strip_is_the_labels() -> None:
    row = row_of(CHAT)
    assert strip(row) == "mmmmmmTTT"
    assert (row.tokens, row.trained, row.insertions, row.notice) == (9, 3, (), None)


def test_the_aspects_are_those_of_the_assistant() -> None:
    row = row_of(CHAT)
    assert row.aspects == {
        "header": "no",
        "end_of_turn": "yes",
        "newline": "absent",
        "thinking": "absent",
        "tool_call": "absent",
        "history": "absent",
    }


def test_what_is_trained_in_part() -> None:
    words = [replace(word, part="thinking") if word.message == 1 and word.trained else word for word in CHAT]
    words[-1] = replace(words[-1], trained=False)
    assert row_of(words).aspects["thinking"] == "partly"


def test_what_truncation_cut_is_absent() -> None:
    assert strip(row_of(CHAT[:7])) == "mmmmmmT--"
    assert strip(row_of(CHAT[3:], ids=range(103, 109))) == "---mmmTTT"


def test_what_a_rule_adds_has_no_width() -> None:
    words = [*CHAT, Word("</s>", 1, "eos", trained=True)]
    row = row_of(words)
    assert strip(row) == "mmmmmmTTT"
    assert [(added.at, added.tokens, added.trained) for added in row.insertions] == [(9, 1, 1)]


def test_what_stands_in_place_of_another_is_scaled() -> None:
    words = [*CHAT[:6], Word("a", 1), Word("b", 1, trained=True), CHAT[8]]
    assert strip(row_of(words, ids=[*range(100, 106), 7, 8, 108])) == "mmmmmmmTT"
    longer = [*CHAT[:6], *(Word(letter, 1, trained=True) for letter in "abcd"), CHAT[8]]
    assert strip(row_of(longer, ids=[*range(100, 106), 7, 8, 9, 10, 108])) == "mmmmmmTTT"


def test_several_examples_share_a_row() -> None:
    found = analysis_of(CHAT)
    other = made([replace(word, trained=word.part == "bos") for word in CHAT])
    both = replace(found, examples=(*found.examples, other))
    [row] = matrix(conversation(), made(CHAT), [both]).rows
    assert strip(row) == "TmmmmmTTT"
    assert row.aspects["end_of_turn"] == "partly"


def test_a_refusal_has_no_strip() -> None:
    refused = analysis_of(outcome=Outcome("dropped", "too long"))
    [row] = matrix(conversation(), made(CHAT), [refused]).rows
    assert strip(row) == "-" * len(CHAT)
    assert set(row.aspects.values()) == {"absent"}
    assert row.as_json()["outcome"] == {"kind": "dropped", "reason": "too long"}


def test_rules_of_a_real_conversation() -> None:
    found = rows(TALK, "bundled:chatml-thinking", "full", "assistant-turns", "verl", "nemo-rl")
    header = {name: row.aspects["header"] for name, row in found.items()}
    assert header == {"full": "yes", "assistant-turns": "no", "verl": "no", "nemo-rl": "yes"}
    newline = {name: row.aspects["newline"] for name, row in found.items()}
    assert newline == {"full": "yes", "assistant-turns": "no", "verl": "yes", "nemo-rl": "yes"}
    assert {row.aspects["thinking"] for row in found.values()} == {"yes"}
    assert {row.aspects["history"] for row in found.values()} == {"yes"}
    assert {row.aspects["tool_call"] for row in found.values()} == {"absent"}


def test_a_repeated_answer_is_history_trained_in_part() -> None:
    found = rows(TALK, FORGETFUL, "nemo-rl", "verl")
    assert found["nemo-rl"].aspects["history"] == "partly"
    assert found["nemo-rl"].notice is not None
    assert sum(added.tokens for added in found["verl"].insertions) > 0
    assert {len(strip(row)) for row in found.values()} == {len(strip(found["verl"]))}


@pytest.mark.parametrize(("turns", "expected"), [("all", "yes"), ("last", "no")])
def test_history(turns: str, expected: str) -> None:
    found = analysed(TALK, options={"turns": turns}, chat_template="bundled:chatml")
    [row] = matrix(Conversation(tuple(TALK)), found.examples[0], [found]).rows
    assert row.aspects["history"] == expected


def test_the_turns_head_the_strip() -> None:
    answer = matrix(conversation(), made(CHAT), [analysis_of(CHAT)]).as_json()
    assert answer["tokens"] == 9
    assert answer["turns"] == [
        {"message": 0, "role": "user", "start": 1, "end": 5},
        {"message": 1, "role": "assistant", "start": 5, "end": 9},
    ]
    assert answer["rows"][0]["runs"] == [[0, 6, "masked"], [6, 9, "trained"]]
