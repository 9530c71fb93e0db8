"""What a file holds: read back whole, and a stranger's refused in plain words."""

from __future__ import annotations

import json
import random
from typing import Any

import pytest
from lossmask.core.digest import digest
from lossmask.core.files import Body, read_body
from lossmask.core.files.body import body_from, bytes_body
from lossmask.errors import FileError
from lossmask.web.save import KINDS

from tests.core.files.bodies import HOSTILE_CHAT, body_for, values

SEED = 20261123


@pytest.fixture(scope="module")
def body() -> Body:
    return body_for()


@pytest.mark.parametrize(
    "fields",
    [
        {},
        {"strategy": {"name": "full", "options": {"max_length": 9}}},
        {"strategy": "trl-assistant-only"},
        {"strategy": "axolotl"},
        {"strategy": "open-instruct"},
        {"strategy": "nemo-rl"},
        {"chat_template": "{% for m in messages %}{{ m.content }}{% endfor %}"},
        {"chat_template": "{{ strftime_now('%Y') }}{{ messages[0].content }}", "today": None},
        {"conversation": HOSTILE_CHAT},
    ],
)
def test_a_body_is_read_back_as_it_was_written(fields: dict[str, Any]) -> None:
    written = body_for(**fields)
    again = read_body(written.text())
    assert values(again) == values(written)
    assert again.state == written.state
    assert digest(again.analysis) == written.state.digest


def test_what_is_saved_asks_for_the_same_analysis(body: Body) -> None:
    again = body.state.request()
    assert again.conversation.as_json() == body.conversation.as_json()
    assert again.chat_template == "bundled:chatml"
    assert again.tokenizer == "bundled"


def test_bytes_with_a_mark_in_front_are_read(body: Body) -> None:
    assert bytes_body(b"\xef\xbb\xbf" + body.text().encode()).as_json() == body.as_json()


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "no JSON"),
        ("{", "no JSON"),
        ("[1]", "no JSON object"),
        ("null", "no JSON object"),
        ('{"messages": []}', "paste its text"),
        ('{"v": "1", "state": {}, "analysis": {}}', "paste its text"),
        ('{"v": true, "state": {}, "analysis": {}}', "paste its text"),
        ('{"v": 1, "state": {}}', "paste its text"),
        ('{"v": 2, "state": {}, "analysis": {}}', "later version"),
        ('{"v": 1, "state": {"v": 9}, "analysis": {}}', "later version"),
        ('{"v": 1, "state": {"v": 1}, "analysis": {}}', "no conversation"),
        ('{"v": 1, "state": [], "analysis": {}}', "not an object"),
        ('{"outcome": {}, "examples": []}', "--save"),
        ("[" * 200_000, "JSON"),
        ('{"v": 1, "analysis": "\\ud800", "state": {}}', "stands for no character"),
        ('{"v": NaN}', "JSON"),
        ('{"v": 1, "state": {}, "analysis": ' + "[" * 300 + "]" * 300 + "}", "levels deep"),
    ],
)
def test_what_is_no_body_is_refused_in_plain_words(text: str, says: str) -> None:
    with pytest.raises(FileError, match=says) as raised:
        read_body(text)
    assert "link" not in raised.value.detail.lower()
    assert "Traceback" not in raised.value.detail


def test_a_fault_of_the_json_has_its_place(body: Body) -> None:
    with pytest.raises(FileError) as raised:
        read_body('{"v": 1,\n  "state": tru}')
    assert raised.value.where is not None
    assert raised.value.where.line == 2


@pytest.mark.parametrize("content", [b"\xff\xfe\x00", b"PK\x03\x04\x00\xff", b"\x89PNG\r\n"])
def test_bytes_that_are_no_text_are_refused(content: bytes) -> None:
    with pytest.raises(FileError, match="neither a page nor JSON"):
        bytes_body(content)


def changed(body: Body, *path: Any, value: Any) -> dict[str, Any]:
    found = values(body)
    place: Any = found
    for step in path[:-1]:
        place = place[step]
    place[path[-1]] = value
    return found


@pytest.mark.parametrize(
    ("path", "value", "says"),
    [
        (("messages", 3), 2, "turn 3"),
        (("labels", 4), 77, "digest"),
        (("offsets", 4), [5, 3], "ends before"),
        (("cut_tokens",), -1, "cut_tokens"),
        (("weights", 0), "1", "weights"),
        (("difference",), [{"example": [0, 1], "rendering": [0, 1]}], "difference"),
        (("difference",), [{"example": ["a", 1], "rendering": [0, 0]}], "difference"),
    ],
)
def test_columns_that_do_not_fit_are_refused(
    body: Body, path: tuple[Any, ...], value: Any, says: str
) -> None:
    with pytest.raises(FileError, match=says):
        body_from(changed(body, "analysis", "examples", 0, *path, value=value))


@pytest.mark.parametrize("tokens", [[[0, 999]], [[5, 4]], [[-1, 2]]])
def test_findings_about_tokens_that_are_not_there_are_refused(body: Body, tokens: list[list[int]]) -> None:
    finding = {"code": "LM201", "severity": "error", "sentence": "x", "tokens": tokens, "fix": None}
    with pytest.raises(FileError):
        body_from(changed(body, "analysis", "findings", value=[finding]))


OTHERS: tuple[Any, ...] = (
    *(None, True, -1, 0, 7, 2**31, 10**30, 1.5),
    *("", "x", "\u202e<b>", "2026-13-45", [], [[]], {}, {"a": 1}, [1, 2, 3]),
)


def places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Every place in a value, of an array the first three and the last."""
    inner: list[tuple[Any, Any]] = []
    if isinstance(value, dict):
        inner = list(value.items())
    elif isinstance(value, list):
        inner = [
            (index, value[index]) for index in sorted({*range(min(3, len(value))), len(value) - 1} - {-1})
        ]
    return [path, *(place for name, item in inner for place in places(item, (*path, name)))]


def test_a_mutated_body_is_refused_in_plain_words_or_can_be_shown() -> None:
    """Seeded: every field in turn holds something else, or is gone; what is read is written as each kind."""
    chance, whole = random.Random(SEED), body_for(strategy="axolotl")
    shown = refused = 0
    for path in places(values(whole))[1:]:
        found = values(whole)
        place: Any = found
        for step in path[:-1]:
            place = place[step]
        if chance.random() < 0.2:
            del place[path[-1]]
        else:
            place[path[-1]] = chance.choice(OTHERS)
        read = read_or_said(json.dumps(found))
        if isinstance(read, str):
            refused += 1
            assert read.endswith("."), read
            assert "\n" not in read
            continue
        shown += 1
        for kind in KINDS.values():
            kind.write(read, None).encode()
    assert shown > 20
    assert refused > 100


def read_or_said(text: str) -> Body | str:
    """The body, or why there is none."""
    try:
        return read_body(text)
    except FileError as error:
        return error.detail


def test_a_file_that_was_cut_off_is_refused_at_every_length(body: Body) -> None:
    text, chance = body.text(), random.Random(SEED)
    for _ in range(60):
        with pytest.raises(FileError):
            read_body(text[: chance.randrange(len(text))])
