"""Real tokenizers: ids as transformers gives them, the two loaders compared, every character drawn once."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from datetime import datetime, tzinfo
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from lossmask.settings import Settings
from lossmask.tokenization.glyphs import draw
from lossmask.tokenization.hub import fetch
from lossmask.tokenization.load import load
from lossmask.tokenization.loaded import LoadedTokenizer
from lossmask.tokenization.locate import Location, locate
from lossmask.tokenization.names import TokenizerRef
from lossmask.tokenization.pieces import Spelling, bytes_of, spelling_of

from tests.hub import Hub
from tests.hub import hub as hub
from tests.shared import missing, require_shared, shared_folder
from tests.tokenization.conftest import by_transformers
from tests.tokenization.nasty import NASTY

pytestmark = pytest.mark.parity

REBUILT = (
    "HuggingFaceH4__zephyr-7b-beta",
    "TinyLlama__TinyLlama-1.1B-Chat-v1.0",
    "microsoft__Phi-3-mini-4k-instruct",
    "mistralai__Mistral-7B-Instruct-v0.2",
)
"""transformers 5 builds these anew as LlamaTokenizer."""


def names() -> list[str]:
    root = shared_folder() / "tokenizers"
    return sorted(folder.name for folder in root.iterdir()) if root.is_dir() else ["absent"]


@pytest.fixture(scope="module", params=names())
def tokenizer(request: pytest.FixtureRequest) -> LoadedTokenizer:
    """Each real tokenizer, loaded as the frameworks do."""
    folder = require_shared("tokenizers", request.param)
    return load(Location(f"local:{request.param}", None, folder))


@cache
def own(folder: str) -> Any:
    """The same folder, loaded by transformers itself."""
    return by_transformers(require_shared("tokenizers", folder.removeprefix("local:")))


def conversations() -> Iterator[dict[str, Any]]:
    with require_shared("golden", "conversations.jsonl").open(encoding="utf-8") as lines:
        yield from map(json.loads, lines)


def renderings(tokenizer: LoadedTokenizer) -> Iterator[str]:
    """Every conversation that the tokenizer's own template renders."""
    for conversation in conversations():
        try:
            yield own(tokenizer.name).apply_chat_template(
                conversation["messages"], tools=conversation.get("tools"), tokenize=False
            )
        except Exception:
            # What a template refuses is checked where templates are.
            continue


def texts(tokenizer: LoadedTokenizer) -> list[str]:
    """Renderings, and texts that are hard to tokenize or to draw."""
    return [*renderings(tokenizer), *NASTY, "".join(NASTY)]


def test_ids_and_offsets_are_transformers_own(tokenizer: LoadedTokenizer) -> None:
    for text in texts(tokenizer):
        tokens = tokenizer.encode(text)
        expected = own(tokenizer.name)(text, add_special_tokens=False, return_offsets_mapping=True)
        assert tokens.ids.tolist() == expected["input_ids"]
        assert tokens.offsets.tolist() == [list(span) for span in expected["offset_mapping"]]


def test_ids_are_the_templates_own(tokenizer: LoadedTokenizer) -> None:
    if not tokenizer.chat_templates:
        return
    messages = [{"role": "user", "content": "2024 cafe\u0301 ☕"}, {"role": "assistant", "content": "Yes.\n"}]
    text = own(tokenizer.name).apply_chat_template(messages, tokenize=False)
    expected = own(tokenizer.name).apply_chat_template(messages)["input_ids"]
    assert tokenizer.encode(text).ids.tolist() == expected


def test_special_tokens_are_what_a_template_would_get(tokenizer: LoadedTokenizer) -> None:
    model = own(tokenizer.name)
    assert dict(tokenizer.special_tokens) == model.special_tokens_map
    assert (tokenizer.bos_id, tokenizer.eos_id, tokenizer.pad_id) == (
        model.bos_token_id,
        model.eos_token_id,
        model.pad_token_id,
    )
    found = dict(tokenizer.chat_templates)
    assert found == ({} if model.chat_template is None else {"default": model.chat_template})


def test_every_character_is_drawn_once(tokenizer: LoadedTokenizer) -> None:
    for text in texts(tokenizer):
        tokens = tokenizer.encode(text)
        assert draw(text, tokens).text == text
        if len(tokens):
            middle = (len(tokens) + 1) // 2
            assert draw(text, tokens, 0, middle).text + draw(text, tokens, middle).text == text


def test_bytes_are_the_same_under_the_spelling_that_a_rendering_tells(tokenizer: LoadedTokenizer) -> None:
    written = own(tokenizer.name).backend_tokenizer.to_str()
    true: Spelling = "byte-level" if '"ByteLevel"' in written else "metaspace"
    for text in renderings(tokenizer):
        pieces = tokenizer.encode(text).pieces
        told = spelling_of(pieces)
        assert [bytes_of(piece, told) for piece in pieces] == [bytes_of(piece, true) for piece in pieces]


def test_bytes_of_tokens_make_up_the_text(tokenizer: LoadedTokenizer) -> None:
    text = "2024 cafe क्ष ☕\n\n\tx = 1"
    tokens = tokenizer.encode(text)
    spelling = spelling_of(tokens.pieces)
    found = [bytes_of(piece, spelling) for piece in tokens.pieces]
    if None in found:
        assert "t5" in tokenizer.name
    else:
        assert b"".join(part or b"" for part in found).decode().lstrip(" ") == text


def test_only_what_is_rebuilt_differs_from_the_file(tokenizer: LoadedTokenizer) -> None:
    folder = tokenizer.name.removeprefix("local:")
    found = [tokenizer.differs_from_file(text, tokenizer.encode(text)) for text in texts(tokenizer)]
    assert any(found) == (folder in REBUILT)


def test_the_loader_file_gives_the_files_ids(tokenizer: LoadedTokenizer) -> None:
    from tokenizers import Tokenizer

    folder = require_shared("tokenizers", tokenizer.name.removeprefix("local:"))
    if not (folder / "tokenizer.json").is_file():
        return
    file = Tokenizer.from_file(str(folder / "tokenizer.json"))
    loaded = load(Location(tokenizer.name, None, folder), "file")
    for text in texts(tokenizer):
        tokens, ids = loaded.encode(text), file.encode(text, add_special_tokens=False).ids
        assert tokens.ids.tolist() == ids
        differs = tokenizer.differs_from_file(text, tokenizer.encode(text))
        assert (differs is not None) == (tokenizer.encode(text).ids.tolist() != ids)


class _GoldenDay(datetime):
    """The day that the golden records were made on."""

    @classmethod
    def now(cls, tz: tzinfo | None = None) -> _GoldenDay:
        return cls(2026, 11, 23, tzinfo=tz)


@pytest.mark.parametrize("loader", ["auto", "file"])
def test_golden_ids(loader: str, monkeypatch: pytest.MonkeyPatch) -> None:
    from transformers.utils import chat_template_utils

    monkeypatch.setattr(chat_template_utils, "datetime", _GoldenDay)
    rows = list(golden(loader))
    assert rows
    for folder in sorted({row["tokenizer"] for row in rows}):
        location = Location(f"local:{folder}", None, require_shared("tokenizers", folder))
        tokenizer = load(location, loader)  # type: ignore[arg-type]
        for row in rows:
            if row["tokenizer"] == folder:
                text = rendered(tokenizer, row)
                assert tokenizer.encode(text).ids.tolist() == row["input_ids"], row["conversation"]


def golden(loader: str) -> Iterator[dict[str, Any]]:
    """Golden records of one loader, under the tokenizer's own template."""
    known = {row["id"]: row for row in conversations()}
    with require_shared("golden", "labels", "generation-tags.jsonl").open(encoding="utf-8") as lines:
        for row in map(json.loads, lines):
            if row["tokenizer_loader"] == loader and row["outcome"] == "ok" and row["chat_template"] is None:
                yield row | {"of": known[row["conversation"]]}


def rendered(tokenizer: LoadedTokenizer, row: dict[str, Any]) -> str:
    """The conversation of a golden record, as transformers renders it."""
    return str(
        own(tokenizer.name).apply_chat_template(
            row.get("messages", row["of"]["messages"]), tools=row["of"].get("tools"), tokenize=False
        )
    )


def test_phi_4_without_its_config_differs_and_says_where(tmp_path: Path) -> None:
    source = require_shared("tokenizers", "microsoft__phi-4")
    for name in ("tokenizer.json", "tokenizer_config.json"):
        shutil.copy(source / name, tmp_path / name)
    tokenizer = load(Location("local:phi-4", None, tmp_path))
    text = "in 2024"
    sentence = tokenizer.differs_from_file(text, tokenizer.encode(text))
    assert sentence is not None
    assert "from token 2 on" in sentence
    assert "'202'" in sentence
    assert tokenizer.differs_from_file("hello", tokenizer.encode("hello")) is None


@pytest.mark.parametrize("folder", ["Qwen__Qwen3-4B", "openai-community__gpt2", "google-t5__t5-small"])
def test_a_real_tokenizer_out_of_the_hub_gives_the_same_ids(hub: Hub, folder: str) -> None:
    root = require_shared("tokenizers")
    hub.serve_all(root)
    ref = TokenizerRef.parse(f"hub:{folder.replace('__', '/')}")
    pinned = fetch(ref, Settings({}), lambda progress: None, lambda: False)
    downloaded = load(locate(pinned, Settings({})))
    local = load(Location("local", None, root / folder))
    for text in NASTY:
        assert downloaded.encode(text).ids.tolist() == local.encode(text).ids.tolist()


def test_all_sixteen_are_there() -> None:
    if names() == ["absent"]:
        missing("there are no shared tokenizers")
    assert len(names()) == 16
