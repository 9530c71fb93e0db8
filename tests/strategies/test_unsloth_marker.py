"""Which ids a marker stands for, on a tokenizer that merges newlines."""

from __future__ import annotations

from pathlib import Path

import pytest
from lossmask.strategies.unsloth_marker import Marker, resolve
from lossmask.strategies.unsloth_spans import join_markers
from lossmask.tokenization.load import load
from lossmask.tokenization.loaded import LoadedTokenizer
from lossmask.tokenization.locate import Location
from tokenizers import AddedToken, Tokenizer, models, pre_tokenizers

PIECES = ["x", "Ċ", "ĊĊ", "a", "b", ">", ">a", "Ġ", "A", "1", "{", "(", ".", "<", "}", "\\"]


@pytest.fixture
def tokenizer(tmp_path: Path) -> LoadedTokenizer:
    """Merges two newlines, and `>` with an `a` after it; `<u>` and `<r>` are special."""
    vocabulary = {piece: index for index, piece in enumerate(PIECES)}
    backend = Tokenizer(models.BPE(vocabulary, [("Ċ", "Ċ"), (">", "a")]))
    backend.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)
    backend.add_special_tokens([AddedToken(text) for text in ("<u>", "<r>", "<s>")])
    backend.save(str(tmp_path / "tokenizer.json"))
    (tmp_path / "tokenizer_config.json").write_text('{"tokenizer_class": "PreTrainedTokenizerFast"}')
    return load(Location("local:small", None, tmp_path), "file")


def pieces(marker: Marker | None, tokenizer: LoadedTokenizer) -> tuple[str, str, str]:
    assert marker is not None
    before, core, after = (
        " ".join(marker.tokens.pieces[stretch])
        for stretch in (
            slice(0, marker.start),
            slice(marker.start, marker.stop),
            slice(marker.stop, None),
        )
    )
    return before, core, after


def test_an_exact_match_takes_the_markers_own_ids(tokenizer: LoadedTokenizer) -> None:
    assert pieces(resolve("x\n", tokenizer, True, "2026.8"), tokenizer) == ("", "x Ċ", "")


def test_what_changes_with_spaces_and_newlines_is_optional(tokenizer: LoadedTokenizer) -> None:
    assert pieces(resolve("ab\n", tokenizer, False, "2026.8"), tokenizer) == ("", "a b", "Ċ")


def test_an_edge_that_merges_is_optional_beside_an_added_token(tokenizer: LoadedTokenizer) -> None:
    assert pieces(resolve("<u>b>", tokenizer, True, "2026.10"), tokenizer) == ("", "<u> b", ">")
    assert pieces(resolve("<u>b>", tokenizer, True, "2026.8"), tokenizer) == ("", "<u> b >", "")


def test_without_an_added_token_no_edge_is_cut(tokenizer: LoadedTokenizer) -> None:
    assert pieces(resolve("b>", tokenizer, True, "2026.10"), tokenizer) == ("", "b >", "")


def test_a_single_token_is_its_own_core(tokenizer: LoadedTokenizer) -> None:
    assert pieces(resolve("<u>", tokenizer, False, "2026.8"), tokenizer) == ("", "<u>", "")


@pytest.mark.parametrize("text", ["", "\n"])
def test_nothing_stable_is_none(tokenizer: LoadedTokenizer, text: str) -> None:
    assert resolve(text, tokenizer, False, "2026.10") is None


def test_a_marker_that_the_other_begins_with_is_widened(tokenizer: LoadedTokenizer) -> None:
    instruction = resolve("<s>b>", tokenizer, True, "2026.10")
    response = resolve("<s>>", tokenizer, True, "2026.10")
    assert instruction is not None
    assert response is not None
    assert pieces(response, tokenizer) == ("", "<s>", ">")
    joined = join_markers(instruction, response, tokenizer, "2026.10")
    assert pieces(joined.response, tokenizer) == ("", "<s> >", "")
    assert joined.boundaries is not None
    assert joined.boundaries.opener == (tokenizer.encode("<s>").ids[0],)


def test_a_plain_beginning_is_no_opener(tokenizer: LoadedTokenizer) -> None:
    markers = [resolve(text, tokenizer, True, "2026.10") for text in ("xa", "xb")]
    first, second = markers
    assert first is not None
    assert second is not None
    joined = join_markers(first, second, tokenizer, "2026.10")
    assert joined.boundaries is not None
    assert joined.boundaries.opener == ()
