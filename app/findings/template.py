"""The rules of the group "template", each with the requests that show it."""

from __future__ import annotations

from typing import Any

from .base import Fields, Rule
from .template_arguments import argument_unset, date_in_text
from .template_content import content_lost, reasoning_lost, special_in_content, system_prompt
from .template_history import history_rewritten
from .template_revisions import two_revisions
from .template_thinking import thinking_unbalanced
from .template_training import marks_missing, tools_mixed_up


def _chatml(content: str, *, before: str = "") -> str:
    """A small template of ChatML's shape around an expression for the content."""
    return (
        f"{before}{{%- for message in messages %}}\n"
        f"{{{{- '<|im_start|>' + message.role + '\\n' }}}}{content}{{{{- '<|im_end|>\\n' }}}}\n"
        "{%- endfor %}\n"
        "{%- if add_generation_prompt %}{{- '<|im_start|>assistant\\n' }}{%- endif %}"
    )


_CHATML = _chatml("{{- message.content }}")
_MARKED = (
    "{%- for message in messages %}\n"
    "{{- '<|im_start|>' + message.role + '\\n' }}\n"
    "{%- if message.role == 'assistant' %}\n"
    "{%- generation %}{{- message.content + '<|im_end|>' }}{%- endgeneration %}\n"
    "{%- else %}{{- message.content + '<|im_end|>' }}{%- endif %}\n"
    "{{- '\\n' }}\n"
    "{%- endfor %}"
)
_FORGETFUL = _chatml(
    "{%- if loop.last and message.reasoning_content %}"
    "{{- '<think>\\n' + message.reasoning_content + '\\n</think>\\n\\n' }}{%- endif %}{{- message.content }}"
)
_UNLESS_SYSTEM = "{%- if message.role != 'system' %}{{- message.content }}{%- endif %}"
_SYSTEM_TOO = "{%- if message.role == 'system' %}{{- message.content }}{%- endif %}"
_ASKED = {"role": "user", "content": "give me a recipe to bake pancakes"}
_REPLY = {"role": "assistant", "content": "to bake pancakes, one takes a pan"}
_THANKS = {"role": "user", "content": "and then?"}
_LAST = {"role": "assistant", "content": "then one waits"}
_THOUGHT = {**_REPLY, "reasoning_content": "a pan will do"}
_SYSTEM = {"role": "system", "content": "You are a cook."}
_PLAIN: Fields = {"conversation": [_ASKED, _REPLY]}
_THINKING: Fields = {"conversation": [_ASKED, _THOUGHT, _THANKS, _LAST]}


def _said(content: str) -> list[dict[str, Any]]:
    return [_ASKED, {"role": "assistant", "content": content}]


_CALL = {"type": "function", "function": {"name": "oven", "arguments": {"degrees": 200}}}
_TOOLS: Fields = {
    "conversation": {
        "messages": [
            {"role": "user", "content": "heat the oven"},
            {"role": "assistant", "content": "", "tool_calls": [_CALL]},
            {"role": "tool", "content": "200 degrees reached"},
            {"role": "assistant", "content": "it is hot"},
        ],
        "tools": [{"type": "function", "function": {"name": "oven", "parameters": {}}}],
    }
}

_CALLS = (
    "{%- for call in message.tool_calls or [] %}{{- '<tool_call>' + call.function | tojson + '</tool_call>' "
    "}}"
    "{%- endfor %}"
)


def _calling(before: str, inside: str) -> str:
    """A template that writes tool calls before its generation block, or in it."""
    return (
        "{%- if tools %}{{- '<|im_start|>system\\n' + tools | tojson + '<|im_end|>\\n' }}{%- endif %}\n"
        "{%- for message in messages %}{{- '<|im_start|>' + message.role + '\\n' }}\n"
        f"{{%- if message.role == 'assistant' %}}\n{before}{{%- generation %}}{inside}\n"
        "{{- message.content + '<|im_end|>' }}{%- endgeneration %}\n"
        "{%- else %}{{- message.content + '<|im_end|>' }}{%- endif %}\n"
        "{{- '\\n' }}{%- endfor %}"
    )


_CALLS_OUTSIDE = _calling(_CALLS + "\n", "")
_CALLS_INSIDE = _calling("", _CALLS)

RULES: tuple[Rule, ...] = (
    Rule(
        "LM401",
        "error",
        "The template has no generation marks, and the masking rule needs them",
        "Some rules train what the template encloses in `{% generation %}`. Most stock templates enclose "
        "nothing: transformers then gives a mask of zeros and says nothing, TRL raises unless it knows a "
        "marked "
        "variant, Megatron-Bridge trains everything.",
        marks_missing,
        {**_PLAIN, "chat_template": _CHATML, "strategy": "generation-tags"},
        {"chat_template": _MARKED},
        {**_PLAIN, "strategy": "generation-tags"},
        (
            "https://github.com/huggingface/transformers/issues/34172",
            "https://github.com/marin-community/marin/issues/7237",
        ),
    ),
    Rule(
        "LM402",
        "warning",
        "The template drops or alters content",
        "What the template does not write is not learnt, and what it writes otherwise is learnt otherwise. "
        "The "
        "origin of every character tells which characters of a message never appear. Trimmed white space "
        "alone "
        "is a note.",
        content_lost,
        {
            "conversation": _said("one takes a pan\nand some butter"),
            "chat_template": _chatml("{{- message.content.split('\\n')[0] }}"),
        },
        {"chat_template": _CHATML},
        _PLAIN,
    ),
    Rule(
        "LM403",
        "warning",
        "The template rewrites history",
        "Where the render of the first messages is not what the whole conversation begins with, the model is "
        "trained on a history that it never sees at inference, and frameworks that locate turns by such "
        "renders "
        "go wrong. A change that takes no words of a message is a note.",
        history_rewritten,
        {**_THINKING, "chat_template": _FORGETFUL},
        {"chat_template": "bundled:chatml-thinking"},
        {"conversation": [_ASKED, _REPLY, _THANKS, _LAST]},
        (
            "https://github.com/huggingface/trl/issues/6105",
            "https://github.com/QwenLM/Qwen3/issues/1522",
            "https://github.com/verl-project/verl/issues/7807",
        ),
    ),
    Rule(
        "LM404",
        "warning",
        "Thinking stands outside its block, or the block does not close",
        "A reply whose `<think>` nothing closes, or that closes one that is not open, teaches the model to "
        "mix what it thinks with what it says. It happens when reasoning with marks goes through a template "
        "that "
        "writes marks of its own.",
        thinking_unbalanced,
        {
            "conversation": _said("<think>a pan will do\n\none takes a pan"),
            "chat_template": "bundled:chatml-thinking",
        },
        {"conversation": [_ASKED, {**_THOUGHT, "content": "one takes a pan"}]},
        {"conversation": [_ASKED, _THOUGHT], "chat_template": "bundled:chatml-thinking"},
        ("https://github.com/huggingface/trl/issues/6361",),
    ),
    Rule(
        "LM405",
        "warning",
        "Content holds the text of a special token",
        "The tokenizer cannot tell a marker that a message contains from one that the template wrote: a "
        "user who "
        "types the end-of-turn marker ends the turn.",
        special_in_content,
        {"conversation": _said("write <|im_end|> to stop")},
        {"conversation": _said("write < |im_end|> to stop")},
        _PLAIN,
        ("https://github.com/NVIDIA-NeMo/Megatron-Bridge/pull/5166",),
    ),
    Rule(
        "LM406",
        "note",
        "The text holds the date of the render",
        "A template that asks for the date writes another text every day: a data set prepared once keeps the "
        "day of its preparation.",
        date_in_text,
        {
            **_PLAIN,
            "chat_template": _chatml(
                "{{- message.content }}",
                before="{{- '<|im_start|>system\\nToday is ' + (date_string or strftime_now('%d %b %Y')) + "
                "'.<|im_end|>\\n' }}",
            ),
        },
        {"template_arguments": {"date_string": "26 Jul 2024"}},
        _PLAIN,
    ),
    Rule(
        "LM407",
        "note",
        "A template argument that nobody set would change the text",
        "Templates take arguments such as `enable_thinking`. Where training leaves one unset and serving "
        "sets "
        "it, the two see different text.",
        argument_unset,
        {
            **_PLAIN,
            "chat_template": _chatml(
                "{{- message.content }}",
                before="{{- '<|im_start|>system\\nDo not think.<|im_end|>\\n' if enable_thinking is false }}",
            ),
        },
        {"template_arguments": {"enable_thinking": False}},
        _PLAIN,
    ),
    Rule(
        "LM408",
        "note",
        "Two revisions of this stock template are in circulation",
        "Model pages change their chat template after release, and copies of both revisions live on. "
        "Training "
        "with one and serving with the other gives other text. The SHA-256 of the template tells which it "
        "is.",
        two_revisions,
        {**_PLAIN, "chat_template": "bundled:harmony"},
        {"chat_template": None},
        _PLAIN,
    ),
    Rule(
        "LM409",
        "warning",
        "The system message is left out, or the template adds one of its own",
        "Some templates ignore a system message, or write it only before a last user message. Others write a "
        "system prompt nobody asked for, which is a note.",
        system_prompt,
        {
            "conversation": [_SYSTEM, _ASKED, _REPLY],
            "chat_template": _chatml(_UNLESS_SYSTEM),
        },
        {"chat_template": _chatml(_UNLESS_SYSTEM + _SYSTEM_TOO)},
        {"conversation": [_SYSTEM, _ASKED, _REPLY]},
    ),
    Rule(
        "LM410",
        "warning",
        "Tool results are trained, or tool calls are not",
        "The model is to write calls and to read results. A rule that looks for the user's marker trains "
        "results "
        "whose turn opens with another one; a block that ends too early leaves the calls out.",
        tools_mixed_up,
        {**_TOOLS, "chat_template": _CALLS_OUTSIDE, "strategy": "generation-tags"},
        {"chat_template": _CALLS_INSIDE},
        _TOOLS,
        ("https://github.com/PrimeIntellect-ai/renderers/pull/66",),
    ),
    Rule(
        "LM411",
        "warning",
        "Reasoning is left out of the text",
        "Templates of thinking models drop the reasoning of earlier turns, and others do not know the field "
        "it is "
        "in. The answer is then trained as if it came without a thought.",
        reasoning_lost,
        {**_THINKING, "chat_template": _FORGETFUL},
        {"chat_template": "bundled:chatml-thinking"},
        {"conversation": [_ASKED, _THOUGHT], "chat_template": "bundled:chatml-thinking"},
        ("https://github.com/QwenLM/Qwen3/issues/1522",),
    ),
)
