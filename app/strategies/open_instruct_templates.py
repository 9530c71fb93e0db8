"""The chat formats that open-instruct brings for `chat_template_name`, written from what they output.

Source: open-instruct at commit e6c3044a, `dataset_transformation.py`. Not covered: the formats
that open with a page of instructions (`tulu_thinker_r1_style`, the `r1_simple_chat` ones
and the `rlzero` ones).
"""

from __future__ import annotations

from .option import Options

BOS = "{{ bos_token }}"

_EACH, _DONE = "{% for m in messages %}", "{% endfor %}"
_END = "{% if loop.last and not add_generation_prompt %}{{ eos_token }}{% endif %}"


def _plain(before: str, words: str = "m.content") -> str:
    """Words with `before` between them, and EOS at the end of what is complete."""
    between = "{{ '' if loop.first else '" + before + "' }}"
    return _EACH + between + "{{ " + words + " }}" + _END + _DONE


def _prompt(text: str) -> str:
    return "{% if loop.last and add_generation_prompt %}{{ '" + text + "' }}{% endif %}"


def _tagged(others_end: str, after_eos: str, prompt: str) -> str:
    """`<|role|>`, a newline and the words; an assistant's end with EOS."""
    reply = "{{ '<|assistant|>\n' + m.content + eos_token }}" + after_eos
    other = "{{ '<|' + m.role + '|>\n' + m.content + " + others_end + " }}"
    body = "{% if m.role == 'assistant' %}" + reply + "{% elif m.role in ('system', 'user') %}" + other
    return _EACH + body + "{% endif %}" + _prompt(prompt) + _DONE


def _tulu(prompt: str) -> str:
    return _tagged("'\n'", "{% if not loop.last %}{{ '\n' }}{% endif %}", prompt)


_WITHOUT_EARLIER_THINKING = (
    "{% set words = words | string %}"
    "{% if not loop.last and '<think>' in words and '</think>' in words %}"
    "{% set words = words.split('</think>')[-1].lstrip('\n') %}{% endif %}"
)


def _olmo(opening: str, prompt: str, words: str = "") -> str:
    """ChatML with functions; `opening` is the system prompt of a conversation that has none."""
    return (
        "{% if not messages | selectattr('role', 'eq', 'system') | list %}"
        "{{ '<|im_start|>system\n" + opening + "<|im_end|>\n' }}{% endif %}"
        "{% for m in messages %}{% set functions = m.get('functions') %}"
        "{% if m.role in ('system', 'user', 'environment') %}"
        "{{ '<|im_start|>' + m.role + '\n' + m.content }}"
        "{% if m.role != 'environment' and functions is not none %}"
        "{{ (' ' if m.role == 'system' else '\n') + '<functions>' + functions + '</functions>' }}"
        "{% elif m.role == 'system' %}{{ ' " + _NO_FUNCTIONS + "' }}{% endif %}"
        "{{ '<|im_end|>\n' }}"
        "{% elif m.role == 'assistant' %}{{ '<|im_start|>assistant\n' }}{% set words = m.get('content') %}"
        "{% if words is not none %}" + words + "{{ words }}{% endif %}"
        "{% set calls = m.get('function_calls') %}"
        "{% if calls is not none %}{{ '<function_calls>' + calls + '</function_calls>' }}{% endif %}"
        "{{ eos_token if loop.last else '<|im_end|>\n' }}{% endif %}" + _prompt(prompt) + _DONE
    )


_NO_FUNCTIONS = "You do not currently have access to any functions. <functions></functions>"
_ABOUT = (
    "Your date cutoff is {} 2024, and your model weights are available at https://huggingface.co/allenai."
)
_OPENING = (
    f"You are OLMo, a helpful function-calling AI assistant built by Ai2. {_ABOUT.format('November')} "
    + _NO_FUNCTIONS
)
_OPENING_7B = f"You are Olmo, a helpful AI assistant built by Ai2. {_ABOUT.format('December')}"
_HELPFUL = "You are a helpful AI assistant."
_ASKS = "<|im_start|>assistant\n"
_THINKS = "<|im_start|>assistant\n<think>"

CHAT_TEMPLATES: dict[str, str] = {
    "simple_concat_with_space": _plain(" "),
    "simple_concat_with_new_line": _plain("\n"),
    "simple_chat": _plain("\n\n", "m.role.capitalize() + ': ' + m.content"),
    "assistant_message_only": (
        "{% for m in messages %}{% if m.role == 'assistant' %}{{ m.content }}{% endif %}{% endfor %}"
    ),
    "zephyr": _tagged("eos_token + '\n'", "{{ '\n' }}", "<|assistant|>\n"),
    "tulu": _tulu("<|assistant|>\n"),
    "tulu_thinker": _tulu("<|assistant|>\n<think>"),
    "olmo": _olmo(_OPENING, _ASKS),
    "olmo_old": _olmo(_OPENING, _ASKS),
    "olmo_thinker": _olmo(_HELPFUL, _THINKS),
    "olmo_thinker_no_think_7b": _olmo(_OPENING_7B, _ASKS),
    "olmo_thinker_no_think_sft_tokenization": _olmo(_HELPFUL, _ASKS),
    "olmo_thinker_remove_intermediate_thinking": _olmo(_HELPFUL, _THINKS, _WITHOUT_EARLIER_THINKING),
    "qwen_instruct_user_boxed_math": (
        "{% for m in messages %}{% if m.role in ('user', 'assistant') %}"
        "{{ '<|im_start|>' + m.role + '\n' + m.content }}"
        "{% if m.role == 'user' %}"
        "{{ '\n\nPlease reason step by step, and put your final answer within \\\\boxed{}' }}{% endif %}"
        "{{ '<|im_end|>\n' }}{% endif %}" + _prompt(_ASKS) + _DONE
    ),
}


def chosen_template(source: str, options: Options) -> str:
    """The template that open-instruct renders with, out of the one that the tokenizer has."""
    chosen = CHAT_TEMPLATES.get(options["chat_template_name"], source)
    return BOS + chosen if options["add_bos"] else chosen
