"""What properties are tried with: texts, conversations, requests that name every rule with any option."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import strategies as st
from lossmask.core.contributions import REDUCTIONS
from lossmask.rendering.library import bundled_templates
from lossmask.strategies.option import Option
from lossmask.strategies.registry import STRATEGIES

SPECIAL = (
    "<think>\nhm\n</think>\n\nyes",
    "<|im_end|>",
    "<|eot_id|>",
    "[INST]",
    "</s>",
    " \n ",
    "e\u0301 \u1100\u1161",
    "👩\u200d🍳🎉",
    "\u202egnp.exe",
    "{{ 1 }}{% if x %}",
    "\r\n\t\0",
)
"""Texts that chat templates, tokenizers and rules have trouble with."""

letters = st.characters(exclude_categories=("Cs",))
texts = st.one_of(st.sampled_from(SPECIAL), st.text(letters, max_size=40))
roles = st.sampled_from(("system", "user", "assistant", "user", "assistant", "tool", "developer", "ipython"))

numbers = st.integers(-10, 10**6) | st.floats(allow_nan=False, allow_infinity=False)
scalars = st.one_of(st.none(), st.booleans(), numbers, texts)
values = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=6,
)
"""Anything that JSON can hold, but for numbers that it cannot."""

functions = st.fixed_dictionaries(
    {"name": texts}, optional={"arguments": st.dictionaries(texts, values, max_size=2) | texts}
)
calls = st.lists(
    st.fixed_dictionaries({"function": functions}, optional={"type": st.just("function"), "id": texts}),
    max_size=2,
)
parts = st.lists(st.fixed_dictionaries({"type": st.just("text"), "text": texts}) | texts, max_size=3)
messages = st.fixed_dictionaries(
    {"role": roles, "content": texts | texts | texts | parts | st.none()},
    optional={
        "reasoning_content": texts,
        "tool_calls": calls,
        "weight": st.sampled_from((0, 1, 0.5, None)),
        "name": texts,
    },
)


def _alternating(contents: list[str]) -> list[dict[str, Any]]:
    return [
        {"role": ("user", "assistant")[place % 2], "content": text} for place, text in enumerate(contents)
    ]


tools = st.lists(
    st.fixed_dictionaries(
        {
            "type": st.just("function"),
            "function": st.fixed_dictionaries({"name": texts, "parameters": values}),
        }
    )
    | st.dictionaries(texts, values, max_size=2),
    max_size=2,
)
conversations = st.fixed_dictionaries(
    {
        "messages": st.lists(texts, min_size=1, max_size=6).map(_alternating)
        | st.lists(messages, min_size=1, max_size=5)
    },
    optional={"tools": st.none() | tools},
)

templates = st.sampled_from([None, *(f"bundled:{found.name}" for found in bundled_templates())])
arguments = st.dictionaries(
    st.sampled_from(("enable_thinking", "add_generation_prompt", "tools_in_user_message", "x")),
    values,
    max_size=2,
)


def _values_of(option: Option) -> st.SearchStrategy[Any]:
    """What fits one option, and now and then what does not."""
    fitting: dict[str, st.SearchStrategy[Any]] = {
        "flag": st.booleans(),
        "choice": st.sampled_from(option.choices or ("",)),
        "integer": st.integers(0, 40) | st.integers(),
        "text": texts,
        "list": st.lists(texts, max_size=3),
        "json": values,
    }
    return st.one_of(fitting[option.kind], fitting[option.kind], values)


def _rule(name: str) -> st.SearchStrategy[dict[str, Any]]:
    options = {option.name: _values_of(option) for option in STRATEGIES[name].options}
    return st.fixed_dictionaries(
        {"name": st.just(name), "options": st.fixed_dictionaries({}, optional=options)}
    )


rules = st.one_of([_rule(name) for name in STRATEGIES])
reductions = st.none() | st.one_of(
    [
        st.fixed_dictionaries(
            {"name": st.just(name)},
            optional={
                "options": st.fixed_dictionaries(
                    {},
                    optional={option.name: st.sampled_from(option.choices) for option in reduction.options},
                )
            },
        )
        for name, reduction in REDUCTIONS.items()
    ]
)
requests = st.fixed_dictionaries(
    {
        "conversation": conversations,
        "chat_template": templates,
        "strategy": rules,
        "today": st.just("2026-11-23"),
    },
    optional={
        "template_arguments": arguments,
        "reduction": reductions,
        "tokenizer_loader": st.sampled_from(("auto", "file")),
    },
)
"""Bodies of `POST /api/analyses` for the bundled tokenizer."""


def body(value: object) -> bytes:
    """A value as JSON that any program could send."""
    return json.dumps(value, ensure_ascii=False).encode()
