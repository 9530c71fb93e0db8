"""Texts of tokens as servers write them, for every real tokenizer: none is refused, another vocabulary is."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
import pytest
from lossmask.core.example import Example
from lossmask.core.parsing.scored import Scored
from lossmask.core.request import AnalysisRequest
from lossmask.engine.analyse import analyse
from lossmask.errors import LossesError
from lossmask.losses.agree import check_tokens
from lossmask.settings import Settings
from transformers import AutoTokenizer

from tests.shared import require_shared, shared_folder

pytestmark = pytest.mark.parity

SAID = (
    "Hello  there!\n\n\tÉcole café cafe\u0301 ﬁ 2024 😀👩‍👩‍👧 你好世界 ... <b>x</b>",
    " Sure:\n\n```python\ndef f(x):\n    return x  # 1,000.50\n```\n"
    "Über İstanbul \uff21\uff22 “quoted” 한국어 ไทย",
)


def names() -> list[str]:
    folder = shared_folder() / "tokenizers"
    return sorted(path.name for path in folder.iterdir() if path.is_dir()) if folder.is_dir() else [""]


@cache
def example(name: str) -> Example:
    messages = [
        {"role": role, "content": text} for role, text in zip(("user", "assistant"), SAID, strict=True)
    ]
    request = {
        "tokenizer": f"local:{name}",
        "chat_template": "bundled:chatml",
        "strategy": "full",
        "conversation": {"messages": messages},
    }
    settings = Settings({"LOSSMASK_TOKENIZERS": str(require_shared("tokenizers"))})
    return analyse(AnalysisRequest.from_json(request), settings).examples[0].example


@cache
def tokenizer(name: str) -> Any:
    return AutoTokenizer.from_pretrained(require_shared("tokenizers", name))


def row(texts: list[str]) -> Scored:
    return Scored("completion", np.zeros(len(texts)), texts=tuple(texts))


@pytest.mark.parametrize("name", names())
def test_each_token_decoded_alone_agrees(name: str) -> None:
    made = example(name)
    check_tokens(made, row([tokenizer(name).decode([token]) for token in made.tokens.ids.tolist()]), 0, "it")


@pytest.mark.parametrize("name", names())
def test_each_entry_of_the_vocabulary_agrees(name: str) -> None:
    made = example(name)
    check_tokens(made, row(tokenizer(name).convert_ids_to_tokens(made.tokens.ids.tolist())), 0, "it")


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        ("Qwen__Qwen3-4B", "mistralai__Mistral-Nemo-Instruct-2407"),
        ("mistralai__Mistral-7B-Instruct-v0.2", "TinyLlama__TinyLlama-1.1B-Chat-v1.0"),
        ("meta-llama__Llama-3.2-3B-Instruct", "Qwen__Qwen3-4B"),
        ("openai-community__gpt2", "allenai__OLMo-2-1124-7B-Instruct"),
    ],
)
def test_another_vocabulary_is_refused(ours: str, theirs: str) -> None:
    made = example(ours)
    texts = [tokenizer(theirs).decode([token]) for token in made.tokens.ids.tolist()]
    with pytest.raises(LossesError) as caught:
        check_tokens(made, row(texts), 0, "the server")
    assert caught.value.code == "tokenizers-differ"
