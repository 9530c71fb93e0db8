# ruff: noqa: RUF001 (DeepSeek's markers are written with full-width bars)
"""Tests of the bundled chat templates: exact text of each format, and what the model itself writes in it."""

from __future__ import annotations

import pytest
from lossmask.errors import TemplateError
from lossmask.rendering.library import bundled_template, bundled_templates

from tests.rendering.bundled import CHAT, NAMES, SYSTEM, marked, render, rounded

PANCAKES = [
    {"role": "user", "content": "give me a recipe to bake pancakes"},
    {"role": "assistant", "content": "to bake pancakes, one takes a pan"},
]

HARMONY_SYSTEM = (
    "<|start|>system<|message|>You are ChatGPT, a large language model trained by OpenAI.\n"
    "Knowledge cutoff: 2024-06\n"
    "Current date: TODAY\n"
    "\n"
    "Reasoning: medium\n"
    "\n"
    "# Valid channels: analysis, commentary, final. Channel must be included for every message."
)

WITH_SYSTEM = {
    "chatml": "<|im_start|>system\nBe brief.<|im_end|>\n"
    "<|im_start|>user\nHi<|im_end|>\n<|im_start|>assistant\n[Hello!<|im_end|>]\n"
    "<|im_start|>user\nBye<|im_end|>\n<|im_start|>assistant\n[See you.<|im_end|>]\n",
    "chatml-thinking": "<|im_start|>system\nBe brief.<|im_end|>\n"
    "<|im_start|>user\nHi<|im_end|>\n<|im_start|>assistant\n[Hello!<|im_end|>]\n"
    "<|im_start|>user\nBye<|im_end|>\n<|im_start|>assistant\n[See you.<|im_end|>]\n",
    "alpaca": "<s>Be brief.\n\n### Instruction:\nHi\n\n### Response:\n[Hello!</s>]"
    "\n\n### Instruction:\nBye\n\n### Response:\n[See you.</s>]",
    "deepseek": "<｜begin▁of▁sentence｜>Be brief.<｜User｜>Hi<｜Assistant｜>[Hello!<｜end▁of▁sentence｜>]"
    "<｜User｜>Bye<｜Assistant｜>[See you.<｜end▁of▁sentence｜>]",
    "gemma": "<bos><start_of_turn>user\nBe brief.\n\nHi<end_of_turn>\n"
    "<start_of_turn>model\n[Hello!<end_of_turn>]\n"
    "<start_of_turn>user\nBye<end_of_turn>\n<start_of_turn>model\n[See you.<end_of_turn>]\n",
    "harmony": HARMONY_SYSTEM + "<|end|><|start|>developer<|message|># Instructions\n\nBe brief.\n\n<|end|>"
    "<|start|>user<|message|>Hi<|end|><|start|>assistant[<|channel|>final<|message|>Hello!<|end|>]"
    "<|start|>user<|message|>Bye<|end|><|start|>assistant[<|channel|>final<|message|>See you.<|return|>]",
    "llama-2": "<s>(INST) <<SYS>>\nBe brief.\n<</SYS>>\n\nHi (/INST)[ Hello! </s>]"
    "<s>(INST) Bye (/INST)[ See you. </s>]",
    "llama-3": "<|begin_of_text|><|start_header_id|>system<|end_header_id|>\n\nBe brief.<|eot_id|>"
    "<|start_header_id|>user<|end_header_id|>\n\nHi<|eot_id|>"
    "<|start_header_id|>assistant<|end_header_id|>\n\n[Hello!<|eot_id|>]"
    "<|start_header_id|>user<|end_header_id|>\n\nBye<|eot_id|>"
    "<|start_header_id|>assistant<|end_header_id|>\n\n[See you.<|eot_id|>]",
    "mistral": "<s>(INST) Be brief.\n\nHi (/INST)[Hello!</s>](INST) Bye (/INST)[See you.</s>]",
    "phi-3": "<|system|>\nBe brief.<|end|>\n<|user|>\nHi<|end|>\n<|assistant|>\n[Hello!<|end|>]\n"
    "<|user|>\nBye<|end|>\n<|assistant|>\n[See you.<|end|>]\n",
    "vicuna": "<s>Be brief. USER: Hi ASSISTANT:[ Hello!</s>]USER: Bye ASSISTANT:[ See you.</s>]",
    "zephyr": "<|system|>\nBe brief.</s>\n<|user|>\nHi</s>\n<|assistant|>\n[Hello!</s>]\n"
    "<|user|>\nBye</s>\n<|assistant|>\n[See you.</s>]\n",
}
"""What the model itself writes stands in brackets; Mistral's and Llama 2's own brackets are written round."""

WITHOUT_SYSTEM = {
    "alpaca": "<s>Below is an instruction that describes a task. Write a response that appropriately "
    "completes the request.\n\n### Instruction:\nHi\n\n### Response:\n",
    "vicuna": "<s>A chat between a curious user and an artificial intelligence assistant. "
    "The assistant gives helpful, detailed, and polite answers to the user's questions. USER: Hi ASSISTANT:",
    "gemma": "<bos><start_of_turn>user\nHi<end_of_turn>\n<start_of_turn>model\n",
    "harmony": HARMONY_SYSTEM + "<|end|><|start|>user<|message|>Hi<|end|><|start|>assistant",
    "llama-2": "<s>(INST) Hi (/INST)",
    "mistral": "<s>(INST) Hi (/INST)",
    "deepseek": "<｜begin▁of▁sentence｜><｜User｜>Hi<｜Assistant｜>",
    "zephyr": "<|user|>\nHi</s>\n<|assistant|>\n",
    "phi-3": "<|user|>\nHi<|end|>\n<|assistant|>\n",
    "chatml": "<|im_start|>user\nHi<|im_end|>\n<|im_start|>assistant\n",
    "chatml-thinking": "<|im_start|>user\nHi<|im_end|>\n<|im_start|>assistant\n",
    "llama-3": "<|begin_of_text|><|start_header_id|>user<|end_header_id|>\n\nHi<|eot_id|>"
    "<|start_header_id|>assistant<|end_header_id|>\n\n",
}


def test_names() -> None:
    assert NAMES[0] == "chatml"
    assert set(NAMES) == set(WITH_SYSTEM)


@pytest.mark.parametrize("name", NAMES)
def test_first_comment_says_which_format_it_follows(name: str) -> None:
    template = next(template for template in bundled_templates() if template.name == name)
    assert 0 < len(template.title) < 30
    assert template.description.endswith(".")
    assert template.notes.endswith(".")
    assert "#}" not in template.title + template.description + template.notes


def test_unknown_name_lists_the_names() -> None:
    with pytest.raises(TemplateError, match="chatml, chatml-thinking, alpaca") as caught:
        bundled_template("qwen")
    assert caught.value.code == "unknown-template"


@pytest.mark.parametrize("name", NAMES)
def test_text_and_what_the_model_writes(name: str) -> None:
    assert marked(name, [SYSTEM, *CHAT]) == WITH_SYSTEM[name]


@pytest.mark.parametrize("name", NAMES)
def test_generation_prompt_without_system_message(name: str) -> None:
    assert rounded(render(name, CHAT[:1], add_generation_prompt=True)) == WITHOUT_SYSTEM[name]


@pytest.mark.parametrize("name", NAMES)
def test_answer_starts_where_the_generation_prompt_ends(name: str) -> None:
    prompt = rounded(render(name, CHAT[:3], add_generation_prompt=True))
    whole = marked(name, CHAT)
    start = whole.rindex("[")
    assert whole[:start].replace("[", "").replace("]", "") == prompt


@pytest.mark.parametrize("name", NAMES)
def test_content_parts_are_read_as_their_text(name: str) -> None:
    parts = [{"type": "text", "text": "He"}, {"type": "image"}, {"type": "text", "text": "llo!"}]
    split = [CHAT[0], {"role": "assistant", "content": parts}, *CHAT[2:]]
    assert marked(name, split) == marked(name, CHAT)


@pytest.mark.parametrize("name", NAMES)
def test_content_may_be_null(name: str) -> None:
    nulled = [CHAT[0], {"role": "assistant", "content": None}]
    emptied = [CHAT[0], {"role": "assistant", "content": ""}]
    assert marked(name, nulled) == marked(name, emptied)


@pytest.mark.parametrize("name", NAMES)
def test_no_message_is_lost_whatever_the_order_of_roles(name: str) -> None:
    roles = ["system", "system", "assistant", "user", "user", "system", "assistant", "system"]
    messages = [{"role": role, "content": f"words {index}"} for index, role in enumerate(roles)]
    text = render(name, messages)
    assert [text.count(message["content"]) for message in messages] == [1] * len(roles)


def test_seed_case() -> None:
    assert marked("llama-3", PANCAKES) == (
        "<|begin_of_text|><|start_header_id|>user<|end_header_id|>\n\n"
        "give me a recipe to bake pancakes<|eot_id|>"
        "<|start_header_id|>assistant<|end_header_id|>\n\n"
        "[to bake pancakes, one takes a pan<|eot_id|>]"
    )


@pytest.mark.parametrize("name", ["llama-2", "llama-3", "gemma"])
def test_formats_that_trim(name: str) -> None:
    padded = [{**message, "content": f"\n {message['content']} \n"} for message in [SYSTEM, *CHAT]]
    assert marked(name, padded) == WITH_SYSTEM[name]


@pytest.mark.parametrize("name", sorted(set(NAMES) - {"llama-2", "llama-3", "gemma"}))
def test_formats_that_keep_whitespace(name: str) -> None:
    assert "\n  Hello! \n" in render(name, [CHAT[0], {"role": "assistant", "content": "\n  Hello! \n"}])
