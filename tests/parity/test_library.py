# ruff: noqa: RUF001 (DeepSeek's markers are written with full-width bars)
"""The bundled chat templates write what the models' own templates write, except where they say otherwise."""

from __future__ import annotations

import copy
import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any, TypeAlias

import pytest
from jinja2 import TemplateError
from lossmask.rendering.library import BundledTemplate, bundled_template, bundled_templates
from transformers.utils.chat_template_utils import render_jinja_template

from tests.shared import require_shared

pytestmark = pytest.mark.parity

TOOL_CALLS = frozenset({"tool-call", "tool-call-text", "tool-parallel", "tool-reasoning"})
TOOLS = TOOL_CALLS | {"tools-unused"}
SYSTEM = frozenset({"single-system", "multi-system", "code-multi", "system-only", "mid-system", "long"})

Change: TypeAlias = Callable[[str], str]


def unchanged(text: str) -> str:
    return text


def after_system_turn(text: str) -> str:
    """A text without ChatML's first system turn, which holds the list of tools or a default prompt."""
    return re.sub(r"\A<\|im_start\|>system\n.*?<\|im_end\|>\n", "", text, flags=re.DOTALL)


def without_empty_thoughts(text: str) -> str:
    return after_system_turn(text).replace("<think>\n\n</think>\n\n", "")


def without_inner_spaces(text: str) -> str:
    return text.replace("[INST] ", "[INST]").replace(" [/INST]", "[/INST]")


def without_endoftext(text: str) -> str:
    return text.removesuffix("<|endoftext|>")


def without_thinking_prompt(text: str) -> str:
    return text.removesuffix("<think>\n")


@dataclass(frozen=True)
class Pair:
    """A bundled template beside a real one, what is known to differ, and how many conversations are left."""

    name: str
    real: str
    compared: int
    bos: str = ""
    eos: str = ""
    skipped: frozenset[str] = frozenset()
    of_bundled: Change = unchanged
    of_real: Change = unchanged
    plain_calls: bool = False


PAIRS = [
    # The sentences around the list of tools are our own.
    Pair("chatml", "templates/trl/qwen3_instruct_2507.jinja", 30, skipped=TOOLS),
    # Qwen2.5 adds a system prompt where there is none.
    Pair(
        "chatml",
        "templates/trl/qwen2_5.jinja",
        35,
        of_bundled=after_system_turn,
        of_real=after_system_turn,
    ),
    # Qwen3 drops the reasoning of earlier turns, gives a last answer without any an empty block, and strips
    # the line breaks at that answer's start.
    Pair(
        "chatml-thinking",
        "tokenizers/Qwen__Qwen3-4B",
        32,
        skipped=frozenset({"inline-think", "reasoning-field", "leading-space"}),
        of_bundled=after_system_turn,
        of_real=without_empty_thoughts,
    ),
    # The template of 3.0 knows no tools.
    Pair("llama-3", "templates/trl/llama3.jinja", 30, bos="<|begin_of_text|>", skipped=TOOLS),
    # v0.2 refuses system messages and roles that do not alternate, and knows no tools.
    Pair(
        "mistral",
        "tokenizers/mistralai__Mistral-7B-Instruct-v0.2",
        21,
        bos="<s>",
        eos="</s>",
        skipped=TOOLS,
    ),
    # NeMo writes no spaces inside [INST], puts the system message into the last user turn, and leaves out
    # words beside a call.
    Pair(
        "mistral",
        "tokenizers/mistralai__Mistral-Nemo-Instruct-2407",
        25,
        bos="<s>",
        eos="</s>",
        skipped=SYSTEM | {"tool-call-text"},
        of_bundled=without_inner_spaces,
        of_real=without_inner_spaces,
    ),
    # Gemma 2 refuses system messages; both refuse roles that do not alternate.
    Pair("gemma", "templates/trl/gemma.jinja", 22, bos="<bos>"),
    # Gemma 3 loses a system message that nothing follows.
    Pair("gemma", "templates/trl/gemma3.jinja", 26, bos="<bos>", skipped=frozenset({"system-only"})),
    # Phi-3 closes a finished conversation with <|endoftext|>, and leaves out calls and tool messages.
    Pair(
        "phi-3",
        "templates/trl/phi3.jinja",
        31,
        eos="<|endoftext|>",
        skipped=TOOL_CALLS,
        of_real=without_endoftext,
    ),
    # Zephyr leaves out calls and tool messages.
    Pair("zephyr", "tokenizers/HuggingFaceH4__zephyr-7b-beta", 31, eos="</s>", skipped=TOOL_CALLS),
    Pair("zephyr", "tokenizers/TinyLlama__TinyLlama-1.1B-Chat-v1.0", 31, eos="</s>", skipped=TOOL_CALLS),
    # This template is that of a reasoning model: it opens an answer with <think> and cuts earlier thoughts.
    Pair(
        "deepseek",
        "templates/trl/deepseekv3.jinja",
        34,
        bos="<｜begin▁of▁sentence｜>",
        skipped=frozenset({"inline-think"}),
        of_real=without_thinking_prompt,
        plain_calls=True,
    ),
    # gpt-oss drops reasoning before the last answer, later system messages and parallel calls, and takes the
    # words beside a call for reasoning.
    Pair(
        "harmony",
        "tokenizers/openai__gpt-oss-20b",
        29,
        skipped=(TOOL_CALLS - {"tool-call"}) | {"reasoning-field", "reasoning-single", "mid-system"},
    ),
]


@cache
def conversations() -> list[dict[str, Any]]:
    text = require_shared("golden", "conversations.jsonl").read_text(encoding="utf-8")
    return [json.loads(line) for line in text.splitlines()]


def with_plain_calls(conversation: dict[str, Any]) -> dict[str, Any]:
    """Arguments as JSON text and null content beside a call, the one form that DeepSeek's template reads."""
    conversation = copy.deepcopy(conversation)
    for message in conversation["messages"]:
        for call in message.get("tool_calls", []):
            call["function"]["arguments"] = json.dumps(call["function"]["arguments"])
            message["content"] = message["content"] or None
    return conversation


def real_template(path: str) -> str:
    place = require_shared(path)
    if place.is_file():
        return place.read_text(encoding="utf-8")
    if (place / "chat_template.jinja").exists():
        return (place / "chat_template.jinja").read_text(encoding="utf-8")
    config = json.loads((place / "tokenizer_config.json").read_text(encoding="utf-8"))
    return str(config["chat_template"])


def render(source: str, conversation: dict[str, Any], **arguments: Any) -> str | None:
    """The text, or None where the template raises."""
    try:
        texts, _ = render_jinja_template(
            [conversation["messages"]], tools=conversation.get("tools"), chat_template=source, **arguments
        )
    except TemplateError:
        return None
    return str(texts[0])


@pytest.mark.parametrize("pair", PAIRS, ids=lambda pair: f"{pair.name}={pair.real.rpartition('/')[2]}")
@pytest.mark.parametrize("prompt", [False, True], ids=["whole", "prompt"])
def test_same_text_as_the_real_template(pair: Pair, prompt: bool) -> None:
    arguments = {"add_generation_prompt": prompt, "bos_token": pair.bos, "eos_token": pair.eos}
    bundled, real = bundled_template(pair.name), real_template(pair.real)
    compared = 0
    for conversation in conversations():
        row = with_plain_calls(conversation) if pair.plain_calls else conversation
        text, expected = render(bundled, row, **arguments), render(real, row, **arguments)
        if row["id"] in pair.skipped or text is None or expected is None:
            continue
        compared += 1
        assert pair.of_bundled(text) == pair.of_real(expected), row["id"]
    assert compared == pair.compared


@pytest.mark.parametrize("template", bundled_templates(), ids=lambda template: template.name)
def test_every_conversation_renders_but_tool_calls_where_there_are_none(template: BundledTemplate) -> None:
    refused = {row["id"] for row in conversations() if render(template.source, row) is None}
    has_tools = template.name in {"chatml", "chatml-thinking", "llama-3", "mistral", "deepseek", "harmony"}
    assert refused == (frozenset() if has_tools else TOOL_CALLS)


@pytest.mark.parametrize("template", bundled_templates(), ids=lambda template: template.name)
def test_one_generation_span_for_each_assistant_message(template: BundledTemplate) -> None:
    for row in conversations():
        if row["id"] in TOOL_CALLS:
            continue
        _, spans = render_jinja_template(
            [row["messages"]], chat_template=template.source, return_assistant_tokens_mask=True
        )
        assert len(spans[0]) == sum(message["role"] == "assistant" for message in row["messages"])
