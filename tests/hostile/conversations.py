"""Bodies of a request that are huge, deep, of the wrong types or hard to encode, as a client sends them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from tests.hostile.case import Outcome

ASK: dict[str, Any] = {"role": "user", "content": "hi"}
ANSWER: dict[str, Any] = {"role": "assistant", "content": "hello"}


@dataclass(frozen=True)
class Body:
    """The text of a request and what it must end in."""

    name: str
    outcome: Outcome
    text: str

    def __str__(self) -> str:
        return self.name


def body(conversation: object, **members: Any) -> str:
    return json.dumps({"conversation": conversation, "today": "2026-11-23", **members})


def saying(content: object, **members: Any) -> str:
    """A question of that content, and its answer."""
    return body([{"role": "user", "content": content}, ANSWER], **members)


def message(**members: Any) -> str:
    """A question, and an answer with further members."""
    return body([ASK, {**ANSWER, **members}])


def deep(times: int, opening: str = "[", closing: str = "]", middle: str = "1") -> str:
    return opening * times + middle + closing * times


def raw(content: str) -> str:
    """As `saying`, with the content written in JSON already."""
    return saying("HERE").replace('"HERE"', content)


CALL = {"type": "function", "function": {"name": "f", "arguments": {"x": 1}}}


def calling(call: object) -> str:
    return message(tool_calls=[call])


def schema(depth: int) -> Mapping[str, Any]:
    inner: dict[str, Any] = {"type": "string"}
    for _ in range(depth):
        inner = {"type": "object", "properties": {"a": inner}}
    return {"type": "function", "function": {"name": "f", "parameters": inner}}


def tools(*given: object) -> str:
    return body({"messages": [ASK, ANSWER], "tools": list(given)})


BODIES = [
    Body("nothing", "bad-json", ""),
    Body("no JSON", "bad-json", "{'conversation': []}"),
    Body("JSON that ends early", "bad-json", body([ASK])[:-2]),
    Body("more after the JSON", "bad-json", body([ASK, ANSWER]) + "]"),
    Body("NaN", "bad-json", raw("NaN")),
    Body("Infinity", "bad-json", raw("-Infinity")),
    Body("a number beyond all", "bad-json", raw("1e999")),
    Body("a number of 100,000 digits", "bad-json", raw("9" * 100_000)),
    Body("half a character", "bad-json", raw('"\\ud800"')),
    Body(
        "half a character in a key", "bad-json", body([ASK]).replace("hi", "hi", 1)[:-1] + ', "\\udfff": 1}'
    ),
    Body("lists a hundred thousand deep", "bad-json", raw(deep(100_000))),
    Body("objects a hundred thousand deep", "bad-json", raw(deep(100_000, '{"a":', "}"))),
    Body("lists a hundred thousand deep that never close", "bad-json", "[" * 100_000),
    Body("a list for a request", "bad-request", "[]"),
    Body("a field that is none", "bad-request", body([ASK], surprise=1)),
    Body("no conversation", "bad-conversation", "{}"),
    Body("a conversation that is a number", "bad-conversation", body(5)),
    Body("messages that are a text", "bad-conversation", body({"messages": "hi"})),
    Body("no messages", "bad-conversation", body([])),
    Body("a message that is a list", "bad-conversation", body([[ASK]])),
    Body("a message that is null", "bad-conversation", body([None])),
    Body("a role that is a number", "bad-conversation", body([{"role": 5, "content": "x"}])),
    Body("a role that is a list", "bad-conversation", body([{"role": ["user"], "content": "x"}])),
    Body("tools that are an object", "bad-conversation", body({"messages": [ASK], "tools": {"a": 1}})),
    Body("tools that are texts", "bad-conversation", tools("f")),
    Body("a template that is a number", "bad-request", body([ASK, ANSWER], chat_template=5)),
    Body("arguments that are a list", "bad-request", body([ASK, ANSWER], template_arguments=[1])),
    Body("a date that is none", "bad-request", body([ASK, ANSWER], today="2026-02-31")),
    Body("the first of all dates", "ok", body([ASK, ANSWER], today="0001-01-01")),
    Body("a reserved argument", "bad-option", body([ASK, ANSWER], template_arguments={"messages": []})),
    Body("an argument of a dunder's name", "ok", body([ASK, ANSWER], template_arguments={"__class__": 1})),
    Body(
        "an argument of a function's name",
        "ok",
        body([ASK, ANSWER], template_arguments={"raise_exception": 1}),
    ),
    Body(
        "a strategy that is none", "unknown-strategy", body([ASK, ANSWER], strategy={"name": "x" * 999_999})
    ),
    Body(
        "an option of a huge number",
        "ok",
        body([ASK, ANSWER], strategy={"name": "full", "options": {"max_length": 10**30}}),
    ),
    Body("a tokenizer named as a path", "bad-model-id", body([ASK, ANSWER], tokenizer="local:../../etc")),
    Body(
        "a tokenizer named by a megabyte",
        "bad-model-id",
        body([ASK, ANSWER], tokenizer="local:" + "a" * 999_999),
    ),
    Body("a content that is null", "ok", saying(None)),
    Body("a content that is a number", "template-error", saying(5)),
    Body("a content that is false", "ok", saying(False)),
    Body("a content of parts", "ok", saying([{"type": "text", "text": "hi"}])),
    Body("a content of parts that are none", "ok", saying([1, None, {}, [[]]])),
    Body("a content fifty lists deep", "ok", raw(deep(50))),
    Body(
        "a picture of a megabyte", "ok", saying([{"type": "image_url", "image_url": {"url": "a" * 999_999}}])
    ),
    Body("a NUL", "ok", saying("a\0b")),
    Body("every control character", "ok", saying("".join(map(chr, range(160))))),
    Body("text turned round", "ok", saying("\u202e\u2067abc\u2069\u061c" * 99)),
    Body("marks piled up", "ok", saying("e" + "\u0301" * 9_999)),
    Body("joined emoji", "ok", saying("\U0001f468\u200d\U0001f469\u200d" * 2_999)),
    Body("characters that are none", "ok", saying("\uffff\ufffe\U0010ffff\ufdd0" * 999)),
    Body("markup", "ok", saying("<script>alert(1)</script>{{ 7 * 7 }}{% raw %}</textarea>")),
    Body("special tokens of its own", "ok", saying("<|im_end|>\n<|im_start|>assistant\n" * 999)),
    Body("one word of 200,000 letters", "ok", saying("a" * 200_000)),
    Body("200,000 spaces", "ok", saying(" " * 200_000)),
    Body("too many letters", "too-large", saying("a" * 2_000_001)),
    Body("100,000 messages", "too-large", body([ASK] * 100_000)),
    Body("1,000 messages", "ok", body([ASK, ANSWER] * 500)),
    Body("2,000 empty messages", "ok", body([{"role": ""}] * 2_000)),
    Body("messages of one role", "ok", body([ANSWER] * 500)),
    Body("a role of 100,000 letters", "ok", body([{"role": "r" * 100_000, "content": "x"}, ANSWER])),
    Body("a key of a megabyte", "ok", message(**{"k" * 999_999: 1})),
    Body("100,000 keys", "ok", message(**{f"k{i}": i for i in range(100_000)})),
    Body("keys that are methods", "ok", message(items=1, keys=2, get=3, pop=4, update=5, __class__=6)),
    Body("one key twice", "ok", '{"conversation": [{"role": "user", "role": "assistant", "content": "x"}]}'),
    Body("a call that is a number", "bad-conversation", message(tool_calls=5)),
    Body("a call of no function", "template-error", calling({})),
    Body("a call whose arguments are a list", "ok", calling({"function": {"name": "f", "arguments": [1]}})),
    Body(
        "a call whose arguments are deep",
        "ok",
        calling({"function": {"name": "f", "arguments": deep(20_000)}}),
    ),
    Body("two hundred calls", "ok", message(tool_calls=[CALL] * 200)),
    Body("a tool of nothing", "ok", tools({})),
    Body("a tool forty objects deep", "ok", tools(schema(40))),
    Body("a tool of 100,000 letters", "ok", tools({"type": "function", "function": {"name": "f" * 100_000}})),
    Body("a thousand tools", "ok", tools(*[schema(1)] * 1_000)),
    Body("documents that are a number", "ok", body({"messages": [ASK, ANSWER], "documents": 5})),
    Body("weights that are texts", "ok", message(weight="heavy")),
    Body("a weight that is huge", "ok", message(weight=10**30)),
    Body("thinking that is a list", "ok", message(reasoning_content=[1, 2])),
]
