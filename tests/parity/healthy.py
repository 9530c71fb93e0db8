"""Healthy masks, chosen by a rule: every tokenizer with a chat template, every masking rule, four talks.

What is left out is named with the code that says why, and a test holds that it says so: nothing is
left out to be quiet about it.
"""

from __future__ import annotations

from itertools import product
from typing import Any, NamedTuple

from lossmask.strategies.registry import STRATEGIES

from tests.parity.problems import (
    GLM,
    LLAMA,
    MISTRAL,
    ONE,
    PHI,
    QWEN,
    QWEN3,
    TINY,
    TWO,
    ZEPHYR,
    Messages,
    request,
    talk,
)

DEEPSEEK, NEMO, OLMO, OSS, PHI4, SMOL = (
    f"local:{name}"
    for name in (
        "deepseek-ai__DeepSeek-V3",
        "mistralai__Mistral-Nemo-Instruct-2407",
        "allenai__OLMo-2-1124-7B-Instruct",
        "openai__gpt-oss-20b",
        "microsoft__phi-4",
        "HuggingFaceTB__SmolLM3-3B",
    )
)
TOKENIZERS = (
    *(QWEN, QWEN3, LLAMA, PHI, GLM, MISTRAL, TINY, ZEPHYR),
    *(DEEPSEEK, NEMO, OLMO, OSS, PHI4, SMOL),
)
TALKS: dict[str, Messages] = {
    "one": ONE,
    "two": TWO,
    "system": [{"role": "system", "content": "Be brief."}, *TWO],
    "code": talk("Add two numbers in Python.", "def add(a, b):\n    return a + b"),
}
SINGLE, SEVERAL = ("one", "code"), ("two", "system")
FAULT = "fault"


FORMATS: dict[str, dict[str, dict[str, str]]] = {
    "llama-factory": {
        QWEN: {"template": "qwen"},
        QWEN3: {"template": "qwen3"},
        LLAMA: {"template": "llama3"},
        MISTRAL: {"template": "mistral"},
        PHI: {"template": "phi"},
    },
    "ms-swift": {
        QWEN: {"template": "qwen2_5"},
        QWEN3: {"template": "qwen3"},
        LLAMA: {"template": "llama3_2"},
        MISTRAL: {"template": "llama"},
        PHI: {"template": "phi3"},
    },
    "prime-rl": {QWEN3: {"renderer": "qwen3"}, LLAMA: {"renderer": "llama-3"}},
    "tinker": {QWEN3: {"renderer": "qwen3"}, LLAMA: {"renderer": "llama3"}},
    "torchtune": {
        QWEN: {"tokenizer_class": "Qwen2_5Tokenizer"},
        LLAMA: {"tokenizer_class": "Llama3Tokenizer"},
        MISTRAL: {"tokenizer_class": "HuggingFaceModelTokenizer"},
        PHI: {"tokenizer_class": "HuggingFaceModelTokenizer"},
    },
}
"""Of rules that write a format of their own: the format that each tokenizer's model is trained with."""


class Case(NamedTuple):
    """A conversation under a masking rule's own defaults and the tokenizer's own chat template."""

    tokenizer: str
    strategy: str
    talk: str

    @property
    def fields(self) -> dict[str, Any]:
        """The fields of a request."""
        options: dict[str, Any] = FORMATS.get(self.strategy, {}).get(self.tokenizer, {})
        asked = request(self.tokenizer, self.strategy, TALKS[self.talk])
        return {**asked, "strategy": {"name": self.strategy, "options": options}}


class Unhealthy(NamedTuple):
    """Cases that are ill, by the code that tells it, or a chat template that raises."""

    code: str
    strategies: tuple[str, ...]
    tokenizers: tuple[str, ...]
    talks: tuple[str, ...] = tuple(TALKS)

    @property
    def cases(self) -> list[Case]:
        """Every case that this leaves out."""
        return [Case(*case) for case in product(self.tokenizers, self.strategies, self.talks)]


def _tokenizers(*without: str) -> tuple[str, ...]:
    return tuple(name for name in TOKENIZERS if name not in without)


def _strategies(*without: str) -> tuple[str, ...]:
    return tuple(name for name in STRATEGIES if name not in without)


_MARKS = ("generation-tags", "megatron-bridge", "trl-assistant-only")
_BY_TURN = (
    "assistant-turns",
    "axolotl",
    "open-instruct",
    "openai-weights",
    "unsloth-responses-only",
    "verl",
)

UNHEALTHY = (
    # Rules that read generation marks, and stock templates without; TRL knows a marked variant of some.
    Unhealthy("LM401", _MARKS[:2], _tokenizers(SMOL)),
    Unhealthy("LM401", _MARKS[2:], _tokenizers(SMOL, QWEN, DEEPSEEK, PHI, OSS)),
    # Tokenizers that pad with the token that ends turns, and those without one, which the collator refuses.
    Unhealthy("LM204", ("hf-causal-lm-collator",), (SMOL, TINY, DEEPSEEK, ZEPHYR)),
    Unhealthy("LM204", ("trl-response-template",), (SMOL,)),
    Unhealthy("LM707", ("hf-causal-lm-collator",), (LLAMA, MISTRAL, NEMO)),
    # GLM's turns are ended by the marker of the next, which nobody trains, and its last turn by nothing.
    Unhealthy("LM201", _BY_TURN, (GLM,), SEVERAL),
    Unhealthy("LM206", (*_BY_TURN, "full", "trl-full", "hf-causal-lm-collator"), (GLM,), SINGLE),
    Unhealthy("LM206", ("trl-completion-only",), (GLM,)),
    # Phi-3 ends turns with a token that is not EOS, and Axolotl trains EOS unless told otherwise.
    Unhealthy("LM202", ("axolotl",), (PHI,)),
    # The marker has no default, and ChatML's stands for one; without the user's marker one turn trains.
    Unhealthy("LM701", ("trl-response-template",), _tokenizers(QWEN, QWEN3, SMOL)),
    Unhealthy("LM708", ("trl-response-template",), (QWEN, QWEN3), SEVERAL),
    # Parts tokenized apart are not the whole: verl refuses such rows, NeMo-RL trains them.
    Unhealthy("LM704", ("nemo-rl",), (ZEPHYR, TINY, PHI)),
    Unhealthy("LM704", ("nemo-rl",), (MISTRAL,), ("one", "two", "code")),
    Unhealthy("LM704", ("verl",), (ZEPHYR, TINY, PHI, QWEN3)),
    Unhealthy("LM704", ("verl",), (OLMO, OSS), SEVERAL),
    # Templates that write earlier turns otherwise: NeMo-RL repeats them, open-instruct masks the row.
    Unhealthy("LM709", ("nemo-rl",), (QWEN3, OSS), SEVERAL),
    Unhealthy("LM707", ("open-instruct",), (QWEN3, OSS), SEVERAL),
    Unhealthy("LM707", ("open-instruct",), (DEEPSEEK,)),
    # Unsloth's own marker is tokenized otherwise where TinyLlama writes it, and it raises.
    Unhealthy("LM707", ("unsloth-responses-only",), (TINY,)),
    # Formats of the framework's own that are not what the model's chat template writes.
    Unhealthy("LM712", ("llama-factory", "torchtune"), (LLAMA, PHI)),
    Unhealthy("LM712", ("llama-factory", "ms-swift"), (QWEN3,), SEVERAL),
    Unhealthy("LM712", ("llama-factory", "ms-swift"), (MISTRAL,), ("one", "two", "code")),
    Unhealthy("LM712", ("ms-swift",), (PHI,)),
    Unhealthy("LM712", ("prime-rl", "tinker"), (LLAMA,)),
    Unhealthy("LM712", ("torchtune",), (QWEN,), ("one", "two", "code")),
    # Mistral-Nemo writes a system message before a last question only, so training rows lose it.
    Unhealthy("LM403", _strategies("verl", *FORMATS), (NEMO,), ("system",)),
    # Templates that raise: for a system message, and for the two questions by which verl finds it.
    Unhealthy(FAULT, _strategies(*FORMATS), (MISTRAL,), ("system",)),
    Unhealthy("LM707", ("torchtune",), (MISTRAL,), ("system",)),
    Unhealthy(FAULT, ("verl",), (NEMO, MISTRAL)),
)

_ILL = {case for ill in UNHEALTHY for case in ill.cases}
_CASES = [
    case
    for case in map(Case._make, product(TOKENIZERS, STRATEGIES, TALKS))
    if case.tokenizer in FORMATS.get(case.strategy, TOKENIZERS)
]
HEALTHY = [case for case in _CASES if case not in _ILL]
