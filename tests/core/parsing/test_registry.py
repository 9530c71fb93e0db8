"""Every format has one reader, and the strongest evidence comes first."""

from __future__ import annotations

from typing import get_args

import pytest
from lossmask.core.parsing.base import Format
from lossmask.core.parsing.registry import READER_OF, READERS, TITLES, candidates

MESSAGES = [{"role": "user", "content": "a"}]


def test_every_format_has_a_reader_and_a_title_of_its_own() -> None:
    assert [reader.name for reader in READERS] == list(get_args(Format))
    assert set(READER_OF) == set(get_args(Format))
    assert len(set(TITLES.values())) == len(READERS)


@pytest.mark.parametrize(
    ("row", "names"),
    [
        ({"messages": MESSAGES}, ["messages"]),
        ({"messages": MESSAGES, "prompt": "a", "completion": "b"}, ["messages", "prompt-completion"]),
        ({"messages": [], "prompt": "a", "completion": "b"}, ["prompt-completion", "messages"]),
        ({"instruction": "a", "output": "b", "text": "hello"}, ["alpaca", "plain"]),
        ({"instruction": "a", "prompt": "b", "response": "c"}, ["alpaca", "prompt-completion"]),
        ({"a": 1}, []),
        (None, []),
    ],
)
def test_readers_are_ordered_by_evidence(row: object, names: list[str]) -> None:
    assert [reader.name for reader in candidates(row)] == names
