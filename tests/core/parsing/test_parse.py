"""A paste becomes a conversation, or an error with its place; nothing else can happen."""

from __future__ import annotations

import json
import re
from typing import Any, get_args

import pytest
from lossmask.core import parsing
from lossmask.core.parsing import Format, Parsed, iterate_rows, open_paste, parse, rows_preview
from lossmask.errors import ConversationError, Where

MESSAGES = [{"role": "user", "content": "Hello?"}, {"role": "assistant", "content": "Hi."}]
SHAREGPT = {"conversations": [{"from": "human", "value": "Hello?"}, {"from": "gpt", "value": "Hi."}]}
ALPACA = {"instruction": "Hello?", "input": "", "output": "Hi."}
PAIR = {"prompt": "Hello?", "completion": "Hi."}
PLAIN = "User: Hello?\nAssistant: Hi."

PASTES: list[tuple[str, str]] = [
    (json.dumps(MESSAGES), "messages"),
    (json.dumps({"messages": MESSAGES, "tools": []}), "messages"),
    (json.dumps(SHAREGPT, indent=2), "sharegpt"),
    (json.dumps(ALPACA), "alpaca"),
    (json.dumps(PAIR), "prompt-completion"),
    (PLAIN, "plain"),
    (str(MESSAGES), "messages"),
    (json.dumps({"text": PLAIN}), "plain"),
]


@pytest.mark.parametrize(("text", "format"), PASTES)
def test_every_format_gives_the_same_conversation(text: str, format: str) -> None:
    parsed = parse(text)
    assert parsed.format == format
    assert list(parsed.conversation.messages) == MESSAGES
    assert (parsed.rows, parsed.row) == (1, 0)


@pytest.mark.parametrize(("text", "format"), PASTES)
def test_naming_the_format_that_was_detected_changes_nothing(text: str, format: Format) -> None:
    assert parse(text, format=format) == parse(text)


def test_the_other_formats_are_offered_and_can_be_chosen() -> None:
    text = json.dumps({"messages": MESSAGES, "prompt": "a", "completion": "b", "instruction": "c"})
    assert parse(text).candidates == ("prompt-completion",), "a format that cannot be read is not offered"
    chosen = parse(text, format="prompt-completion")
    assert chosen.conversation.messages[0]["content"] == "a"
    assert chosen.candidates == ("messages",)


def test_strong_evidence_that_cannot_be_read_is_an_error_and_never_another_format() -> None:
    text = json.dumps({"messages": [{"role": "user"}], "prompt": "a", "completion": "b"})
    with pytest.raises(ConversationError, match="Message 0 has no `content`"):
        parse(text)


@pytest.mark.parametrize(("text", "own"), PASTES)
@pytest.mark.parametrize("format", get_args(Format))
def test_a_format_that_does_not_fit_says_what_is_missing(text: str, own: str, format: Format) -> None:
    if format in (own, "plain"):
        assert parse(text, format=format).format == format
        return
    with pytest.raises(ConversationError) as caught:
        parse(text, format=format)
    assert caught.value.where is not None
    assert caught.value.where.line <= 3
    assert caught.value.detail.endswith(".")


def test_anything_can_be_read_as_plain_text() -> None:
    text = json.dumps(MESSAGES)
    parsed = parse(text, format="plain")
    assert parsed.conversation.messages == ({"role": "user", "content": text},)
    assert parsed.container == "text"
    assert parse("[1, 2", format="plain").conversation.messages[0]["content"] == "[1, 2"


def test_rows_of_text_keep_their_row_under_the_plain_format() -> None:
    text = "\n".join(json.dumps({"text": f"User: {index}\nAssistant: b"}) for index in range(3))
    parsed = parse(text, format="plain", row=2)
    assert parsed == parse(text, row=2)
    assert parsed.conversation.messages[0]["content"] == "2"


def test_a_forced_plain_paste_keeps_what_reading_as_json_would_leave_out() -> None:
    text = "```json\n[]\n```"
    assert (
        parse(open_paste("```json\n[[]]\n```"), format="plain")
        .conversation.messages[0]["content"]
        .startswith("```")
    )
    assert parse(text, format="plain").conversation.messages[0]["content"] == text


@pytest.mark.parametrize(
    "build",
    [lambda rows: "\n".join(map(json.dumps, rows)), json.dumps, lambda rows: json.dumps(rows, indent=1)],
)
def test_a_row_is_picked_out_of_many(build: Any) -> None:
    text = build([{"messages": [{"role": "user", "content": str(index)}]} for index in range(5)])
    parsed = parse(text, row=3)
    assert parsed.conversation.messages[0]["content"] == "3"
    assert (parsed.rows, parsed.row) == (5, 3)
    assert rows_preview(text, 2) == ("0", "1")


def test_rows_of_different_formats_are_each_read_as_their_own() -> None:
    text = "\n".join(json.dumps(row) for row in ({"messages": MESSAGES}, SHAREGPT, ALPACA, PAIR))
    assert [parse(text, row=row).format for row in range(4)] == [
        "messages",
        "sharegpt",
        "alpaca",
        "prompt-completion",
    ]


MISFITS = [
    ('{"messages": [\n  {"role": "user", "content": "a"},\n  {"content": "b"}\n]}', 0, 3, 3),
    ('{"messages": [\n  {"role": "user",\n   "content": 3}]}', 0, 3, 15),
    ("{'messages': [\n  {'role': 'user', 'content': 'é'},\n  {'content': None}]}", 0, 3, 3),
    ('{"messages": []}\n{"messages": [{"role": "user"}]}', 1, 2, 15),
    ('[{"messages": [{"role": "user", "content": "a"}]},\n {"messages": [3]}]', 1, 2, 16),
    ('{"role": "user", "content": "a"}\n{"role": "user"}', 0, 2, 1),
    ('{"instruction": "a",\n "output": 3}', 0, 2, 12),
    ('{"messages": [{"role": "user", "content": "a"}],\n"tools": [{}, 3]}', 0, 2, 15),
    ('\ufeff\n{"a": 1}', 0, 2, 1),
]


@pytest.mark.parametrize(("text", "row", "line", "column"), MISFITS)
def test_what_does_not_fit_has_its_place(text: str, row: int, line: int, column: int) -> None:
    with pytest.raises(ConversationError) as caught:
        parse(text, row=row)
    assert caught.value.where == Where(line, column)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('{"a": 1, "b": 2}', "these keys: `a`, `b`"),
        ("{}", "these keys: none"),
        ("[1, 2]", "The row is no conversation"),
        ('{"chosen": [], "rejected": []}', "preference row"),
        ('{"input_ids": [1], "labels": [1]}', "tokenized already"),
    ],
)
def test_a_row_of_no_known_format_is_told_what_would_be(text: str, words: str) -> None:
    with pytest.raises(ConversationError, match=re.escape(words)):
        parse(text)


def test_notes_come_from_the_paste_the_decoding_and_the_reading() -> None:
    text = "```\n{'messages': [{'role': 'human', 'content': 'a'}]}\n```"
    notes = parse(text).notes
    assert [word in note for word, note in zip(("fence", "Python", "human"), notes, strict=True)] == [
        True
    ] * 3


def test_arguments_can_be_left_as_they_are() -> None:
    call = {
        "role": "assistant",
        "content": "",
        "tool_calls": [{"function": {"name": "f", "arguments": "{}"}}],
    }
    text = json.dumps([call])
    assert parse(text).conversation.messages[0]["tool_calls"][0]["function"]["arguments"] == {}
    kept = parse(text, parse_arguments=False).conversation
    assert kept.messages[0]["tool_calls"][0]["function"]["arguments"] == "{}"


def test_the_preview_is_short_and_says_which_rows_cannot_be_read() -> None:
    parts = {
        "messages": [
            {"role": "system", "content": "s"},
            {"role": "user", "content": [{"type": "text", "text": "p"}]},
        ]
    }
    rows = [{"messages": [{"role": "user", "content": "word \n" * 100}]}, parts, {"a": 1}]
    text = "\n".join(map(json.dumps, rows)) + "\n{oops"
    preview = rows_preview(text)
    assert preview[0].startswith("word word")
    assert preview[0].endswith("…")
    assert preview[1] == "p"
    assert all(line.startswith("cannot be read: ") for line in preview[2:])
    assert all(len(line) <= 72 and "\n" not in line for line in preview)


def test_the_lines_of_a_file_are_read_one_by_one() -> None:
    lines = iter(["\ufeff" + json.dumps(MESSAGES) + "\n", "\n", '{"a": 1}\r\n', '{"a": }\n'])
    rows = iterate_rows(lines)
    assert next(rows) == (0, MESSAGES)
    assert next(rows) == (1, {"a": 1})
    with pytest.raises(ConversationError) as caught:
        next(rows)
    assert caught.value.where == Where(4, 7)


def test_the_public_door_is_complete() -> None:
    assert len(set(parsing.__all__)) == len(parsing.__all__)
    assert all(hasattr(parsing, name) for name in parsing.__all__)
    assert isinstance(parse("a"), Parsed)
