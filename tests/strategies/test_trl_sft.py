"""What SFTTrainer's three rules train, drop and refuse, on the bundled tokenizer."""

from __future__ import annotations

from typing import Any

import pytest
from lossmask.core.analysis import Analysis
from lossmask.errors import OptionError, TemplateError

from tests.labels import PANCAKES, analysed, trained_texts
from tests.strategies.rows import FORGETFUL, SYSTEM

TWO_TURNS = (
    *PANCAKES,
    {"role": "user", "content": "how long?"},
    {"role": "assistant", "content": "a while"},
)
REPLIES = ["to bake pancakes, one takes a pan<|im_end|>", "a while<|im_end|>"]


def trl(name: str, *messages: Any, template: str = "bundled:chatml", **options: Any) -> Analysis:
    chosen = messages or TWO_TURNS
    return analysed(chosen, strategy=f"trl-{name}", options=options, chat_template=template)


def sentences(analysis: Analysis) -> set[str]:
    row = analysis.examples[0].example
    return {row.reason_table[number].sentence for number in row.reasons.tolist()}


def rendered(analysis: Analysis) -> str:
    return analysis.examples[0].example.rendering.text


def test_full_trains_everything() -> None:
    analysis = trl("full")
    assert trained_texts(analysis) == [rendered(analysis)]
    assert trained_texts(trl("full", completion_only_loss=True)) == [rendered(analysis)]


def test_assistant_only_trains_what_the_template_marks() -> None:
    assert trained_texts(trl("assistant-only")) == REPLIES
    assert trained_texts(trl("full", assistant_only_loss=True)) == REPLIES
    assert all("`assistant_only_loss`" in sentence for sentence in sentences(trl("assistant-only")))


def test_completion_only_trains_from_the_end_of_the_prompt() -> None:
    assert trained_texts(trl("completion-only")) == ["a while<|im_end|>\n"]
    assert sentences(trl("completion-only")) == {
        "Masked: in the prompt, rendered with its generation prompt; `completion_only_loss`.",
        "Trained: in the completion, from where the tokens of prompt and whole row differ; "
        "`completion_only_loss`.",
    }


def test_a_completion_begins_where_the_prompt_ceases_to_be_a_prefix() -> None:
    """The prompt alone gives its last reply a thinking block, which the whole row drops."""
    prompt = ({"role": "user", "content": "hi"}, {"role": "assistant", "content": "yes"})
    [text] = trained_texts(
        trl("completion-only", *prompt, {"role": "assistant", "content": "no"}, template=FORGETFUL)
    )
    assert text.startswith("yes<|im_end|>\n<|im_start|>assistant\n")
    whole = trl("completion-only", *prompt, {"role": "assistant", "content": "no"}, template=FORGETFUL)
    assert any("no longer continues its prompt" in sentence for sentence in sentences(whole))


def test_completion_only_loss_off_trains_the_prompt_too() -> None:
    analysis = trl("completion-only", completion_only_loss=False)
    assert trained_texts(analysis) == [rendered(analysis)]


def test_both_losses_need_both_masks() -> None:
    assert trained_texts(trl("completion-only", assistant_only_loss=True)) == ["a while<|im_end|>"]
    off = trl("completion-only", assistant_only_loss=True, completion_only_loss=False)
    assert trained_texts(off) == REPLIES


@pytest.mark.parametrize("messages", [TWO_TURNS[:3], TWO_TURNS[1:2]])
def test_a_conversation_without_a_completion_is_refused(messages: tuple[Any, ...]) -> None:
    assert trl("completion-only", *messages).outcome.kind == "error"


def test_a_template_unknown_to_trl_is_refused() -> None:
    analysis = trl("assistant-only", template=SYSTEM)
    assert analysis.outcome.kind == "error"
    assert "{% generation %}" in analysis.outcome.reason
    assert trl("full", template=SYSTEM).outcome.kind == "ok"


@pytest.mark.parametrize("roles", [("system",), ("user",), ("system", "user")])
def test_a_row_without_an_assistant_token_is_refused(roles: tuple[str, ...]) -> None:
    messages = [{"role": role, "content": "hi"} for role in roles]
    assert trl("assistant-only", *messages).outcome.kind == "error"
    assert trl("full", *messages).outcome.kind == "ok"


def test_an_empty_turn_trains_its_end() -> None:
    messages = (*PANCAKES[:1], {"role": "assistant", "content": ""}, *PANCAKES)
    assert trained_texts(trl("assistant-only", *messages)) == ["<|im_end|>", REPLIES[0]]


def test_consecutive_assistants_are_trained_apart() -> None:
    messages = (*PANCAKES, {"role": "assistant", "content": "a while"})
    assert trained_texts(trl("assistant-only", *messages)) == REPLIES


def test_truncation_keeps_one_end() -> None:
    whole = trl("full", max_length=None).examples[0].example
    start = trl("full", max_length=5).examples[0].example
    end = trl("full", max_length=5, truncation_mode="keep_end").examples[0]
    assert start.tokens.ids.tolist() == whole.tokens.ids[:5].tolist()
    assert end.example.tokens.ids.tolist() == whole.tokens.ids[-5:].tolist()
    assert start.cut_tokens == end.example.cut_tokens == len(whole.tokens) - 5
    assert end.messages.tolist() == trl("full").examples[0].messages[-5:].tolist()
    assert end.parts.tolist() == trl("full").examples[0].parts[-5:].tolist()


def test_rows_are_cut_to_1024_by_default() -> None:
    long = ({"role": "user", "content": "word " * 1500}, {"role": "assistant", "content": "yes"})
    assert len(trl("full", *long).examples[0].example.tokens) == 1024
    assert len(trl("full", *long, max_length=None).examples[0].example.tokens) > 1024
    dropped = trl("assistant-only", *long)
    assert dropped.outcome.kind == "dropped"
    assert "`max_length`" in dropped.outcome.reason
    assert trl("assistant-only", *long, truncation_mode="keep_end").outcome.kind == "ok"


def test_nothing_is_dropped_without_a_cut() -> None:
    """A completion of no token: the row stays, with no label."""
    template = "{% for m in messages[:1] %}{{ m.content }}{% endfor %}"
    analysis = trl("completion-only", *PANCAKES, template=template, max_length=None)
    assert analysis.outcome.kind == "ok"
    assert trained_texts(analysis) == []
    assert trl("completion-only", *PANCAKES, template=template).outcome.kind == "dropped"


def test_eos_token_is_what_the_template_writes() -> None:
    template = "{% for m in messages %}{{ m.content + eos_token }}{% endfor %}"
    analysis = trl("full", *PANCAKES, template=template, eos_token="<|im_end|>")
    assert rendered(analysis).count("<|im_end|>") == 2
    assert trained_texts(trl("completion-only", *PANCAKES, template=template, eos_token="<|im_end|>")) == [
        "to bake pancakes, one takes a pan<|im_end|>"
    ]
    unknown = trl("full", eos_token="no such token at all")
    assert (unknown.outcome.kind, "eos_token" in unknown.outcome.reason) == ("error", True)


def test_packing_is_not_pretended() -> None:
    with pytest.raises(OptionError, match="packing"):
        trl("full", packing=True)


def test_a_template_that_refuses_is_a_template_error() -> None:
    with pytest.raises(TemplateError, match="no"):
        trl("full", template="{{ raise_exception('no') }}")
