"""Names of tokenizers: what is taken, what is refused, and that they read back."""

from __future__ import annotations

import pytest
from lossmask.errors import TokenizerError
from lossmask.tokenization.names import TokenizerRef, as_typed

COMMIT = "0123456789abcdef0123456789abcdef01234567"


@pytest.mark.parametrize(
    ("text", "source", "name", "revision"),
    [
        ("bundled", "bundled", "", None),
        ("local:Qwen__Qwen3-4B", "local", "Qwen__Qwen3-4B", None),
        ("hub:Qwen/Qwen3-4B", "hub", "Qwen/Qwen3-4B", None),
        ("hub:Qwen/Qwen3-4B@refs/pr/3", "hub", "Qwen/Qwen3-4B", "refs/pr/3"),
        ("hub:gpt2", "hub", "gpt2", None),
        ("hub:01-ai/Yi-1.5_6B@v1.0", "hub", "01-ai/Yi-1.5_6B", "v1.0"),
    ],
)
def test_a_name_is_taken_apart_and_reads_back(
    text: str, source: str, name: str, revision: str | None
) -> None:
    ref = TokenizerRef.parse(text)
    assert (ref.source, ref.name, ref.revision) == (source, name, revision)
    assert ref.text == text


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Qwen/Qwen3-4B",
        "bundled:",
        "bundled:chatml",
        "file:/etc/passwd",
        "local:",
        "local:..",
        "local:../secret",
        "local:a/b",
        "local:a\\b",
        "local:.hidden",
        "local:a\x00b",
        "local:/etc",
        "hub:",
        "hub:../x",
        "hub:/x",
        "hub:a/b/c",
        "hub:a/..",
        "hub:a/b..c",
        "hub:a/b--c",
        "hub:a/b.git",
        "hub:-a/b",
        "hub:a/b.",
        "hub:~/x",
        "hub:https://host/x",
        "hub:a/b@",
        "hub:a/b@../x",
        "hub:a/b@x//y",
        "hub:a/b@x?y",
        "hub:a/b c",
        "hub:a/b\n@main",
        "hub:\u0430/b",
        f"hub:{'a' * 97}/b",
    ],
)
def test_other_spellings_are_refused(text: str) -> None:
    with pytest.raises(TokenizerError) as caught:
        TokenizerRef.parse(text)
    assert caught.value.code == "bad-model-id"


def test_only_a_full_commit_pins() -> None:
    ref = TokenizerRef.parse("hub:Qwen/Qwen3-4B@main")
    assert not ref.pinned
    assert not TokenizerRef.parse("hub:Qwen/Qwen3-4B@0123456").pinned
    assert ref.at(COMMIT).pinned
    assert ref.at(COMMIT).text == f"hub:Qwen/Qwen3-4B@{COMMIT}"


@pytest.mark.parametrize(
    ("typed", "text"),
    [
        ("Qwen/Qwen3-4B", "hub:Qwen/Qwen3-4B"),
        (" Qwen/Qwen3-4B@main ", "hub:Qwen/Qwen3-4B@main"),
        ("hub:gpt2", "hub:gpt2"),
        ("local:folder", "local:folder"),
        ("bundled", "bundled"),
        ("gpt2", "gpt2"),
    ],
)
def test_a_bare_model_name_means_the_hub(typed: str, text: str) -> None:
    assert as_typed(typed) == text
