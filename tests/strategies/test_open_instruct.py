"""What open-instruct trains, filters out and refuses; and the hole in its verification."""

from __future__ import annotations

import json
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import lossmask
import pytest
from lossmask.core.analysis import Analysis
from lossmask.errors import OptionError
from lossmask.settings import Settings

from tests.labels import PANCAKES, analysed, trained_texts

TWO_TURNS = (
    *PANCAKES,
    {"role": "user", "content": "how long?"},
    {"role": "assistant", "content": "a while"},
)
PAN = "to bake pancakes, one takes a pan"
LAST_TURN = "last_turn_tulu_tokenize_and_truncate_v1"

FORGETFUL = (
    "{% for m in messages %}{{ '<|im_start|>' + m.role + '\n' }}"
    "{% set is_earlier = m.role == 'assistant' and not loop.last %}"
    "{% set words = m.content.split('</think>')[-1] if is_earlier else m.content %}"
    "{{ words + '<|im_end|>\n' }}{% endfor %}"
    "{% if add_generation_prompt %}{{ '<|im_start|>assistant\n' }}{% endif %}"
)
"""Takes thinking out of every reply but the last, as reasoning templates do."""
SIGNED = (
    "{% for m in messages %}{{ '<|im_start|>' + m.role + '\n' + m.content }}"
    "{% if loop.last %}{{ eos_token }}{% else %}{{ ';' }}{% endif %}{% endfor %}"
    "{% if add_generation_prompt %}{{ '<|im_start|>assistant\n' }}{% endif %}"
)
"""Ends the last turn otherwise, with as many tokens."""


def tulu(
    messages: Sequence[dict[str, Any]] = TWO_TURNS, template: str = "bundled:chatml", **options: Any
) -> Analysis:
    return analysed(messages, strategy="open-instruct", options=options, chat_template=template)


def test_turns_are_trained_with_their_end_and_newline() -> None:
    assert trained_texts(tulu()) == [f"{PAN}<|im_end|>\n", "a while<|im_end|>\n"]


def test_the_last_turn_only() -> None:
    assert trained_texts(tulu(transform_fn=LAST_TURN)) == ["a while<|im_end|>\n"]


def test_an_opening_reply_is_trained_with_its_header() -> None:
    [text] = trained_texts(tulu(({"role": "assistant", "content": "hello"},)))
    assert text == "<|im_start|>assistant\nhello<|im_end|>\n"


def test_a_token_that_straddles_the_header_is_trained() -> None:
    tagged = (
        "{% for m in messages %}{{ m.role + ':' + ' ' + m.content + '\n' }}{% endfor %}"
        "{% if add_generation_prompt %}{{ 'assistant: ' }}{% endif %}"
    )
    [text] = trained_texts(tulu(PANCAKES, tagged))
    assert text == f" {PAN}\n"


def test_the_end_of_an_empty_reply_is_trained() -> None:
    assert trained_texts(tulu((PANCAKES[0], {"role": "assistant", "content": ""}))) == ["<|im_end|>\n"]


def test_consecutive_replies_are_two() -> None:
    messages = (*PANCAKES, {"role": "assistant", "content": "and a fire"})
    assert trained_texts(tulu(messages)) == [f"{PAN}<|im_end|>\n", "and a fire<|im_end|>\n"]


@pytest.mark.parametrize("messages", [PANCAKES[:1], ({"role": "system", "content": "be brief"},)])
def test_a_row_without_a_reply_is_filtered_out(messages: Sequence[dict[str, Any]]) -> None:
    assert tulu(messages).outcome.kind == "dropped"


def test_truncation() -> None:
    whole = tulu(PANCAKES).examples[0].example
    first = whole.labels.tolist().index(next(label for label in whole.labels.tolist() if label >= 0))
    assert tulu(PANCAKES, max_seq_length=first).outcome.kind == "dropped"
    cut = tulu(PANCAKES, max_seq_length=first + 1).examples[0].example
    assert cut.labels.tolist() == whole.labels.tolist()[: first + 1]
    assert cut.cut_tokens == len(whole.tokens) - first - 1


def test_a_tokenizer_that_cuts_on_the_left_keeps_the_end(tmp_path: Path) -> None:
    bundled = Path(lossmask.__file__).parent / "tokenization" / "bundled"
    shutil.copytree(bundled, tmp_path / "left")
    config = tmp_path / "left" / "tokenizer_config.json"
    config.write_text(json.dumps(json.loads(config.read_text()) | {"truncation_side": "left"}))
    analysis = analysed(
        PANCAKES,
        strategy="open-instruct",
        options={"max_seq_length": 4},
        chat_template="bundled:chatml",
        tokenizer="local:left",
        settings=Settings({"LOSSMASK_TOKENIZERS": str(tmp_path)}),
    )
    assert trained_texts(analysis) == [" a pan<|im_end|>\n"]


def test_counted_turns_are_verified() -> None:
    analysis = tulu(template=SIGNED)
    assert trained_texts(analysis) == [f"{PAN};", "a while<|im_end|>"]
    sentences = [reason.sentence for reason in analysis.reason_table]
    assert any("where token counts place turn 2" in sentence for sentence in sentences)
    assert all("verified against its content" in sentence for sentence in sentences if "counts" in sentence)


def test_a_turn_placed_wrongly_costs_the_row() -> None:
    """The first reply is longer as the last of its prefix than in the whole text."""
    longer = SIGNED.replace("{{ eos_token }}", "{{ eos_token + ' so be it, and a while' }}")
    outcome = tulu(template=longer).outcome
    assert outcome.kind == "dropped"
    assert "cannot be derived" in str(outcome.reason)


def test_a_turn_without_a_generation_prompt_starts_in_its_header() -> None:
    outcome = tulu(template=SIGNED.replace("'<|im_start|>assistant\n'", "''")).outcome
    assert outcome.kind == "dropped"
    assert "starts inside its header" in str(outcome.reason)


def test_the_hole_a_rewritten_reply_is_not_verified_and_trains_the_next_question() -> None:
    """The prefix through the first reply still has its thinking, so it counts too many tokens."""
    thought = "<think>what does one need, and where is it, and how hot?</think>" + PAN
    messages = (PANCAKES[0], {"role": "assistant", "content": thought}, *TWO_TURNS[2:])
    analysis = tulu(messages, FORGETFUL)
    assert analysis.outcome.kind == "ok"
    first = trained_texts(analysis)[0]
    assert first.startswith(f"{PAN}<|im_end|>\n<|im_start|>user\nhow long?")
    [sentence] = [row.sentence for row in analysis.reason_table if "turn 2" in row.sentence]
    assert "not verified" in sentence


def test_a_prefix_that_the_template_refuses_costs_the_row() -> None:
    picky = "{% if messages | length == 1 %}{{ raise_exception('too short') }}{% endif %}" + FORGETFUL
    outcome = tulu(TWO_TURNS, picky).outcome
    assert outcome.kind == "dropped"
    assert "too short" in str(outcome.reason)


def test_a_prefix_refused_while_counting_is_an_error() -> None:
    picky = "{% if messages | length == 3 %}{{ raise_exception('odd') }}{% endif %}" + SIGNED
    assert tulu(TWO_TURNS, picky).outcome.kind == "error"


def test_a_content_of_parts_is_an_error_where_it_is_looked_for() -> None:
    parts = SIGNED.replace("m.content }}", "m.content[0].text }}")
    messages = [
        {**message, "content": [{"type": "text", "text": message["content"]}]} for message in TWO_TURNS
    ]
    outcome = tulu(messages, parts).outcome
    assert outcome.kind == "error"
    assert "list of parts" in str(outcome.reason)


def test_add_bos() -> None:
    analysis = tulu(add_bos=True)
    assert analysis.examples[0].example.tokens.pieces[0] == "<|begin_of_text|>"
    assert trained_texts(analysis) == trained_texts(tulu())
    again = "{{ bos_token }}" + FORGETFUL
    assert tulu(template=again).outcome.kind == "ok"
    assert tulu(template=again, add_bos=True).outcome.kind == "error"


def test_a_format_by_name() -> None:
    analysis = tulu(chat_template_name="tulu")
    assert analysis.examples[0].example.rendering.text == (
        f"<|user|>\n{PANCAKES[0]['content']}\n<|assistant|>\n{PAN}<|im_end|>\n"
        "<|user|>\nhow long?\n<|assistant|>\na while<|im_end|>"
    )
    assert trained_texts(analysis) == [f"{PAN}<|im_end|>", "a while<|im_end|>"]


def test_an_unknown_format_is_refused() -> None:
    with pytest.raises(OptionError, match="chat_template_name"):
        tulu(chat_template_name="tulu_9")
