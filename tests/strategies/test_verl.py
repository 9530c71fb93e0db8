"""What verl trains on, message by message."""

from __future__ import annotations

from typing import Any

import pytest
from lossmask.core.analysis import Analysis
from lossmask.errors import TemplateError

from tests.labels import PANCAKES, analysed, trained_texts
from tests.strategies.rows import FORGETFUL, SYSTEM, assert_true_origins, first, text_of, trained_parts

IGNORE = {"ignore_input_ids_mismatch": True}
TALK: list[dict[str, Any]] = [
    {"role": "system", "content": "Cook."},
    {"role": "user", "content": "pancakes?"},
    {"role": "assistant", "content": "take a pan", "reasoning_content": "a recipe"},
    {"role": "user", "content": "how long?"},
    {"role": "assistant", "content": "a while", "reasoning_content": "minutes"},
]


def verl(messages: Any = PANCAKES, template: str | None = "bundled:chatml", **options: Any) -> Analysis:
    return analysed(messages, strategy="verl", chat_template=template, options=options)


def test_replies_train_from_the_header_to_the_newline() -> None:
    analysis = verl(TALK)
    assert trained_texts(analysis) == ["take a pan<|im_end|>\n", "a while<|im_end|>\n"]
    assert trained_parts(analysis) == {"content", "end_of_turn", "separator"}
    assert first(analysis).difference is None
    assert first(analysis).notice is None


def test_reasons_name_the_rule() -> None:
    analysis = verl()
    row = first(analysis).example
    said = [analysis.reason_table[number].sentence for number in row.reasons.tolist()]
    assert said[0] == "Masked: verl trains assistant messages only."
    assert any("as many as the generation prompt has" in sentence for sentence in said)
    assert said[-1].startswith("Trained: in an assistant message, after its first ")


def test_the_templates_own_system_prompt_is_written_once() -> None:
    analysis = verl(template=SYSTEM)
    assert text_of(analysis).count("Be kind.") == 1
    assert trained_texts(analysis) == ["to bake pancakes, one takes a pan<|im_end|>\n"]


def test_a_reply_that_opens_is_not_cut_and_its_system_prompt_trains() -> None:
    """The first tokens that are masked are as many as the generation prompt's, whatever they say."""
    analysis = verl([PANCAKES[1], *PANCAKES], template=SYSTEM)
    assert "kind.<|im_end|>" in trained_texts(analysis)[0]


def test_a_late_system_message_is_not_cut() -> None:
    messages = [*PANCAKES, {"role": "system", "content": "Be brief."}]
    assert text_of(verl(messages, template=SYSTEM)).endswith("<|im_start|>system\nBe brief.<|im_end|>\n")


def test_other_ids_than_the_whole_conversation_raise() -> None:
    analysis = verl(TALK, template=FORGETFUL)
    assert analysis.outcome.kind == "error"
    assert "ignore_input_ids_mismatch" in str(analysis.outcome.reason)
    assert analysis.examples == ()


def test_or_are_trained_on_with_every_turns_thinking() -> None:
    analysis = verl(TALK, template=FORGETFUL, **IGNORE)
    row = first(analysis)
    assert [text.count("<think>") for text in trained_texts(analysis)] == [1, 1]
    assert_true_origins(analysis, TALK)
    assert text_of(analysis) == row.example.rendering.text
    assert row.messages.tolist() == sorted(row.messages.tolist())
    assert row.difference is not None
    [((start, end), (other_start, other_end))] = row.difference
    dropped = row.example.tokens.offsets[start:end]
    assert "a recipe" in row.example.rendering.text[dropped[0, 0] : dropped[-1, 1]]
    assert other_start == other_end
    assert row.as_json()["difference"] == [{"example": [start, end], "rendering": [start, start]}]
    assert row.notice is not None
    assert "other tokens than inference will see" in row.notice


def test_tools_go_with_the_first_message_only() -> None:
    tools = [{"type": "function", "function": {"name": "bake", "parameters": {}}}]
    analysis = analysed(TALK, strategy="verl", chat_template="bundled:chatml", tools=tools, options=IGNORE)
    assert text_of(analysis).count('"bake"') == 1
    assert first(analysis).difference is None


def test_enable_thinking_reaches_the_messages_and_not_the_probe() -> None:
    with_block = verl(template="bundled:chatml-thinking", enable_thinking_default=False)
    [trained] = trained_texts(with_block)
    assert trained.startswith("<think>\n\n</think>")
    assert first(with_block).difference is not None
    [plain] = trained_texts(verl(template="bundled:chatml-thinking"))
    assert plain.startswith("to bake")


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({"truncation": "right"}, slice(0, 12)),
        ({"truncation": "left"}, slice(-12, None)),
        ({"truncation": "left", "pad_mode": "no_padding"}, slice(0, 12)),
    ],
)
def test_truncation(options: dict[str, Any], expected: slice) -> None:
    whole = first(verl(TALK)).example
    cut = first(verl(TALK, max_length=12, **options))
    assert cut.example.tokens.ids.tolist() == whole.tokens.ids[expected].tolist()
    assert cut.example.labels.tolist() == whole.labels[expected].tolist()
    assert cut.example.cut_tokens == len(whole.tokens) - 12
    assert cut.difference is None


def test_a_row_that_is_too_long_raises_by_default() -> None:
    analysis = verl(TALK, max_length=12)
    assert analysis.outcome.kind == "error"
    assert "`max_length` is 12" in str(analysis.outcome.reason)
    assert verl(TALK, max_length=len(first(verl(TALK)).example.tokens)).outcome.kind == "ok"


def test_a_template_that_takes_no_two_users_fails_in_the_probe() -> None:
    strict = (
        "{% if messages|length > 1 and messages[0].role == messages[1].role %}"
        "{{ raise_exception('alternate!') }}{% endif %}{{ messages[-1].content }}"
    )
    with pytest.raises(TemplateError) as caught:
        verl(template=strict)
    assert caught.value.detail.endswith("alternate!")
    assert "verl renders one and then two empty user messages" in caught.value.detail
    assert caught.value.where is not None


NEEDS_USER = """\
{%- if messages | selectattr('role', 'equalto', 'user') | list | length == 0 %}
    {{- raise_exception('no user') }}
{%- endif %}
{%- for message in messages %}
    {{- '<|im_start|>' + message.role + '\n' }}
    {{- message.content if message.content is string else message.content[0].text }}
    {{- '<|im_end|>\n' }}
{%- endfor %}
{%- if add_generation_prompt %}{{ '<|im_start|>assistant\n' }}{% endif %}
"""


def test_a_message_that_is_refused_alone_follows_an_empty_user_message() -> None:
    analysis = verl(template=NEEDS_USER)
    assert trained_texts(analysis) == ["to bake pancakes, one takes a pan<|im_end|>\n"]
    assert text_of(analysis) == text_of(verl())


def test_edges() -> None:
    assert trained_texts(verl([{"role": "system", "content": "Cook."}])) == []
    assert trained_texts(verl([PANCAKES[0], {"role": "assistant", "content": ""}])) == ["<|im_end|>\n"]
    twice = verl([*PANCAKES, PANCAKES[1]])
    assert trained_texts(twice) == ["to bake pancakes, one takes a pan<|im_end|>\n"] * 2
