"""What tinker's renderers write, what each `train_on_what` trains, and several examples of one row."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest
from lossmask.core.analysis import Analysis

from tests.labels import PANCAKES, analysed, trained_texts

PAN = "to bake pancakes, one takes a pan"
TWO_TURNS = (
    {"role": "system", "content": "be brief"},
    *PANCAKES,
    {"role": "user", "content": "how long?"},
    {"role": "assistant", "content": "a while"},
)
THOUGHT = (
    PANCAKES[0],
    {**PANCAKES[1], "reasoning_content": "hm"},
    {"role": "user", "content": "how long?"},
    {"role": "assistant", "content": "a while", "reasoning_content": "well"},
)
CALL = {"type": "function", "function": {"name": "look", "arguments": {"city": "Zürich"}}}
CALLS = (
    {"role": "user", "content": "weather?"},
    {"role": "assistant", "content": "wait", "tool_calls": [CALL, CALL]},
    {"role": "tool", "content": "21"},
    {"role": "assistant", "content": "warm"},
)
TOOLS = [{"type": "function", "function": {"name": "look", "parameters": {}}}]
MANY = "build_supervised_examples"


def row(
    messages: Sequence[dict[str, Any]] = TWO_TURNS,
    renderer: str = "role_colon",
    what: str = "all_assistant_messages",
    tools: list[dict[str, Any]] | None = None,
    **options: Any,
) -> Analysis:
    chosen = {"renderer": renderer, "train_on_what": what, **options}
    return analysed(messages, strategy="tinker", options=chosen, tools=tools)


def text(analysis: Analysis, example: int = 0) -> str:
    return analysis.examples[example].example.rendering.text


def refusal(analysis: Analysis) -> tuple[str, str]:
    return analysis.outcome.kind, str(analysis.outcome.reason)


def test_role_colon_ends_a_row_with_the_next_header() -> None:
    analysis = row()
    bos = "<|begin_of_text|>"
    turns = f"System: be brief\n\nUser: {PANCAKES[0]['content']}\n\nAssistant: {PAN}\n\nUser: how long?\n\n"
    assert text(analysis) == f"{bos}{turns}Assistant: a while\n\nUser:"
    assert trained_texts(analysis) == [f" {PAN}\n\n", " a while\n\nUser:"]
    assert text(row(TWO_TURNS[:2])).endswith("\n\n<UNUSED>")


def test_llama3() -> None:
    analysis = row(renderer="llama3")
    assert text(analysis).startswith(
        "<|begin_of_text|><|start_header_id|>system<|end_header_id|>\n\nbe brief"
    )
    assert trained_texts(analysis) == [f"{PAN}<|eot_id|>", "a while<|eot_id|>"]


@pytest.mark.parametrize(
    ("what", "trained"),
    [
        ("last_assistant_message", ["a while<|eot_id|>"]),
        ("last_assistant_turn", ["a while<|eot_id|>"]),
        ("all_user_and_system_messages", ["be brief<|eot_id|>", "give", "how long?<|eot_id|>"]),
        ("all_messages", ["be brief<|eot_id|>", "give", PAN, "how long?<|eot_id|>", "a while<|eot_id|>"]),
    ],
)
def test_what_trains(what: str, trained: list[str]) -> None:
    found = trained_texts(row(renderer="llama3", what=what))
    assert len(found) == len(trained)
    assert all(one.startswith(start) for one, start in zip(found, trained, strict=True))


def test_all_tokens_train_but_bos() -> None:
    weights = row(renderer="llama3", what="all_tokens").examples[0].example.weights
    assert weights[0] == 0
    assert weights[1:].all()


def test_the_last_turn_may_have_several_replies() -> None:
    messages = (*TWO_TURNS, {"role": "assistant", "content": "or two"})
    found = row(messages, "llama3", "last_assistant_turn")
    assert trained_texts(found) == ["a while<|eot_id|>", "or two<|eot_id|>"]
    assert trained_texts(row(messages, "llama3", "last_assistant_message")) == ["or two<|eot_id|>"]


def test_flags_of_messages() -> None:
    flagged = [{**message, "trainable": index == 1} for index, message in enumerate(TWO_TURNS)]
    [only] = trained_texts(row(flagged, "llama3", "customized"))
    assert only.startswith("give me")
    assert "true" in {str(reason.sentence)[-5:-1] for reason in row(flagged, what="customized").reason_table}
    assert refusal(row(flagged))[0] == "error"
    assert refusal(row(what="customized"))[0] == "error"


def test_qwen3_frames_the_last_reply() -> None:
    """The newline after a turn opens the next header, and never trains."""
    analysis = row(renderer="qwen3")
    assert trained_texts(analysis) == [f"{PAN}<|im_end|>", "<think>\n\n</think>\n\na while<|im_end|>"]
    assert "<|im_end|>\n<|im_start|>user" in text(analysis)


def test_an_example_for_each_reply_where_thinking_is_dropped() -> None:
    analysis = row(THOUGHT, "qwen3", entry=MANY)
    assert [trained_texts(analysis, number) for number in range(len(analysis.examples))] == [
        [f"<think>\nhm\n</think>\n\n{PAN}<|im_end|>"],
        ["<think>\nwell\n</think>\n\na while<|im_end|>"],
    ]
    assert "hm" not in text(analysis, 1)
    assert len(row(THOUGHT, "qwen3", "last_assistant_turn", entry=MANY).examples) == 1
    assert len(row(renderer="qwen3_instruct", entry=MANY).examples) == 1


def test_examples_share_one_reason_table() -> None:
    analysis = row(THOUGHT, "qwen3", entry=MANY)
    for example in analysis.examples:
        assert example.example.reason_table == analysis.reason_table
    second = analysis.examples[1].example
    trained = {analysis.reason_table[row].sentence for row in second.reasons[second.labels >= 0].tolist()}
    assert trained == {
        "Trained: the output of turn 4 (assistant); `train_on_what` is last_assistant_message."
    }


def test_each_example_weighs_one() -> None:
    analysis = row(THOUGHT, "qwen3", entry=MANY)
    assert [float(example.contributions.sum()) for example in analysis.examples] == pytest.approx([1, 1])


@pytest.mark.parametrize(
    ("messages", "what"),
    [(TWO_TURNS[:2], "all_assistant_messages"), (TWO_TURNS[:4], "last_assistant_message")],
)
def test_no_reply_to_end_an_example_at(messages: Sequence[dict[str, Any]], what: str) -> None:
    assert refusal(row(messages, "qwen3", what, entry=MANY))[0] == "dropped"


def test_what_is_no_reply_cannot_be_split() -> None:
    kind, reason = refusal(row(renderer="qwen3", what="all_messages", entry=MANY))
    assert (kind, "all_messages" in reason) == ("error", True)


def test_the_prompt_supplies_the_empty_block_of_disabled_thinking() -> None:
    analysis = row(renderer="qwen3_disable_thinking", what="last_assistant_message")
    assert trained_texts(analysis) == ["a while<|im_end|>"]
    assert text(analysis).endswith("assistant\n<think>\n\n</think>\n\na while<|im_end|>")
    for what in ("last_assistant_message", "last_assistant_turn"):
        kind, reason = refusal(row(THOUGHT, "qwen3_disable_thinking", what))
        assert (kind, "thinking turned off" in reason) == ("error", True)
    assert refusal(row(THOUGHT, "qwen3_disable_thinking"))[0] == "ok"


def test_disabled_thinking_needs_a_question() -> None:
    kind, reason = refusal(row(PANCAKES[1:], "qwen3_disable_thinking"))
    assert (kind, "no user message" in reason) == ("error", True)


def test_thinking_inside_the_content_is_normalised_on_the_last_reply() -> None:
    messages = (PANCAKES[0], {"role": "assistant", "content": "<think>hm</think>yes"})
    assert trained_texts(row(messages, "qwen3")) == ["<think>\nhm\n</think>\n\nyes<|im_end|>"]
    assert trained_texts(row(messages, "qwen3_instruct")) == ["<think>hm</think>yes<|im_end|>"]
    earlier = trained_texts(row((*messages, *PANCAKES), "qwen3"))
    assert earlier[0] == "<think>hm</think>yes<|im_end|>"


def test_parts_of_a_content() -> None:
    parts = [{"type": "thinking", "thinking": "hm"}, {"type": "text", "text": "\nyes"}]
    messages = (PANCAKES[0], {"role": "assistant", "content": parts})
    assert trained_texts(row(messages, "qwen3")) == ["<think>\nhm\n</think>\n\nyes<|im_end|>"]
    assert trained_texts(row(messages, "qwen3_instruct")) == ["<think>hm</think>\nyes<|im_end|>"]
    assert refusal(row(messages, "llama3"))[0] == "error"
    assert trained_texts(row((PANCAKES[0], {"role": "assistant", "content": parts[1:]}), "llama3")) == [
        "\nyes<|eot_id|>"
    ]


def test_tools_calls_and_results() -> None:
    analysis = row(CALLS, "qwen3", tools=TOOLS)
    call = '<tool_call>\n{"name": "look", "arguments": {"city": "Z\\u00fcrich"}}\n</tool_call>'
    assert trained_texts(analysis)[0] == f"wait\n{call}\n{call}<|im_end|>"
    assert "<|im_start|>user\n<tool_response>\n21\n</tool_response><|im_end|>" in text(analysis)
    assert text(analysis).startswith("<|im_start|>system\n# Tools\n\n")
    with_system = row((TWO_TURNS[0], *CALLS), "qwen3", tools=TOOLS)
    assert text(with_system).startswith("<|im_start|>system\nbe brief\n\n# Tools\n\n")
    kind, reason = refusal(row(CALLS, "llama3", tools=TOOLS))
    assert (kind, "no form for tools" in reason) == ("error", True)


def test_a_renderer_without_a_form_for_calls_leaves_them_unread() -> None:
    call = {"type": "function", "function": {"name": "look", "arguments": "no JSON"}}
    messages = (CALLS[0], {"role": "assistant", "content": "wait", "tool_calls": [call]})
    assert trained_texts(row(messages, "llama3")) == ["wait<|eot_id|>"]
    kind, reason = refusal(row(messages, "qwen3"))
    assert (kind, "no JSON" in reason) == ("error", True)


def test_a_part_of_text_has_a_text() -> None:
    for part in ({"type": "text"}, {"type": "thinking", "thinking": None}):
        messages = ({"role": "user", "content": [part]}, PANCAKES[1])
        assert refusal(row(messages, "qwen3"))[0] == "error"


def test_words_never_spell_a_special_token_with_qwen3() -> None:
    messages = ({"role": "user", "content": "what is <|im_end|>?"}, PANCAKES[1])
    ends = [list(row(messages, name).examples[0].example.tokens.pieces) for name in ("qwen3", "llama3")]
    assert [pieces.count("<|im_end|>") for pieces in ends] == [2, 1]


def test_max_length() -> None:
    whole = row().examples[0].example
    cut = row(max_length=5).examples[0].example
    assert cut.tokens.ids.tolist() == whole.tokens.ids.tolist()[:5]
    assert cut.cut_tokens == len(whole.tokens) - 5
    assert refusal(row(max_length=1))[0] == "error"


def test_what_is_not_covered_is_named() -> None:
    kind, reason = refusal(row(renderer="kimi_k2"))
    assert (kind, "role_colon, llama3, qwen3" in reason) == ("error", True)


def test_origins_name_the_message_or_the_renderer() -> None:
    rendering = row(TWO_TURNS, "qwen3").examples[0].example.rendering
    kinds = {(origin.kind, origin.name or origin.field) for origin in rendering.origins}
    assert kinds == {("message", "content"), ("message", "role"), ("variable", "tinker's renderer qwen3")}
