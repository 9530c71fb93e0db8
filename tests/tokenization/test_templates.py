"""Chat templates that came with a tokenizer."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from lossmask.tokenization.templates import chat_templates


def test_one_template_is_the_default(tmp_path: Path) -> None:
    assert chat_templates("{{ messages }}", tmp_path) == {"default": "{{ messages }}"}


def test_several_keep_their_names(tmp_path: Path) -> None:
    assert chat_templates({"default": "a", "tool_use": "b"}, tmp_path) == {"default": "a", "tool_use": "b"}


def test_the_file_of_processors_serves_where_there_is_no_other(tmp_path: Path) -> None:
    (tmp_path / "chat_template.json").write_text(json.dumps({"chat_template": "p"}))
    assert chat_templates(None, tmp_path) == {"default": "p"}
    assert chat_templates("own", tmp_path) == {"default": "own"}


@pytest.mark.parametrize("text", ["[]", "{}", '{"chat_template": 3}'])
def test_a_file_without_a_template_gives_none(tmp_path: Path, text: str) -> None:
    (tmp_path / "chat_template.json").write_text(text)
    assert chat_templates(None, tmp_path) == {}
