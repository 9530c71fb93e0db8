"""What assistant-turns trains, on the bundled tokenizer and templates that show one thing each."""

from __future__ import annotations

import pytest
from lossmask.core.analysis import Analysis
from lossmask.errors import OptionError

from tests.labels import PANCAKES, analysed, trained_texts

TWO_TURNS = (
    *PANCAKES,
    {"role": "user", "content": "how long?"},
    {"role": "assistant", "content": "a while"},
)
TEMPLATES = ("chatml", "llama-3", "llama-2", "mistral", "gemma", "phi-3", "zephyr", "deepseek", "vicuna")


def reason_of(analysis: Analysis, piece: str) -> str:
    row = analysis.examples[0].example
    position = list(row.tokens.pieces).index(piece)
    return analysis.reason_table[int(row.reasons[position])].sentence


@pytest.mark.parametrize("name", TEMPLATES)
def test_each_reply_and_its_end_in_every_format(name: str) -> None:
    first, second = trained_texts(analysed(TWO_TURNS, chat_template=f"bundled:{name}"))
    assert first.strip().startswith("to bake pancakes, one takes a pan<") or first.endswith("</s>")
    assert "one takes a pan" in first
    assert "a while" in second
    assert len(second) > len("a while")


@pytest.mark.parametrize("name", ["chatml", "llama-3", "gemma", "phi-3", "zephyr", "deepseek"])
def test_generation_marks_of_the_bundled_templates_agree(name: str) -> None:
    """Two independent ways to the same labels: origins here, the template's own marks there."""
    ours = analysed(TWO_TURNS, chat_template=f"bundled:{name}")
    marks = analysed(TWO_TURNS, chat_template=f"bundled:{name}", strategy="generation-tags")
    assert trained_texts(ours) == trained_texts(marks)


def test_the_seed_case() -> None:
    analysis = analysed(chat_template="bundled:llama-3")
    assert trained_texts(analysis) == ["to bake pancakes, one takes a pan<|eot_id|>"]
    assert reason_of(analysis, "<|begin_of_text|>") == "Masked: written by the template, outside every turn."
    assert reason_of(
        analysis, "Ġgive" if "Ġgive" in analysis.examples[0].example.tokens.pieces else "give"
    ) == ("Masked: in turn 1 (user); this rule trains assistant turns only.")


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({}, ["to bake pancakes, one takes a pan<|im_end|>", "a while<|im_end|>"]),
        ({"end_of_turn": False}, ["to bake pancakes, one takes a pan", "a while"]),
        ({"newline": True}, ["to bake pancakes, one takes a pan<|im_end|>\n", "a while<|im_end|>\n"]),
        ({"turns": "last"}, ["a while<|im_end|>"]),
        (
            {"header": True, "turns": "last"},
            ["<|im_start|>assistant\na while<|im_end|>"],
        ),
    ],
)
def test_toggles(options: dict[str, object], expected: list[str]) -> None:
    assert trained_texts(analysed(TWO_TURNS, chat_template="bundled:chatml", options=options)) == expected


def test_weights_decide_turns_and_how_much() -> None:
    messages = [dict(message) for message in TWO_TURNS]
    messages[1]["weight"], messages[3]["weight"] = 0, 0.5
    analysis = analysed(messages, chat_template="bundled:chatml", options={"turns": "weight"})
    assert trained_texts(analysis) == ["a while<|im_end|>"]
    assert set(analysis.examples[0].example.weights.tolist()) == {0.0, 0.5}


def test_train_false_is_weight_zero() -> None:
    messages = [dict(message) for message in TWO_TURNS]
    messages[3]["train"] = False
    analysis = analysed(messages, chat_template="bundled:chatml", options={"turns": "weight"})
    assert trained_texts(analysis) == ["to bake pancakes, one takes a pan<|im_end|>"]


def test_thinking_is_trained_or_not() -> None:
    messages = (
        {"role": "user", "content": "?"},
        {"role": "assistant", "content": "x", "reasoning_content": "hm"},
    )
    template = "bundled:chatml-thinking"
    assert trained_texts(analysed(messages, chat_template=template)) == [
        "<think>\nhm\n</think>\n\nx<|im_end|>"
    ]
    [masked] = trained_texts(analysed(messages, chat_template=template, options={"thinking": False}))
    assert masked == "x<|im_end|>"


def test_thinking_inside_the_content() -> None:
    messages = ({"role": "user", "content": "?"}, {"role": "assistant", "content": "<think>hm</think>x"})
    analysis = analysed(messages, chat_template="bundled:chatml", options={"thinking": False})
    assert trained_texts(analysis) == ["x<|im_end|>"]


def test_a_quoted_thinking_mark_is_content() -> None:
    messages = ({"role": "user", "content": "?"}, {"role": "assistant", "content": "a <think>hm</think> b"})
    analysis = analysed(messages, chat_template="bundled:chatml", options={"thinking": False})
    assert trained_texts(analysis) == ["a <think>hm</think> b<|im_end|>"]


def test_tool_calls_are_trained_or_not() -> None:
    call = {"type": "function", "function": {"name": "weather", "arguments": {"city": "Paris"}}}
    messages = (
        {"role": "user", "content": "weather?"},
        {"role": "assistant", "content": "", "tool_calls": [call]},
        {"role": "tool", "content": "sunny"},
        {"role": "assistant", "content": "sunny"},
    )
    first, second = trained_texts(analysed(messages, chat_template="bundled:chatml"))
    assert "weather" in first
    assert first.endswith("<|im_end|>")
    assert second == "sunny<|im_end|>"
    off = trained_texts(analysed(messages, chat_template="bundled:chatml", options={"tool_calls": False}))
    assert off == ["<|im_end|>", "sunny<|im_end|>"]


def test_an_empty_reply_trains_its_end() -> None:
    messages = ({"role": "user", "content": "?"}, {"role": "assistant", "content": ""})
    assert trained_texts(analysed(messages, chat_template="bundled:chatml")) == ["<|im_end|>"]
    both = (*messages, *TWO_TURNS[2:])
    assert trained_texts(analysed(both, chat_template="bundled:mistral"))[0] == "</s>"


def test_an_assistant_that_speaks_first() -> None:
    messages = ({"role": "assistant", "content": "hello"}, {"role": "user", "content": "hi"})
    assert trained_texts(analysed(messages, chat_template="bundled:chatml")) == ["hello<|im_end|>"]


def test_a_reply_that_begins_like_the_prompt_goes_on() -> None:
    """The generation prompt ends in an empty thinking block; the reply begins with the same character."""
    template = (
        "{% for m in messages %}<|im_start|>{{ m.role }}\n{{ m.content }}<|im_end|>\n{% endfor %}"
        "{% if add_generation_prompt %}<|im_start|>assistant\n<think></think>{% endif %}"
    )
    messages = ({"role": "user", "content": "?"}, {"role": "assistant", "content": "<b>bold</b>"})
    assert trained_texts(analysed(messages, chat_template=template)) == ["<b>bold</b><|im_end|>"]


def test_what_the_prompt_supplies_of_the_thinking_is_not_trained() -> None:
    template = (
        "{% for m in messages %}<|im_start|>{{ m.role }}\n"
        "{{ '<think>\n' if m.role == 'assistant' }}{{ m.content }}<|im_end|>\n{% endfor %}"
        "{% if add_generation_prompt %}<|im_start|>assistant\n<think>\n{% endif %}"
    )
    messages = ({"role": "user", "content": "?"}, {"role": "assistant", "content": "hm</think>x"})
    assert trained_texts(analysed(messages, chat_template=template)) == ["hm</think>x<|im_end|>"]


def test_no_end_of_turn_says_so() -> None:
    template = "{% for m in messages %}{{ m.role }}: {{ m.content }}\n{% endfor %}"
    analysis = analysed(chat_template=template)
    assert not any("<" in text for text in trained_texts(analysis))
    assert any(reason.rule == "no-end-of-turn" for reason in analysis.reason_table)


def test_a_straddling_token_is_trained_and_says_so() -> None:
    template = (
        "{% for m in messages %}[{{ m.role }}] tak{{ m.content }}<|im_end|>{% endfor %}"
        "{% if add_generation_prompt %}[assistant] tak{% endif %}"
    )
    messages = ({"role": "user", "content": "x"}, {"role": "assistant", "content": "es a pan"})
    analysis = analysed(messages, chat_template=template)
    assert trained_texts(analysis) == [" takes a pan<|im_end|>"]
    assert reason_of(analysis, "Ġtakes").startswith("Trained: in turn 2 (assistant), a token that begins in")


def test_generation_prompt_is_nobodys_turn() -> None:
    analysis = analysed(chat_template="bundled:chatml", template_arguments={"add_generation_prompt": True})
    answer = analysis.as_json()["examples"][0]
    assert answer["parts"][-1] == "generation_prompt"
    assert answer["messages"][-1] is None
    assert trained_texts(analysis) == ["to bake pancakes, one takes a pan<|im_end|>"]


def test_parts_of_a_turn() -> None:
    answer = analysed(chat_template="bundled:chatml").as_json()["examples"][0]
    parts = [part for part, message in zip(answer["parts"], answer["messages"], strict=True) if message == 1]
    assert parts[:3] == ["header", "header", "header"]
    assert parts[-2:] == ["end_of_turn", "separator"]
    assert set(parts[3:-2]) == {"content"}


def test_truncation_on_the_right() -> None:
    whole = analysed(chat_template="bundled:chatml")
    cut = analysed(chat_template="bundled:chatml", options={"max_length": 20})
    assert cut.statistics["tokens"] == 20
    assert cut.statistics["cut"] == whole.statistics["tokens"] - 20
    assert cut.examples[0].example.labels.tolist() == whole.examples[0].example.labels.tolist()[:20]


@pytest.mark.parametrize(
    "options",
    [{"turns": "some"}, {"header": "perhaps"}, {"max_length": 0}, {"max_length": "x"}, {"absent": 1}],
)
def test_options_are_checked(options: dict[str, object]) -> None:
    with pytest.raises(OptionError):
        analysed(options=options)
