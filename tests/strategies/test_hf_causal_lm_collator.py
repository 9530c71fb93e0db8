"""What the causal collator trains: every id but that of the padding token."""

from __future__ import annotations

from typing import Any, cast

import pytest
from lossmask.core.analysis import Analysis
from lossmask.strategies.padding import pad_id
from lossmask.tokenization.tokenizer import Tokenizer

from tests.labels import analysed, trained_texts


def collated(**options: Any) -> Analysis:
    return analysed(strategy="hf-causal-lm-collator", options=options, chat_template="bundled:chatml")


def test_everything_is_trained_where_padding_is_another_token() -> None:
    analysis = collated(pad_token="<|endoftext|>")
    assert trained_texts(analysis) == [analysis.examples[0].example.rendering.text]


def test_every_end_of_turn_is_masked_where_padding_is_equal_to_it() -> None:
    analysis = collated(pad_token="<|im_end|>")
    row = analysis.examples[0].example
    masked = [row.tokens.pieces[at] for at in (row.labels == -100).nonzero()[0]]
    assert masked == ["<|im_end|>"] * 2
    assert "`pad_token`" in row.reason_table[int(row.reasons[(row.labels == -100).argmax()])].sentence


def test_no_padding_token_is_refused() -> None:
    analysis = collated(pad_token=None)
    assert (analysis.outcome.kind, analysis.examples) == ("error", ())


def test_a_pad_token_that_the_tokenizer_lacks_is_refused() -> None:
    analysis = collated(pad_token="no such token")
    assert analysis.outcome.kind == "error"
    assert "'no such token'" in analysis.outcome.reason


@pytest.mark.parametrize("options", [{}, {"pad_token": ""}])
def test_by_default_the_tokenizers_own(options: dict[str, str]) -> None:
    own = analysed().tokenizer.special_tokens.get("pad_token")
    expected = collated(pad_token=own) if own else collated(pad_token=None)
    assert collated(**options).outcome == expected.outcome


class _Words:
    """A tokenizer that knows two words, and encodes any other as the unknown one."""

    pad_id = None
    special_tokens = {"unk_token": "<unk>"}  # noqa: RUF012

    def encode(self, text: str) -> Any:
        piece = text if text in ("<unk>", "</s>") else "<unk>"
        return _Pieces([7 if piece == "<unk>" else 2], [piece])


class _Pieces:
    def __init__(self, ids: list[int], pieces: list[str]) -> None:
        self.ids = ids
        self.pieces = pieces

    def __len__(self) -> int:
        return len(self.ids)


@pytest.mark.parametrize(("pad_token", "expected"), [("</s>", 2), ("<unk>", 7), ("other", 7)])
def test_what_a_tokenizer_lacks_is_its_unknown_token(pad_token: str, expected: int) -> None:
    assert pad_id(cast(Tokenizer, _Words()), pad_token) == expected
