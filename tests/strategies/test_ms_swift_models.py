"""Formats that ms-swift takes by a model's name."""

from __future__ import annotations

import pytest
from lossmask.strategies.ms_swift_formats import FORMATS
from lossmask.strategies.ms_swift_models import _NAMES, format_of


@pytest.mark.parametrize(
    ("tokenizer", "format"),
    [
        ("hub:Qwen/Qwen2.5-7B-Instruct", "qwen2_5"),
        ("hub:qwen/qwen3-4b-instruct-2507@main", "qwen3_nothinking"),
        ("hub:meta-llama/Llama-3.2-3B-Instruct", "llama3_2"),
        ("local:Phi-3-mini-4k-instruct", "phi3"),
        ("hub:somebody/their-own-model", None),
        ("bundled", None),
    ],
)
def test_the_last_part_of_the_name_decides(tokenizer: str, format: str | None) -> None:
    assert format_of(tokenizer) == format


def test_every_name_has_one_format_that_is_covered() -> None:
    names = [name for listed in _NAMES.values() for name in listed.split()]
    assert len(names) == len(set(names))
    assert set(_NAMES) <= set(FORMATS)
    assert all(name == name.lower() for name in names)
