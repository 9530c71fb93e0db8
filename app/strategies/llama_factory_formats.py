"""The formats that LLaMA-Factory brings, by the names of its option `template`, each from a family.

Source: llamafactory 0.9.5, `data/template.py`. To add one: an entry here, a family where there is
none yet, and a case in the test. Not covered: formats of models that see or hear, and those
with other tools than `llama_factory_tools` writes.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

from .families import chatml, llama, mistral, plain, tagged
from .families.base import Family, Form, Thinking

Writing: TypeAlias = Literal["turns", "system-in-user", "reasoning", "reasoning-closed"]
"""How turns are put together: one by one, with the system prompt inside the first user's, with thinking
blocks added where a reply has none, and the same with the closing mark alone."""
Tools: TypeAlias = Literal["default", "glm4", "glm4_moe", "llama3", "mistral", "phi4_mini", "qwen"]


@dataclass(frozen=True, slots=True)
class Format:
    """A format and its settings; with `efficient_eos` the next turn's first token has EOS as its label."""

    family: Family
    writing: Writing = "turns"
    tools: Tools = "default"
    default_system: str = ""
    stop_words: tuple[str, ...] = ()
    """Made special tokens of the tokenizer, without white space of their own."""
    replaces_eos: bool = False
    """Whether the first stop word becomes the tokenizer's EOS."""
    efficient_eos: bool = False


_IM_END, _END, _GLM_STOPS = ("<|im_end|>",), ("<|end|>",), ("<|user|>", "<|observation|>")
_CHATML_STOPS, _EOT = ("<|im_end|>", "<|im_start|>"), ("<|eot_id|>", "<|eom_id|>")
_HELPFUL = "You are a helpful assistant."
_QWEN = "You are Qwen, created by Alibaba Cloud. You are a helpful assistant."
_CHATML_PLAIN = chatml.CHATML.but(tool=None)
_GLM_TIGHT = tagged.GLM4.but(thinking=Thinking("<think>", "</think>"))

FORMATS: dict[str, Format] = {
    "alpaca": Format(
        plain.ALPACA,
        default_system="Below is an instruction that describes a task. "
        "Write a response that appropriately completes the request.\n\n",
    ),
    "bailing": Format(plain.BAILING, stop_words=("<|endoftext|>",), efficient_eos=True),
    "breeze": Format(plain.BREEZE, efficient_eos=True),
    "chatml": Format(chatml.CHATML, stop_words=_CHATML_STOPS, replaces_eos=True),
    "chatml_de": Format(
        chatml.CHATML,
        default_system="Du bist ein freundlicher und hilfsbereiter KI-Assistent.",
        stop_words=_CHATML_STOPS,
        replaces_eos=True,
    ),
    "deepseek": Format(plain.DEEPSEEK),
    "deepseek3": Format(plain.DEEPSEEK3),
    "deepseekr1": Format(plain.DEEPSEEK3, "reasoning"),
    "default": Format(plain.HUMAN),
    "empty": Format(plain.PLAIN.but(assistant=Form())),
    "falcon": Format(plain.FALCON, efficient_eos=True),
    "fewshot": Format(plain.PLAIN.but(assistant=Form(end="\n\n")), efficient_eos=True),
    "gemma": Format(plain.GEMMA, "system-in-user", stop_words=("<end_of_turn>",), replaces_eos=True),
    "gemma2": Format(
        plain.GEMMA, "system-in-user", stop_words=("<eos>", "<end_of_turn>"), efficient_eos=True
    ),
    "glm4": Format(tagged.GLM4, tools="glm4", stop_words=_GLM_STOPS, efficient_eos=True),
    "glm4_7": Format(
        _GLM_TIGHT, "reasoning-closed", tools="glm4_moe", stop_words=_GLM_STOPS, efficient_eos=True
    ),
    "glm4_moe": Format(tagged.GLM4, "reasoning", tools="glm4_moe", stop_words=_GLM_STOPS, efficient_eos=True),
    "glmz1": Format(tagged.GLM4, "reasoning", tools="glm4", stop_words=_GLM_STOPS, efficient_eos=True),
    "gpt_oss": Format(
        tagged.GPT_OSS,
        "reasoning",
        default_system="You are ChatGPT, a large language model trained by OpenAI.",
        efficient_eos=True,
    ),
    "granite3": Format(plain.GRANITE),
    "llama2": Format(llama.LLAMA2, "system-in-user"),
    "llama3": Format(llama.LLAMA3, tools="llama3", stop_words=_EOT, replaces_eos=True),
    "llama4": Format(llama.LLAMA4, tools="llama3", stop_words=("<|eot|>", "<|eom|>"), replaces_eos=True),
    "mimo": Format(
        chatml.QWEN, "reasoning", tools="qwen", default_system=_HELPFUL, stop_words=_IM_END, replaces_eos=True
    ),
    "ministral": Format(mistral.TEKKEN, "system-in-user", tools="mistral"),
    "mistral": Format(mistral.MISTRAL, "system-in-user", tools="mistral"),
    "mistral_small": Format(mistral.TEKKEN_V7, tools="mistral"),
    "olmo": Format(plain.OLMO),
    "openchat": Format(plain.GPT4_CORRECT),
    "opencoder": Format(
        chatml.CHATML, default_system="You are OpenCoder, created by OpenCoder Team.", stop_words=_IM_END
    ),
    "phi": Format(tagged.PHI3, stop_words=_END, replaces_eos=True),
    "phi_small": Format(tagged.PHI3, stop_words=_END, replaces_eos=True),
    "phi4": Format(chatml.PHI4, stop_words=_IM_END, replaces_eos=True),
    "phi4_mini": Format(tagged.PHI4_MINI, tools="phi4_mini", stop_words=_END, replaces_eos=True),
    "qwen": Format(chatml.QWEN, tools="qwen", default_system=_QWEN, stop_words=_IM_END, replaces_eos=True),
    "qwen3": Format(chatml.QWEN, "reasoning", tools="qwen", stop_words=_IM_END, replaces_eos=True),
    "qwen3_nothink": Format(chatml.QWEN, tools="qwen", stop_words=_IM_END, replaces_eos=True),
    "seed_coder": Format(
        plain.SEED_CODER,
        default_system="You are an AI programming assistant, utilizing the Seed-Coder model, developed by "
        "ByteDance Seed, and you only answer questions related to computer science. For politically "
        "sensitive questions, security and privacy issues, and other non-computer science questions, you "
        "will refuse to answer.\n\n",
    ),
    "smollm": Format(_CHATML_PLAIN, stop_words=_IM_END),
    "smollm2": Format(
        _CHATML_PLAIN,
        default_system="You are a helpful AI assistant named SmolLM, trained by Hugging Face.",
        stop_words=_IM_END,
    ),
    "solar": Format(plain.SOLAR, efficient_eos=True),
    "starchat": Format(
        tagged.PHI3.but(assistant=Form("<|assistant|>", "", "<|end|>", "\n")), stop_words=_END
    ),
    "vicuna": Format(
        plain.VICUNA,
        default_system="A chat between a curious user and an artificial intelligence assistant. "
        "The assistant gives helpful, detailed, and polite answers to the user's questions.",
    ),
    "yi": Format(_CHATML_PLAIN, stop_words=_IM_END),
    "zephyr": Format(tagged.ZEPHYR, default_system="You are Zephyr, a helpful assistant."),
}
