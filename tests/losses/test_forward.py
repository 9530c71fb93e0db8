"""Logits by chunks equal those of a whole pass, for models that end in different ways."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from lossmask.core.provenance import IntArray
from lossmask.losses import forward
from lossmask.losses.forward import scores

from tests.losses.models import plain_losses, require_torch

VOCABULARY = 301
SIZES = {
    "vocab_size": VOCABULARY,
    "hidden_size": 32,
    "intermediate_size": 64,
    "num_hidden_layers": 2,
    "num_attention_heads": 4,
    "num_key_value_heads": 2,
}


@pytest.fixture(autouse=True)
def small_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Seven positions at a time."""
    require_torch()
    monkeypatch.setattr(forward, "CHUNK_NUMBERS", 7 * VOCABULARY)


def made(name: str) -> Any:
    """A model by its short name, in double precision."""
    import torch
    import transformers as hf

    torch.manual_seed(0)
    kinds: dict[str, Any] = {
        "llama": lambda: hf.LlamaForCausalLM(hf.LlamaConfig(**SIZES)),
        "gemma with soft caps": lambda: hf.Gemma2ForCausalLM(hf.Gemma2Config(**SIZES, head_dim=8)),
        "granite with scaled logits": lambda: hf.GraniteForCausalLM(
            hf.GraniteConfig(**SIZES, logits_scaling=3.0)
        ),
        "opt, which calls a part of its base": lambda: hf.OPTForCausalLM(
            hf.OPTConfig(
                vocab_size=VOCABULARY,
                hidden_size=32,
                ffn_dim=64,
                num_hidden_layers=2,
                num_attention_heads=4,
                word_embed_proj_dim=32,
            )
        ),
        "gpt-2 with learned positions": lambda: hf.GPT2LMHeadModel(
            hf.GPT2Config(vocab_size=VOCABULARY, n_embd=32, n_layer=2, n_head=4)
        ),
    }
    return kinds[name]().double().eval()


def ids(count: int = 50) -> IntArray:
    return np.random.default_rng(0).integers(0, VOCABULARY, count, dtype=np.int32)


@pytest.mark.parametrize(
    "name",
    [
        "llama",
        "gemma with soft caps",
        "granite with scaled logits",
        "opt, which calls a part of its base",
        "gpt-2 with learned positions",
    ],
)
def test_chunks_equal_a_whole_pass(name: str) -> None:
    model, given = made(name), ids()
    told: list[int] = []
    found = scores(model, given, given, told.append)
    assert np.isnan(found.cross_entropy[0])
    assert np.allclose(found.cross_entropy[1:], plain_losses(model, given, given), rtol=1e-12)
    # One chunk after the other, so the model was cut.
    assert told == [8, 15, 22, 29, 36, 43, 50, 50]


def test_a_model_that_cannot_be_cut_gives_all_logits_at_once() -> None:
    model, given = made("llama"), ids()
    calls: list[int] = []
    whole = model.forward

    def counted(**named: Any) -> Any:
        calls.append(named["input_ids"].shape[1])
        output = whole(**named)
        # What depends on the number of positions is not to be had by chunks.
        output.logits = output.logits * output.logits.shape[1]
        return output

    model.forward = counted
    found = scores(model, given, given)
    assert np.allclose(found.cross_entropy[1:], plain_losses(model, given, given), rtol=1e-12)
    assert max(calls) == len(given)


def test_the_model_is_left_as_it_was() -> None:
    model, given = made("llama"), ids()
    first = scores(model, given, given)
    again = scores(model, given, given)
    assert np.array_equal(first.cross_entropy, again.cross_entropy, equal_nan=True)
    assert "forward" not in vars(model.model)


@pytest.mark.parametrize("count", [0, 1, 2])
def test_short_sequences(count: int) -> None:
    model, given = made("llama"), ids(count)
    found = scores(model, given, given)
    assert [np.isnan(loss) for loss in found.cross_entropy] == [True, False][:count]
    assert found.likeliest.shape == (count, 5)


def test_no_array_of_all_positions_by_the_vocabulary_is_made(monkeypatch: pytest.MonkeyPatch) -> None:
    """The head never sees more than one chunk beside the two tokens of the trial."""
    model, given = made("llama"), ids(200)
    rows: list[int] = []
    model.lm_head.register_forward_hook(lambda module, inputs, output: rows.append(output.shape[1]))
    scores(model, given, given)
    assert max(rows) == 7
    assert sum(rows) >= 200
