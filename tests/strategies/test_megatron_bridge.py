"""What Megatron-Bridge trains: marks or everything, its EOS, and what its truncation leaves."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest
from lossmask.core.analysis import Analysis
from lossmask.errors import OptionError

from tests.labels import PANCAKES, analysed, trained_texts

PLAIN = "{% for m in messages %}{{ '<|im_start|>' + m.content + '<|im_end|>' }}{% endfor %}"
MARKED = (
    "{% for m in messages %}{{ '<|im_start|>' }}{% if m.role == 'assistant' %}"
    "{% generation %}{{ m.content + '<|im_end|>' }}{% endgeneration %}"
    "{% else %}{{ m.content + '<|im_end|>' }}{% endif %}{% endfor %}"
)
PAN = "to bake pancakes, one takes a pan<|im_end|>"


def bridge(messages: Sequence[dict[str, Any]] = PANCAKES, template: str = MARKED, **options: Any) -> Analysis:
    return analysed(messages, strategy="megatron-bridge", options=options, chat_template=template)


def ids(analysis: Analysis) -> list[int]:
    return analysis.examples[0].example.tokens.ids.tolist()


def test_marks_are_trained() -> None:
    assert trained_texts(bridge()) == [PAN]


def test_without_marks_everything_but_the_first_token_is() -> None:
    analysis = bridge(template=PLAIN)
    [text] = trained_texts(analysis)
    assert text == f"give me a recipe to bake pancakes<|im_end|><|im_start|>{PAN}"
    assert "the template has no {% generation %} block" in analysis.reason_table[1].sentence


def test_marks_that_megatron_does_not_see_count_as_none() -> None:
    unseen = MARKED.replace("{% generation %}", "{%generation%}")
    assert trained_texts(bridge(template=unseen)) == trained_texts(bridge(template=PLAIN))


def test_eos_is_appended_and_trained_unless_it_is_there() -> None:
    with_newline = bridge(template=MARKED + "{{ '\n' }}")
    assert list(with_newline.examples[0].example.tokens.pieces)[-2:] == ["Ċ", "<|im_end|>"]
    assert trained_texts(with_newline) == [PAN, "<|im_end|>"]
    assert with_newline.examples[0].example.rendering.text.endswith("\n<|im_end|>")
    assert ids(bridge()) == ids(with_newline)[:-2]


def test_a_row_cut_keeps_one_more_than_the_length() -> None:
    whole = bridge().examples[0].example
    cut = bridge(max_seq_length=len(whole.tokens) - 2).examples[0].example
    assert len(cut.tokens) == len(whole.tokens) - 1
    assert cut.labels.tolist() == whole.labels.tolist()[:-1]
    assert len(bridge(max_seq_length=len(whole.tokens) - 1).examples[0].example.tokens) == len(whole.tokens)


def test_where_the_cut_leaves_nothing_everything_is_trained() -> None:
    analysis = bridge(max_seq_length=3)
    example = analysis.examples[0].example
    assert example.labels.tolist() == [-100, *ids(analysis)[1:]]
    assert len(example.tokens) == 4


def test_without_a_cut_nothing_stays_nothing() -> None:
    analysis = bridge(({"role": "system", "content": "be brief"},))
    assert analysis.outcome.kind == "ok"
    assert trained_texts(analysis) == []


def test_a_context_that_is_too_long_by_its_last_token_counts_as_cut() -> None:
    messages = ({"role": "system", "content": "be brief"},)
    length = len(ids(bridge(messages)))
    assert trained_texts(bridge(messages, max_seq_length=length - 1)) == ["be brief<|im_end|>"]
    assert trained_texts(bridge(messages, max_seq_length=length)) == []


def test_consecutive_and_empty_replies() -> None:
    messages = (*PANCAKES, {"role": "assistant", "content": ""}, {"role": "assistant", "content": "more"})
    assert trained_texts(bridge(messages)) == [PAN, "<|im_end|>", "more<|im_end|>"]


def test_answer_only_loss_changes_nothing() -> None:
    assert trained_texts(bridge(answer_only_loss=False)) == trained_texts(bridge())


def test_rows_of_messages_need_the_chat_template() -> None:
    outcome = bridge(use_hf_tokenizer_chat_template=False).outcome
    assert outcome.kind == "error"
    assert "`conversations`" in str(outcome.reason)


def test_a_row_without_tokens_is_an_error() -> None:
    assert bridge(template="{{ '' }}").outcome.kind == "error"


def test_a_length_is_a_number() -> None:
    with pytest.raises(OptionError, match="max_seq_length"):
        bridge(max_seq_length=0)
