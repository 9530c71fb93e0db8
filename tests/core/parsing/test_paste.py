"""A paste is told apart by its container, and its rows are counted and found."""

from __future__ import annotations

import json

import pytest
from lossmask.core.parsing.paste import open_paste
from lossmask.errors import ConversationError, Where

MESSAGES = [{"role": "user", "content": "a"}, {"role": "assistant", "content": "b"}]
ROW = {"messages": MESSAGES}


def _jsonl(count: int, between: str = "\n") -> str:
    return between.join(json.dumps({**ROW, "id": index}) for index in range(count))


@pytest.mark.parametrize(
    ("text", "container", "rows"),
    [
        (json.dumps(ROW), "json", 1),
        (json.dumps(ROW, indent=2), "json", 1),
        (json.dumps(MESSAGES), "json", 1),
        (json.dumps(MESSAGES, indent=2), "json", 1),
        (json.dumps([ROW, ROW]), "array", 2),
        (json.dumps([MESSAGES, MESSAGES, MESSAGES]), "array", 3),
        (_jsonl(3), "jsonl", 3),
        (_jsonl(3, "\r\n\r\n") + "\n", "jsonl", 3),
        (_jsonl(3, ",\n"), "jsonl", 3),
        ("\n".join([json.dumps(MESSAGES)] * 2), "jsonl", 2),
        ("\n".join([str(ROW)] * 2), "jsonl", 2),
        ("\n".join([json.dumps(ROW, indent=1)] * 3), "jsonl", 3),
        ("\n".join(json.dumps(message) for message in MESSAGES), "jsonl", 1),
        ("hello", "text", 1),
        ("[INST] hello [/INST]", "text", 1),
        ("[1] a footnote", "text", 1),
        ("{{ messages }}", "text", 1),
        ('"quoted"', "text", 1),
    ],
)
def test_the_container_and_the_rows_are_found(text: str, container: str, rows: int) -> None:
    paste = open_paste(text)
    assert (paste.container, paste.rows) == (container, rows)


@pytest.mark.parametrize("between", ["\n", "\r\n", "\r", ",\n", "\n\n  \n"])
def test_every_row_is_decoded_by_its_number(between: str) -> None:
    paste = open_paste(_jsonl(4, between))
    assert [paste.document(row).value["id"] for row in range(4)] == [0, 1, 2, 3]


def test_other_line_separators_do_not_split_rows() -> None:
    row = json.dumps({"messages": [{"role": "user", "content": "a\u2028b\x85c"}]}, ensure_ascii=False)
    assert open_paste(f"{row}\n{row}").rows == 2


def test_a_fault_in_one_row_leaves_the_others_readable() -> None:
    text = _jsonl(2) + '\n{"messages": [}\n' + _jsonl(1)
    paste = open_paste(text)
    assert paste.rows == 4
    assert paste.document(3).value["id"] == 0
    with pytest.raises(ConversationError) as caught:
        paste.document(2)
    assert caught.value.where == Where(3, 15)


def test_a_fault_in_the_first_row_is_named_in_that_row() -> None:
    with pytest.raises(ConversationError) as caught:
        open_paste('{"messages": [1,]}\n{"messages": []}').document(0)
    assert caught.value.where == Where(1, 16)


def test_a_row_that_is_not_there_is_refused() -> None:
    for row in (-1, 3):
        with pytest.raises(ConversationError, match="There is no row"):
            open_paste(_jsonl(3)).document(row)


@pytest.mark.parametrize("text", ["", " ", "\n\t\r\n", "\ufeff", "\ufeff\n\xa0\u200b"])
def test_nothing_is_said_to_be_nothing(text: str) -> None:
    with pytest.raises(ConversationError, match="the text is empty"):
        open_paste(text)


@pytest.mark.parametrize(
    ("before", "after", "words"),
    [
        ("\ufeff", "", None),
        ("\xa0\u200b\n", "\xa0\n", None),
        ("```json\r\n", "\r\n```\r\n", "code fence"),
        ("\n```\n", "\n```", "code fence"),
        ("messages = ", "", "`messages =`"),
        ("\nconst rows=\n", "", "`const rows=`"),
    ],
)
def test_what_stands_around_json_is_left_out(before: str, after: str, words: str | None) -> None:
    paste = open_paste(f"{before}{json.dumps(ROW)}{after}")
    assert paste.document(0).value == ROW
    assert [words in note for note in paste.notes] == ([True] if words else [])


@pytest.mark.parametrize("before", ["\ufeff", "```json\n", "\n\n```\r\nx = \n", "\xa0\r\n"])
def test_what_is_left_out_moves_no_place(before: str) -> None:
    text = before + '{"messages": oops}'
    with pytest.raises(ConversationError) as caught:
        open_paste(text)
    where = caught.value.where
    assert where is not None
    line = text.replace("\r\n", "\n").split("\n")[where.line - 1]
    assert line[(where.column or 0) - 1 :].startswith("oops")


def test_half_a_surrogate_pair_in_the_text_is_refused_with_its_place() -> None:
    with pytest.raises(ConversationError, match=r"U\+DC00") as caught:
        open_paste("ab\ncd\udc00")
    assert caught.value.where == Where(2, 3)


def test_an_empty_list_is_refused() -> None:
    with pytest.raises(ConversationError, match="The list is empty"):
        open_paste(" []")


def test_a_large_file_is_opened_without_decoding_every_row() -> None:
    broken = "\n".join(["{not json at all}"] * 50_000)
    assert open_paste(f"{_jsonl(1)}\n{broken}").rows == 50_001
