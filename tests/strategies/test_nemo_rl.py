"""What NeMo-RL trains on, chunk by chunk."""

from __future__ import annotations

from typing import Any

import pytest
from lossmask.core.analysis import Analysis
from lossmask.core.parts import PARTS
from lossmask.errors import TemplateError

from tests.labels import PANCAKES, analysed, trained_texts
from tests.strategies.rows import FORGETFUL, assert_true_origins, first, text_of, trained_parts

PLAIN = {"add_bos": False, "add_eos": False}
TALK: list[dict[str, Any]] = [
    {"role": "user", "content": "pancakes?"},
    {"role": "assistant", "content": "take a pan", "reasoning_content": "a recipe"},
    {"role": "user", "content": "how long?"},
    {"role": "assistant", "content": "a while", "reasoning_content": "minutes"},
]
ANSWER = "take a pan<|im_end|>\n"
PROMPT = "<|im_start|>assistant\n"


def nemo(messages: Any = TALK, template: str | None = "bundled:chatml", **options: Any) -> Analysis:
    return analysed(messages, strategy="nemo-rl", chat_template=template, options=options)


def test_the_header_is_trained_unless_it_is_in_the_chunk_before() -> None:
    assert trained_texts(nemo()) == [PROMPT + ANSWER, PROMPT + "a while<|im_end|>\n"]
    asked = nemo(add_generation_prompt=True)
    assert trained_texts(asked) == [ANSWER, "a while<|im_end|>\n"]
    assert trained_parts(asked) == {"content", "end_of_turn", "separator"}


def test_a_prompted_header_is_still_the_replys() -> None:
    plain, asked = first(nemo(**PLAIN)), first(nemo(add_generation_prompt=True, **PLAIN))
    assert asked.messages.tolist() == plain.messages.tolist()
    assert asked.parts.tolist() == plain.parts.tolist()


def test_qwen3_style_thinking_repeats_the_earlier_answer() -> None:
    """The answer stands in the row twice: once trained, with its thinking, and once masked, without."""
    analysis = nemo(template=FORGETFUL, **PLAIN)
    row = first(analysis)
    expected = (
        f"<|im_start|>user\npancakes?<|im_end|>\n{PROMPT}<think>\na recipe\n</think>\n\n{ANSWER}"
        f"{ANSWER}<|im_start|>user\nhow long?<|im_end|>\n"
        f"{PROMPT}<think>\nminutes\n</think>\n\na while<|im_end|>\n"
    )
    assert text_of(analysis) == row.example.rendering.text == expected
    first_reply = f"{PROMPT}<think>\na recipe\n</think>\n\n{ANSWER}"
    assert trained_texts(analysis) == [
        first_reply,
        f"{PROMPT}<think>\nminutes\n</think>\n\na while<|im_end|>\n",
    ]
    assert_true_origins(analysis, TALK)


def test_the_repetition_is_told() -> None:
    analysis = nemo(template=FORGETFUL, **PLAIN)
    row = first(analysis)
    repeated = [
        number for number, reason in enumerate(analysis.reason_table) if reason.rule == "nemo-rl-repeated"
    ]
    tokens = [place for place, number in enumerate(row.example.reasons.tolist()) if number in repeated]
    characters = row.example.tokens.offsets[tokens]
    assert row.example.rendering.text[characters[0, 0] : characters[-1, 1]] == ANSWER
    assert set(row.messages[tokens].tolist()) == {1}
    assert [PARTS[part] for part in row.parts.tolist()].count("end_of_turn") == 5
    assert row.difference is not None
    assert row.notice is not None


def test_a_stable_template_gives_the_rendering_itself() -> None:
    row = first(nemo(**PLAIN))
    assert row.difference is None
    assert row.notice is None


def test_bos_and_eos_are_written_where_they_are_missing() -> None:
    llama = "{% for m in messages %}{{ m.role }}: {{ m.content }}\n{% endfor %}"
    analysis = nemo(template=llama)
    assert text_of(analysis).startswith("<|begin_of_text|>user: pancakes?")
    assert trained_texts(analysis)[-1] == "assistant: a while\n<|im_end|>"
    row = first(analysis)
    assert PARTS[int(row.parts[0])] == "bos"
    assert row.difference is not None
    assert [
        (end - start, other_end - other_start) for (start, end), (other_start, other_end) in row.difference
    ] == [
        (1, 0),
        (1, 0),
    ]
    bare = nemo(template=llama, **PLAIN)
    assert text_of(bare) == text_of(analysis).removeprefix("<|begin_of_text|>").removesuffix("<|im_end|>")


def test_eos_is_looked_for_past_newlines_only() -> None:
    assert text_of(nemo()).endswith("a while<|im_end|>\n")
    spaced = "{% for m in messages %}{{ m.content }}<|im_end|> {% endfor %}"
    assert text_of(nemo(template=spaced)).endswith("a while<|im_end|> <|im_end|>")


def test_bos_is_not_written_twice() -> None:
    template = "{{ bos_token }}{% for m in messages %}{{ m.content }}<|im_end|>{% endfor %}"
    assert text_of(nemo(template=template)).count("<|begin_of_text|>") == 1


def test_only_the_last_message_whoever_wrote_it() -> None:
    assert trained_texts(nemo(only_unmask_final=True)) == [PROMPT + "a while<|im_end|>\n"]
    asked = nemo(TALK[:3], only_unmask_final=True)
    assert trained_texts(asked) == ["<|im_start|>user\nhow long?<|im_end|>\n"]


def test_a_prompt_at_the_end_is_no_ones_turn() -> None:
    row = first(nemo(TALK[:3], add_generation_prompt=True, **PLAIN))
    parts = [PARTS[part] for part in row.parts.tolist()]
    prompt = [place for place, part in enumerate(parts) if part == "generation_prompt"]
    assert prompt == list(range(prompt[0], len(parts)))
    assert set(row.messages[prompt].tolist()) == {-1}


@pytest.mark.parametrize("role", ["user", "tool"])
def test_the_prompt_follows_users_and_tools(role: str) -> None:
    messages = [TALK[0], TALK[1], {"role": role, "content": "7"}, TALK[3]]
    trained = trained_texts(nemo(messages, add_generation_prompt=True))
    assert trained[-1] == "a while<|im_end|>\n"


def test_no_prompt_follows_a_system_message() -> None:
    messages = [{"role": "system", "content": "Cook."}, TALK[1]]
    assert trained_texts(nemo(messages, add_generation_prompt=True)) == [PROMPT + ANSWER]


def test_a_row_that_reaches_the_limit_counts_nothing() -> None:
    length = len(first(nemo()).example.tokens)
    dropped = nemo(max_seq_length=length)
    assert dropped.outcome.kind == "dropped"
    assert f"The row has {length} tokens" in str(dropped.outcome.reason)
    assert nemo(max_seq_length=length + 1).outcome.kind == "ok"


def test_a_template_that_refuses_the_first_messages_alone() -> None:
    late = "{% if messages|length == 1 %}{{ raise_exception('and?') }}{% endif %}{{ messages[-1].content }}"
    with pytest.raises(TemplateError) as caught:
        nemo(PANCAKES, template=late)
    assert caught.value.detail == "NeMo-RL renders the first 1 of 2 messages without the rest: and?"


def test_edges() -> None:
    assert trained_texts(nemo([{"role": "system", "content": "Cook."}])) == []
    empty = nemo([TALK[0], {"role": "assistant", "content": ""}])
    assert trained_texts(empty) == [PROMPT + "<|im_end|>\n"]
    both = nemo([*PANCAKES, PANCAKES[1]])
    assert len(trained_texts(both)) == 1
    assert first(both).example.weights.sum() == (first(both).example.labels != -100).sum()
    silent = nemo(TALK, template="{{ messages[0].content }}", **PLAIN)
    assert text_of(silent) == "pancakes?"
