"""What prime-rl trains of each message, what its renderers write, and what it skips and refuses."""

from __future__ import annotations

import re
from collections.abc import Sequence
from types import SimpleNamespace
from typing import Any

import pytest
from lossmask.core.analysis import Analysis
from lossmask.core.example import Refusal
from lossmask.strategies.prime_rl_text import need

from tests.labels import PANCAKES, analysed, trained_texts

SYSTEM: dict[str, Any] = {"role": "system", "content": "be brief"}
TWO_TURNS = (
    *PANCAKES,
    {"role": "user", "content": "how long?"},
    {"role": "assistant", "content": "a while", "reasoning_content": "hm"},
)
PAN = "to bake pancakes, one takes a pan"
CALL = {"type": "function", "function": {"name": "look", "arguments": {"city": "Paris"}}}
CALLS = (
    {"role": "user", "content": "weather?"},
    {"role": "assistant", "content": "wait", "tool_calls": [CALL, CALL]},
    {"role": "tool", "content": "21"},
    {"role": "tool", "content": "22"},
    {"role": "assistant", "content": "warm"},
)
TOOLS = [{"type": "function", "function": {"name": "look", "parameters": {}}}]


def row(
    messages: Sequence[dict[str, Any]] = PANCAKES,
    renderer: str = "qwen3",
    tools: list[dict[str, Any]] | None = None,
    template: str = "bundled:chatml",
    **options: Any,
) -> Analysis:
    chosen = {"renderer": renderer, **options}
    return analysed(messages, strategy="prime-rl", options=chosen, tools=tools, chat_template=template)


def text(analysis: Analysis) -> str:
    return analysis.examples[0].example.rendering.text


def refusal(analysis: Analysis) -> tuple[str, str]:
    return analysis.outcome.kind, str(analysis.outcome.reason)


def test_a_reply_is_trained_with_its_thinking_and_end() -> None:
    """The last reply has a block whether it thought or not; an earlier one shows no thinking."""
    assert trained_texts(row()) == [f"<think>\n\n</think>\n\n{PAN}<|im_end|>"]
    assert trained_texts(row(TWO_TURNS)) == [
        f"{PAN}<|im_end|>",
        "<think>\nhm\n</think>\n\na while<|im_end|>",
    ]


def test_thinking_in_the_content_is_taken_for_what_it_is() -> None:
    messages = (PANCAKES[0], {"role": "assistant", "content": "<think>\nhm\n</think>\n\nyes"}, *TWO_TURNS[2:])
    assert trained_texts(row(messages))[0] == "yes<|im_end|>"
    assert trained_texts(row(messages[:2])) == ["<think>\nhm\n</think>\n\nyes<|im_end|>"]


def test_without_thinking_every_reply_has_an_empty_block() -> None:
    plain = (*TWO_TURNS[:3], {"role": "assistant", "content": "a while"})
    found = trained_texts(row(plain, renderer_args={"enable_thinking": False}))
    assert found == [f"<think>\n\n</think>\n\n{words}<|im_end|>" for words in (PAN, "a while")]


def test_qwen3_writes_calls_and_results() -> None:
    analysis = row(CALLS, tools=TOOLS)
    call = '<tool_call>\n{"name": "look", "arguments": {"city": "Paris"}}\n</tool_call>'
    assert trained_texts(analysis)[0] == f"wait\n{call}\n{call}<|im_end|>"
    written = text(analysis)
    assert written.startswith("<|im_start|>system\n# Tools\n\n")
    assert (
        '<tools>\n{"type": "function", "function": {"name": "look", "parameters": {}}}\n</tools>' in written
    )
    results = "".join(f"\n<tool_response>\n{said}\n</tool_response>" for said in ("21", "22"))
    assert f"<|im_start|>user{results}<|im_end|>\n" in written


def test_a_role_that_is_opted_in_trains_its_words_alone() -> None:
    analysis = row((SYSTEM, *CALLS), tools=TOOLS, loss_mask={"system": True, "tool": True})
    found = trained_texts(analysis)
    assert (found[0], found[2], found[3]) == ("be brief", "21", "22")
    assert "weather?" not in found


def test_without_the_assistant_only_words_train() -> None:
    analysis = row(loss_mask={"assistant": False, "user": True})
    assert trained_texts(analysis) == [PANCAKES[0]["content"]]


def test_a_role_of_no_kind_is_refused_only_where_the_model_would_have_written_it() -> None:
    users = {"assistant": False, "user": True}
    developer = {"role": "developer", "content": "hi"}
    asked = trained_texts(row((*PANCAKES, developer), "llama-3", loss_mask=users))
    assert asked == [PANCAKES[0]["content"]]
    calling = (*PANCAKES, {**developer, "tool_calls": [CALL]})
    kind, reason = refusal(row(calling, "llama-3", loss_mask=users))
    assert (kind, "'developer'" in reason) == ("error", True)
    assert row(calling, "llama-3").outcome.kind == "ok"


def test_null_fields_are_left_out_however_deep_but_for_arguments() -> None:
    nested = {**CALL["function"], "name": None, "arguments": {"city": None}}
    calls = [{"type": "function", "function": nested}]
    result = {"role": "tool", "content": {"sky": None, "parts": [None, {"temp": 21, "wind": None}]}}
    messages = (CALLS[0], {"role": "assistant", "content": "", "tool_calls": calls}, result, CALLS[-1])
    written = text(row(messages, "llama-3", TOOLS))
    assert '{"name": "", "parameters": {"city": null}}<|eot_id|>' in written
    assert '<|end_header_id|>\n\n{"parts": [null, {"temp": 21}]}<|eot_id|>' in written


def test_parts_that_are_no_text_count_nothing_or_are_refused() -> None:
    parts = ["one ", {"type": "text", "text": "two"}, {"type": "text", "text": None}, None]
    messages = ({"role": "user", "content": parts}, PANCAKES[1])
    assert "<|im_start|>user\none two<|im_end|>" in text(row(messages))
    assert refusal(row(messages, "llama-3"))[0] == "error"
    textual = ({"role": "user", "content": parts[:2]}, PANCAKES[1])
    assert "one two<|eot_id|>" in text(row(textual, "llama-3"))


def test_a_call_needs_a_name_of_text() -> None:
    call = {"type": "function", "function": {"name": 7, "arguments": {}}}
    messages = (CALLS[0], {"role": "assistant", "content": "", "tool_calls": [call]})
    for renderer in ("qwen3", "llama-3"):
        kind, reason = refusal(row(messages, renderer))
        assert (kind, "name of a tool call" in reason) == ("error", True)


def test_llama3_always_has_a_system_turn_and_announces_tools() -> None:
    analysis = row((SYSTEM, *PANCAKES), "llama-3", renderer_args={"date_string": "1 Jan 2026"})
    assert trained_texts(analysis) == [f"{PAN}<|eot_id|>"]
    opening = (
        "<|begin_of_text|><|start_header_id|>system<|end_header_id|>\n\nEnvironment: ipython\n"
        "Cutting Knowledge Date: December 2023\nToday Date: 1 Jan 2026\n\nbe brief<|eot_id|>"
    )
    assert text(analysis).startswith(opening)
    assert "Given the following functions" in text(analysis)
    in_system = row((SYSTEM, *PANCAKES), "llama-3", TOOLS, renderer_args={"tools_in_user_message": False})
    assert text(in_system).index("You have access to the following functions") < text(in_system).index(
        "brief"
    )


def test_llama3_calls_and_results() -> None:
    one_call = (CALLS[0], {**CALLS[1], "tool_calls": [CALL]}, *CALLS[2:])
    analysis = row(one_call, "llama-3", TOOLS)
    assert trained_texts(analysis)[0] == '{"name": "look", "parameters": {"city": "Paris"}}<|eot_id|>'
    assert '<|start_header_id|>ipython<|end_header_id|>\n\n"21"<|eot_id|>' in text(analysis)
    kind, reason = refusal(row(CALLS, "llama-3", TOOLS))
    assert (kind, "has 2" in reason) == ("error", True)


@pytest.mark.parametrize("messages", [(PANCAKES[1], *PANCAKES), (SYSTEM,)])
def test_llama3_needs_a_question_first(messages: Sequence[dict[str, Any]]) -> None:
    kind, reason = refusal(row(messages, "llama-3"))
    assert (kind, "user message" in reason) == ("error", True)


def test_the_chat_template_needs_a_role_to_train() -> None:
    kind, reason = refusal(row(renderer="default"))
    assert (kind, "role_to_mask" in reason) == ("error", True)
    analysis = row(renderer="default", role_to_mask="assistant")
    assert trained_texts(analysis) == [f"<|im_start|>assistant\n{PAN}<|im_end|>\n"]


def test_a_template_that_takes_text_back_shifts_what_counts_as_whose() -> None:
    """The question's last token is gone once the reply follows, and the reply starts one later."""
    template = "{% for m in messages %}{{ m.content }}{% endfor %}{% if messages | length == 1 %}!{% endif %}"
    analysis = row(template=template, renderer="default", role_to_mask="assistant")
    whole = text(analysis)
    assert trained_texts(analysis)[0] != PAN
    assert whole.endswith(trained_texts(analysis)[0])


def test_the_settings_of_the_default_renderer_reach_the_template() -> None:
    template = "{{ greeting }}{% for m in messages %}{{ m.content }}{% endfor %}"
    options: dict[str, Any] = {"renderer": "default", "role_to_mask": "user"}
    analysis = row(template=template, renderer_args={"greeting": "hi, ", "tool_parser": "qwen3"}, **options)
    assert text(analysis).startswith("hi, give me")


def test_seq_len_counts_predictions() -> None:
    whole = row().examples[0].example
    first = next(place for place, label in enumerate(whole.labels.tolist()) if label >= 0)
    assert refusal(row(seq_len=first - 1))[0] == "dropped"
    cut = row(seq_len=first).examples[0].example
    assert len(cut.tokens) == first + 1
    assert cut.cut_tokens == len(whole.tokens) - first - 1


@pytest.mark.parametrize("messages", [PANCAKES[:1], (SYSTEM,)])
def test_a_row_without_a_reply_is_skipped(messages: Sequence[dict[str, Any]]) -> None:
    assert refusal(row(messages))[0] == "dropped"
    assert row(messages, role_to_mask="assistant").outcome.kind == "ok"


@pytest.mark.parametrize(
    ("options", "named"),
    [
        ({"renderer": "auto"}, "qwen3, llama-3, default"),
        ({"renderer": "glm-4.5"}, "qwen3, llama-3, default"),
        ({"renderer_args": {"colour": 1}}, "enable_thinking"),
        ({"renderer_args": {"thinking_retention": "some"}}, "tool_cycle"),
        ({"renderer_args": [1]}, "an object"),
        ({"loss_mask": {"nobody": True}}, "assistant"),
        (
            {"renderer": "default", "role_to_mask": "user", "renderer_args": {"thinking_retention": "all"}},
            "no",
        ),
        (
            {"renderer": "default", "role_to_mask": "user", "renderer_args": {"tool_parser": "hermes"}},
            "qwen3 or qwen3.5",
        ),
    ],
)
def test_what_is_not_covered_is_named(options: dict[str, Any], named: str) -> None:
    kind, reason = refusal(row(**options))
    assert (kind, named in reason) == ("error", True)


def test_a_tokenizer_without_the_tokens_is_refused() -> None:
    bare: Any = SimpleNamespace(tokenizer=SimpleNamespace(name="bare", added_tokens={}))
    with pytest.raises(Refusal, match=re.escape("<|im_start|>")):
        need(bare, "qwen3", ("<|im_start|>",))


def test_origins_name_the_message_or_the_renderer() -> None:
    rendering = row().examples[0].example.rendering
    kinds = {(origin.kind, origin.name or origin.field) for origin in rendering.origins}
    assert kinds == {("message", "content"), ("variable", "prime-rl's renderer qwen3")}


def test_the_answer_says_where_the_template_differs() -> None:
    analysis = row()
    assert "other tokens than inference will see" in str(analysis.examples[0].notice)
