"""The formats that ms-swift brings, by the names of its option `template`, each from a family.

Source: ms_swift 4.6.0, `template/templates/` and `template/template_meta.py`. A format here is what
stands around a question and between rounds; most are told from the roles of a family. To add one:
an entry here, a family where there is none yet, and a case in the test. Not covered: formats of
models that see or hear, those with code of their own, and default prompts of a page.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal, TypeAlias

from .families import chatml, llama, plain, tagged
from .families.base import EOS, Family

SYSTEM, QUERY, DATE = "{{SYSTEM}}", "{{QUERY}}", "{{DATE}}"
Agent: TypeAlias = Literal["hermes", "llama3", "llama4"]


@dataclass(frozen=True, slots=True)
class Format:
    """Texts around a round, with marks for the question and the system prompt.

    `between` follows every reply but the last, or is None where only the last round is kept;
    `suffix` follows the last. `header` is the end of `prompt` that opens the reply.
    """

    prompt: str
    header: str
    between: str | None
    suffix: str
    prefix: str = ""
    system_prefix: str | None = None
    default_system: str | None = None
    system_prompt: str | None = None
    """Written in place of `prompt` in the last round: the system prompt stands there."""
    adds_bos: bool = False
    """What the tokenizer itself puts around a text is put around the row."""
    stop_words: tuple[str, ...] = ()
    agent: Agent | Literal["other"] | None = None
    thinks: bool = False
    thinks_by: str = "enable_thinking"
    """The chat template's name for it, under the backend `jinja`."""
    thought: str = ""
    """Opens a reply that is asked for and is to think."""
    no_thought: str = ""
    """Opens every reply that does not think, for models that may or may not."""
    history_thought: str = ""
    """Opens an earlier reply that lost its thinking."""
    preserves: bool | None = None
    """Whether thinking of earlier replies is kept whatever is trained."""
    after_user_only: bool = False
    """Whether `no_thought` is left to replies that follow a user's message."""
    strips_newline: bool = False
    """Whether the line break after a reply's header goes where no reply follows, or one that calls."""


def _of(family: Family, suffix: str | None = None) -> Format:
    """The format that a family's roles amount to."""
    user, system, reply = family.user, family.system, family.assistant
    return Format(
        prompt=user.before + QUERY + user.after,
        header=reply.header,
        between=reply.after,
        suffix=reply.after if suffix is None else suffix,
        prefix=family.prefix,
        system_prefix=family.prefix + system.before + SYSTEM + system.after,
    )


_HELPFUL = "You are a helpful assistant."
_QWEN = "You are Qwen, created by Alibaba Cloud. You are a helpful assistant."
_QWQ = (
    "You are a helpful and harmless assistant. You are Qwen developed by Alibaba. "
    "You should think step-by-step."
)
_LLAMA = (
    "You are a helpful, respectful and honest assistant. Always answer as helpfully as possible, while being "
    "safe. Your answers should not include any harmful, unethical, racist, sexist, toxic, dangerous, or "
    "illegal content. Please ensure that your responses are socially unbiased and positive in nature.\n\n"
    "If a question does not make any sense, or is not factually coherent, explain why instead of answering "
    "something not correct. If you don't know the answer to a question, please don't share false information."
)
_EMPTY = "<think>\n\n</think>\n\n"
_DEEPSEEK_BOS = "<\uff5cbegin\u2581of\u2581sentence\uff5c>"
_DEEPSEEK_EOS = "<\uff5cend\u2581of\u2581sentence\uff5c>"
_DATED = (
    "<|begin_of_text|><|start_header_id|>system<|end_header_id|>\n\n"
    f"Cutting Knowledge Date: December 2023\nToday Date: {DATE}\n\n"
)

_CHATML = _of(chatml.CHATML)
_QWENS = replace(_CHATML, default_system=_HELPFUL, stop_words=("<|endoftext|>",), agent="hermes")
_BARE_QWEN = replace(_QWENS, default_system=None)
_LLAMA3 = replace(
    _of(llama.LLAMA3),
    prefix="<|begin_of_text|>",
    system_prefix="<|begin_of_text|><|start_header_id|>system<|end_header_id|>\n\n{{SYSTEM}}<|eot_id|>",
    agent="llama3",
)
_LLAMA4 = replace(
    _of(llama.LLAMA4),
    prefix="<|begin_of_text|>",
    system_prefix="<|begin_of_text|><|header_start|>system<|header_end|>\n\n{{SYSTEM}}<|eot|>",
    stop_words=("<|end_of_text|>", "<|eom|>"),
    agent="llama4",
)
_DEEPSEEK3 = replace(
    _of(plain.DEEPSEEK3),
    prefix=_DEEPSEEK_BOS,
    system_prefix=f"{_DEEPSEEK_BOS}{SYSTEM}",
    between=_DEEPSEEK_EOS,
    suffix=_DEEPSEEK_EOS,
)
_GLM4 = replace(
    _of(tagged.GLM4),
    header="<|assistant|>\n",
    suffix="<|user|>",
    adds_bos=True,
    stop_words=("<|endoftext|>", "<|user|>", "<|observation|>"),
    agent="other",
    strips_newline=True,
)
_ZEPHYR = Format(
    prompt="<|user|>\n{{QUERY}}</s>\n",
    header="<|assistant|>\n",
    between="</s>\n",
    suffix="</s>",
    system_prefix="<|system|>\n{{SYSTEM}}</s>\n",
)
_OLMOE = Format(
    prompt="<|user|>\n{{QUERY}}\n",
    header="<|assistant|>\n",
    between="<|endoftext|>\n",
    suffix="<|endoftext|>",
    prefix="<|endoftext|>",
    system_prefix="<|endoftext|><|system|>\n{{SYSTEM}}\n",
    stop_words=("<|endoftext|>",),
)

FORMATS: dict[str, Format] = {
    "chatml": replace(_CHATML, adds_bos=True),
    "deepseek": replace(_of(plain.DEEPSEEK), between=EOS, suffix=EOS),
    "deepseek_r1": replace(_DEEPSEEK3, thinks=True, thought="<think>\n"),
    "deepseek_v2_5": _DEEPSEEK3,
    "deepseek_v3_1": replace(
        _DEEPSEEK3,
        agent="other",
        thinks=True,
        thinks_by="thinking",
        thought="<think>",
        no_thought="</think>",
        history_thought="</think>",
        after_user_only=True,
    ),
    "default": Format(
        prompt="### Human:\n{{QUERY}}\n\n",
        header="### Assistant:\n",
        between="\n\n",
        suffix=EOS,
        system_prefix="{{SYSTEM}}\n\n",
        default_system=_HELPFUL,
        adds_bos=True,
    ),
    "dummy": Format(prompt=QUERY, header="", between=None, suffix=EOS, adds_bos=True),
    "glm4": replace(_GLM4, thought="<think>"),
    "glm4_5": replace(
        _GLM4, thinks=True, no_thought="<think></think>\n", history_thought="<think></think>\n"
    ),
    "llama": Format(
        prompt="{{QUERY}} [/INST]",
        header="",
        between="</s><s>[INST] ",
        suffix="</s>",
        prefix="<s>[INST] ",
        system_prefix="<s>[INST] <<SYS>>\n{{SYSTEM}}\n<</SYS>>\n\n",
        default_system=_LLAMA,
    ),
    "llama3": _LLAMA3,
    "llama3_2": replace(
        _LLAMA3, prefix=f"{_DATED}<|eot_id|>", system_prefix=f"{_DATED}{{{{SYSTEM}}}}<|eot_id|>"
    ),
    "llama4": _LLAMA4,
    "mistral_nemo": Format(
        prompt="{{QUERY}}[/INST]",
        header="",
        between="</s>[INST] ",
        suffix="</s>",
        prefix="<s>[INST] ",
        system_prompt="{{SYSTEM}}\n\n{{QUERY}}[/INST]",
    ),
    "mimo_rl": replace(_QWENS, default_system="You are MiMo, an AI assistant developed by Xiaomi."),
    "nemotron_h": replace(_BARE_QWEN, stop_words=("<|im_end|>",), thinks=True, thought="<think>\n"),
    "olmoe_0924": _OLMOE,
    "phi3": replace(_of(tagged.PHI3, "<|end|>"), adds_bos=True),
    "phi4": replace(_of(chatml.PHI4), adds_bos=True),
    "qwen": _QWENS,
    "qwen2_5": replace(_QWENS, default_system=_QWEN),
    "qwen3": replace(_BARE_QWEN, thinks=True, no_thought=_EMPTY),
    "qwen3_nothinking": _BARE_QWEN,
    "qwen3_thinking": replace(_BARE_QWEN, thinks=True, thought="<think>\n"),
    "qwq": replace(_BARE_QWEN, thinks=True, thought="<think>\n"),
    "qwq_preview": replace(_QWENS, default_system=_QWQ),
    "zephyr": _ZEPHYR,
}
