"""open-instruct's chat formats, by what they output."""

from __future__ import annotations

import pytest
from lossmask.core.conversation import Conversation
from lossmask.rendering.render import Variables, compile_template, render_text
from lossmask.strategies.open_instruct_templates import CHAT_TEMPLATES, chosen_template

MESSAGES = (
    {"role": "system", "content": "S"},
    {"role": "user", "content": "U"},
    {"role": "assistant", "content": "<think>T</think>\n\nA"},
    {"role": "user", "content": "V"},
)
EXPECTED = {
    "simple_concat_with_space": "S U <think>T</think>\n\nA V",
    "simple_chat": "System: S\n\nUser: U\n\nAssistant: <think>T</think>\n\nA\n\nUser: V",
    "assistant_message_only": "<think>T</think>\n\nA",
    "tulu": "<|system|>\nS\n<|user|>\nU\n<|assistant|>\n<think>T</think>\n\nA</s>\n<|user|>\nV\n",
    "zephyr": (
        "<|system|>\nS</s>\n<|user|>\nU</s>\n<|assistant|>\n<think>T</think>\n\nA</s>\n<|user|>\nV</s>\n"
    ),
}
PROMPTS = {
    "tulu": "<|assistant|>\n",
    "tulu_thinker": "<|assistant|>\n<think>",
    "olmo": "<|im_start|>assistant\n",
    "olmo_thinker": "<|im_start|>assistant\n<think>",
}


def rendered(name: str, messages: tuple[dict[str, str], ...] = MESSAGES, prompted: bool = True) -> str:
    variables = Variables({"bos_token": "<s>", "eos_token": "</s>"}, {"add_generation_prompt": prompted})
    return render_text(compile_template(CHAT_TEMPLATES[name]), Conversation(messages), variables)


@pytest.mark.parametrize("name", sorted(EXPECTED))
def test_what_a_format_writes(name: str) -> None:
    assert rendered(name) == EXPECTED[name] + PROMPTS.get(name, "<|assistant|>\n" if name == "zephyr" else "")


@pytest.mark.parametrize("name", sorted(PROMPTS))
def test_generation_prompts(name: str) -> None:
    assert rendered(name) == rendered(name, prompted=False) + PROMPTS[name]


@pytest.mark.parametrize("name", ["simple_chat", "tulu", "olmo"])
def test_eos_ends_what_is_complete(name: str) -> None:
    assert rendered(name, MESSAGES[:3], prompted=False).endswith("A</s>")


def test_olmo_writes_functions_and_calls() -> None:
    messages = (
        {"role": "system", "content": "S", "functions": "F"},
        {"role": "user", "content": "U"},
        {"role": "assistant", "content": "A", "function_calls": "C"},
        {"role": "environment", "content": "E"},
    )
    assert rendered("olmo", messages, prompted=False) == (
        "<|im_start|>system\nS <functions>F</functions><|im_end|>\n<|im_start|>user\nU<|im_end|>\n"
        "<|im_start|>assistant\nA<function_calls>C</function_calls><|im_end|>\n"
        "<|im_start|>environment\nE<|im_end|>\n"
    )


def test_earlier_thinking_is_removed_where_the_name_says_so() -> None:
    assert "T</think>" not in rendered("olmo_thinker_remove_intermediate_thinking")
    assert "T</think>" in rendered("olmo_thinker_remove_intermediate_thinking", MESSAGES[:3])


def test_the_tokenizers_own_and_bos() -> None:
    assert chosen_template("own", {"chat_template_name": None, "add_bos": False}) == "own"
    assert chosen_template("own", {"chat_template_name": None, "add_bos": True}) == "{{ bos_token }}own"
