"""Every stock template becomes a training variant that writes and marks what TRL's own does."""

from __future__ import annotations

import copy
import json
import random
from collections.abc import Iterator
from typing import Any, TypeAlias

import jinja2
import pytest
from lossmask.core.conversation import Conversation
from lossmask.errors import TemplateError
from lossmask.rendering.render import Variables, compile_template, render
from lossmask.settings import Settings
from lossmask.strategies.trl_sft import has_generation_blocks
from lossmask.strategies.trl_training import marked_variant
from transformers.utils.chat_template_utils import render_jinja_template

from tests.labels import analysed, trained_texts
from tests.parity.golden import conversations
from tests.shared import require_shared, shared_folder

pytestmark = pytest.mark.parity

Marked: TypeAlias = tuple[str, list[tuple[int, int]]]

SPECIAL = {"bos_token": "<bos>", "eos_token": "<eos>"}
TEXTS = (
    "hi",
    "  lead",
    "trail \n",
    "",
    "a\n\nb",
    "\N{GRINNING FACE}",
    "<think>x</think>y",
    "<think>\nq\n</think>\n\nz",
    "</think>",
    "<tool_response>r</tool_response>",
    "x<|im_end|>y",
    "<|channel>th<channel|>k",
)
ARGUMENTS = ({"a": 1, "b": "x"}, {}, {"l": [1, "2"], "d": {"k": None}}, '{"a": 1}')


def families() -> list[str]:
    found = sorted((shared_folder() / "templates" / "trl").glob("*_training.jinja"))
    return [path.name.removesuffix("_training.jinja") for path in found] or ["absent"]


def source(name: str) -> str:
    return require_shared("templates", "trl", f"{name}.jinja").read_text(encoding="utf-8")


def some_conversations(count: int) -> Iterator[dict[str, Any]]:
    """Golden conversations, the same as lists of parts, and random ones."""
    for row in conversations().values():
        yield row
        yield {**row, "messages": [{**message, **_parts(message)} for message in row["messages"]]}
    chance = random.Random(5)
    tools = [None, None, *(row["tools"] for row in conversations().values() if row.get("tools"))]
    for _ in range(count):
        yield {"messages": list(_messages(chance)), "tools": chance.choice(tools)}


def _parts(message: dict[str, Any]) -> dict[str, Any]:
    return {"content": [{"type": "text", "text": message["content"]}]} if message.get("content") else {}


def _messages(chance: random.Random) -> Iterator[dict[str, Any]]:
    lists, alternate = chance.random() < 0.35, chance.random() < 0.6
    if chance.random() < 0.4:
        yield {"role": "system", "content": _content(chance, lists)}
    for number in range(chance.randint(1, 6)):
        any_role = chance.choice(("user", "assistant", "assistant", "tool", "system"))
        role = ("user", "assistant")[number % 2] if alternate else any_role
        message: dict[str, Any] = {"role": role, "content": _content(chance, lists)}
        if role == "assistant" and chance.random() < 0.3:
            message["reasoning_content"] = chance.choice(TEXTS)
        if role == "assistant" and chance.random() < 0.3:
            message["tool_calls"] = [_call(chance, index) for index in range(chance.randint(1, 2))]
        if role == "tool":
            message |= {"name": "f0", "tool_call_id": "c0"}
        yield message


def _content(chance: random.Random, lists: bool) -> Any:
    if not lists or chance.random() < 0.4:
        return chance.choice(TEXTS)
    texts = [{"type": "text", "text": chance.choice(TEXTS)} for _ in range(chance.randint(1, 2))]
    return chance.choice(([], [{"type": "image"}], [{"type": "video"}])) + texts


def _call(chance: random.Random, number: int) -> dict[str, Any]:
    function = {"name": f"f{number}", "arguments": chance.choice(ARGUMENTS)}
    return {"id": f"c{number}", "type": "function", "function": function}


def theirs(template: str, row: dict[str, Any], arguments: dict[str, Any]) -> Marked | None:
    """Text and spans as transformers finds them; None where the template raises."""
    try:
        texts, spans = render_jinja_template(
            [copy.deepcopy(row["messages"])],
            tools=row.get("tools"),
            chat_template=template,
            return_assistant_tokens_mask=True,
            **SPECIAL,
            **arguments,
        )
    except (jinja2.TemplateError, TypeError, AttributeError, KeyError, ValueError, IndexError):
        return None
    return str(texts[0]), [(start, end) for start, end in spans[0]]


def ours(template: str, row: dict[str, Any], arguments: dict[str, Any]) -> Marked | None:
    tools = row.get("tools")
    conversation = Conversation(tuple(copy.deepcopy(row["messages"])), tools and tuple(tools))
    try:
        rendering = render(compile_template(template), conversation, Variables(SPECIAL, arguments))
    except TemplateError:
        return None
    return rendering.text, list(rendering.generation_spans)


@pytest.mark.parametrize("family", families())
def test_same_text_and_same_marks(family: str) -> None:
    variant, real = marked_variant(source(family)), source(f"{family}_training")
    assert variant is not None
    rendered = 0
    for number, row in enumerate(some_conversations(300)):
        arguments: dict[str, Any] = {"add_generation_prompt": number % 3 == 1}
        if number % 5 == 0:
            arguments["enable_thinking"] = number % 2 == 0
        expected = theirs(real, row, arguments)
        if expected is not None and family == "llava_next":
            expected = without_last_spaces(expected)
        assert ours(variant, row, arguments) == expected, json.dumps(row)
        rendered += expected is not None
    assert rendered >= 20


def without_last_spaces(marked: Marked) -> Marked:
    """The released TRL 1.16.0 leaves the space after `</s>` unmarked; the stored template marks it."""
    text, spans = marked
    return text, [(start, end - text[:end].endswith("</s> ")) for start, end in spans]


HEADERS = {
    "qwen2_5": ("assistant", "\nyes<|im_end|>\n"),
    "qwen3": ("assistant\n", "<think>\n\n</think>\n\nyes<|im_end|>\n"),
    "qwen3_instruct_2507": ("assistant\n", "yes<|im_end|>\n"),
    "llama3": ("<|end_header_id|>\n\n", "yes<|eot_id|>"),
    "gemma": ("model\n", "yes<end_of_turn>\n"),
    "deepseekv3": ("hi", "<\uff5cAssistant\uff5c>yes<\uff5cend\u2581of\u2581sentence\uff5c>"),
    "gptoss": ("hi<|end|>", "<|start|>assistant<|channel|>final<|message|>yes<|end|>"),
    "glm4moe": ("<|assistant|>", "\n<think></think>\nyes<|user|>"),
}


@pytest.mark.parametrize("family", HEADERS)
def test_where_the_marks_of_a_turn_begin_and_end(family: str) -> None:
    """DeepSeek's and gpt-oss's variants mark the header, Qwen2.5's its line break, GLM's the next marker."""
    roles = (("user", "hi"), ("assistant", "yes"), ("user", "hi"), ("assistant", "no"))
    row = {"messages": [{"role": role, "content": content} for role, content in roles]}
    variant = marked_variant(source(family))
    assert variant is not None
    found = ours(variant, row, {})
    assert found is not None
    text, [(start, end), *_] = found
    before, marked = HEADERS[family]
    assert text[:start].endswith(before)
    assert text[start:end] == marked


def test_deepseek_renders_arguments_that_its_own_template_refuses() -> None:
    settings = Settings({"LOSSMASK_TOKENIZERS": str(require_shared("tokenizers"))})
    call = {"type": "function", "function": {"name": "f", "arguments": {"a": 1}}}
    messages = [
        {"role": "user", "content": "hi"},
        {"role": "assistant", "content": "so", "tool_calls": [call]},
    ]
    request: dict[str, Any] = {
        "messages": messages,
        "tokenizer": "local:deepseek-ai__DeepSeek-V3",
        "settings": settings,
    }
    assert '{"a": 1}' in trained_texts(analysed(strategy="trl-assistant-only", **request))[0]
    with pytest.raises(TemplateError):
        analysed(strategy="trl-full", **request)


def test_templates_without_a_variant_are_unknown() -> None:
    root = require_shared("templates", "trl")
    stock = [path for path in sorted(root.glob("*.jinja")) if not path.stem.endswith("_training")]
    unknown = [path.stem for path in stock if marked_variant(path.read_text(encoding="utf-8")) is None]
    assert unknown == ["lfm2_2_5", "llama3_1", "llama3_2"]


@pytest.mark.parametrize("family", families())
def test_one_character_more_makes_a_template_unknown(family: str) -> None:
    assert marked_variant(source(family) + " ") is None
    assert has_generation_blocks(source(f"{family}_training"))
