"""What Axolotl's rule trains, on the bundled tokenizer and templates that show one thing each."""

from __future__ import annotations

import json
from typing import Any

import pytest
from lossmask.core.analysis import Analysis
from lossmask.errors import OptionError, TemplateError

from tests.labels import PANCAKES, analysed, trained_texts

END = "<|im_end|>"
FIRST, SECOND = f"to bake pancakes, one takes a pan{END}", f"a while{END}"
QUESTION = {"role": "user", "content": "how long?"}
CHAT = (*PANCAKES, QUESTION, {"role": "assistant", "content": "a while"})
SYSTEM = {"role": "system", "content": "be brief"}
CALL = {"type": "function", "function": {"name": "weather", "arguments": {"city": "Paris"}}}
DETAIL = ("begin_offset", "end_offset", "train")
STRICT = (
    "{% for message in messages %}"
    "{% if message.role not in ['user', 'assistant'] %}{{ raise_exception('bad role') }}{% endif %}"
    "<|im_start|>{{ message.role + '\n' + message.content }}<|im_end|>\n{% endfor %}"
    "{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
)
"""Takes no system message, no other name for a role, no list of parts."""


def axolotl(
    messages: Any = CHAT, options: dict[str, Any] | None = None, template: str = "bundled:chatml", **more: Any
) -> Analysis:
    return analysed(messages, strategy="axolotl", options=options, chat_template=template, **more)


def trained(*arguments: Any, **more: Any) -> list[str]:
    return trained_texts(axolotl(*arguments, **more))


def reply(**fields: Any) -> list[dict[str, Any]]:
    """A question and one reply."""
    return [QUESTION, {"role": "assistant", **fields}]


def spelt(analysis: Analysis) -> str:
    return analysis.examples[0].example.rendering.text


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({}, [FIRST, SECOND]),
        ({"train_on_eos": "none"}, [FIRST[: -len(END)], SECOND[: -len(END)]]),
        ({"train_on_eos": "last"}, [FIRST[: -len(END)], SECOND]),
        ({"train_on_eos": "all"}, [END, FIRST, END, SECOND]),
        ({"train_on_eos": None}, [FIRST[: -len(END)], SECOND[: -len(END)]]),
        ({"train_on_eos": "none", "train_on_eot": "turn"}, [FIRST, SECOND]),
        ({"roles_to_train": ["user"]}, [PANCAKES[0]["content"] + END, "how long?" + END]),
        ({"roles_to_train": ["human"]}, [PANCAKES[0]["content"] + END, "how long?" + END]),
        (
            {"train_on_inputs": True},
            [PANCAKES[0]["content"] + END, FIRST, "how long?" + END, SECOND],
        ),
        ({"roles_to_train": None, "train_on_eos": "all"}, [END, END, END, END]),
    ],
)
def test_which_turns_and_which_ends(options: dict[str, Any], expected: list[str]) -> None:
    assert trained(CHAT, options) == expected


def test_an_end_of_turn_that_is_not_eos() -> None:
    """The Gemma trap: by default only EOS ends a turn, and this template never writes it."""
    words = [FIRST[: -len(END)], SECOND[: -len(END)]]
    ends = [f"{text}<end_of_turn>" for text in words]
    assert trained(template="bundled:gemma") == words
    assert trained(options={"eot_tokens": ["<end_of_turn>"]}, template="bundled:gemma") == ends
    split = {"eot_tokens": ["<end_of_turn>"], "train_on_eot": "last"}
    assert trained(options=split, template="bundled:gemma") == [words[0], ends[1]]


def test_eot_tokens_that_the_template_does_not_write_are_left_out() -> None:
    assert trained(options={"eot_tokens": ["no such token at all"]}) == [FIRST, SECOND]


def test_eot_tokens_that_are_refused() -> None:
    several = axolotl(
        options={"eot_tokens": ["<|im_start|>assistant"]}, template=STRICT.replace("\n", "")
    ).outcome
    assert (several.kind, "has to be one" in str(several.reason)) == ("error", True)
    both = {"eot_tokens": [END, "<|im_start|>"], "train_on_eos": "turn", "train_on_eot": "all"}
    assert axolotl(options=both).outcome.kind == "error"


def test_the_end_counts_within_three_tokens() -> None:
    near = "{% for message in messages %}{{ message.content }}...<|im_end|>{% endfor %}"
    far = near.replace("...", "|a|b|c|d")
    assert trained(reply(content="so"), template=near)[-1].endswith(END)
    assert END not in "".join(trained(reply(content="so"), template=far))


def test_an_empty_turn_does_not_train_its_end() -> None:
    messages = (QUESTION, {"role": "assistant", "content": ""}, *CHAT)
    analysis = axolotl(messages)
    assert trained_texts(analysis) == [FIRST, SECOND]
    assert any(reason.rule == "axolotl-not-found" for reason in analysis.reason_table)


def test_an_unlocated_turn_finds_an_end_at_the_very_start() -> None:
    """Its words end before the row, so that an end among the first three tokens is within reach."""
    template = "<|im_end|>{% for message in messages %}{{ message.content }}<|im_start|>{% endfor %}"
    assert trained(reply(content=""), template=template) == [END]
    closing = template + "<|im_end|>"
    assert axolotl(reply(content=""), template=closing).outcome.kind == "dropped"


def test_consecutive_assistants_are_two_spans() -> None:
    messages = (*PANCAKES, {"role": "assistant", "content": "a while"})
    assert trained(messages) == [FIRST, SECOND]


@pytest.mark.parametrize("messages", [[SYSTEM], [QUESTION], reply(content="")])
def test_no_trained_token_drops_the_row(messages: list[dict[str, Any]]) -> None:
    assert axolotl(messages).outcome.kind == "dropped"


def test_a_system_turn_of_a_mistral_is_never_located(monkeypatch: pytest.MonkeyPatch) -> None:
    options = {"train_on_inputs": True, "train_on_eos": "none"}
    assert trained((SYSTEM, *PANCAKES), options)[0] == "be brief"
    from lossmask.tokenization import load

    monkeypatch.setattr(load.load_cached(*_bundled()), "name", "hub:Mistralai/some-model")
    assert trained((SYSTEM, *PANCAKES), options)[0] == PANCAKES[0]["content"]


def _bundled() -> tuple[Any, Any]:
    from lossmask.engine.analyse import _location

    return _location("bundled", ""), "auto"


def test_thinking_trains_but_for_how_the_template_opens_it() -> None:
    [text] = trained(reply(content="x", reasoning_content="hm"), template="bundled:chatml-thinking")
    assert text == f"<think>\nhm\n</think>\n\nx{END}"
    always = (
        "{% for message in messages %}<|im_start|>{{ message.role }}\n"
        "{% if message.role == 'assistant' %}"
        "<think>\n{{ message.reasoning_content or '' }}\n</think>\n{% endif %}"
        "{{ message.content }}<|im_end|>\n{% endfor %}"
    )
    [text] = trained(reply(content="x", reasoning_content="hm"), template=always)
    assert text == f"hm\n</think>\nx{END}"
    assert trained(reply(content="x"), template=always) == [f"x{END}"]


def test_tool_calls_are_part_of_the_words() -> None:
    messages = reply(content="", tool_calls=[CALL])
    [text] = trained(messages)
    assert text.startswith('<tool_call>\n{"name": "weather"')
    assert text.endswith(END)


def test_a_template_that_does_not_say_message_gets_no_tool_calls() -> None:
    template = (
        "{% for m in messages %}<|im_start|>{{ m.role }}\n{{ m.content }}"
        "{% for call in m.tool_calls or [] %}{{ call.function.name }}{% endfor %}<|im_end|>\n{% endfor %}"
    )
    analysis = axolotl(reply(content="see", tool_calls=[CALL]), template=template)
    assert "weather" not in spelt(analysis)
    assert "weather" in spelt(
        axolotl(
            reply(content="see", tool_calls=[CALL]),
            template=template.replace("m.", "message.").replace("for m ", "for message "),
        )
    )


def test_arguments_written_as_text_are_read() -> None:
    function = CALL["function"] | {"arguments": json.dumps({"city": "Paris"})}  # type: ignore[operator]
    template = (
        "{% for message in messages %}<|im_start|>{{ message.role }}\n{{ message.content }}"
        "{% for call in message.tool_calls or [] %}{% for key, value in call.function.arguments | items %}"
        "{{ key }}={{ value }}{% endfor %}{% endfor %}<|im_end|>\n{% endfor %}"
    )
    [text] = trained(reply(content="", tool_calls=[CALL | {"function": function}]), template=template)
    assert text == f"city=Paris{END}"
    broken = CALL | {"function": function | {"arguments": "{"}}
    assert axolotl(reply(content="", tool_calls=[broken]), template=template).outcome.kind == "error"


def test_a_field_of_the_message_decides() -> None:
    messages = [dict(message) for message in CHAT]
    messages[0]["learn"], messages[1]["learn"] = True, False
    assert trained(messages) == [FIRST, SECOND]
    expected = [PANCAKES[0]["content"] + END, SECOND]
    assert trained(messages, {"message_field_training": "learn"}) == expected


@pytest.mark.parametrize(
    ("details", "expected"),
    [
        ([(0, 6, True)], "to bake"),
        ([(8, 15, True)], None),
        ([(7, 15, True)], " pancake"),
        ([(0, 6, True), (7, 32, False)], "to bake"),
        ([(0, 6, False)], None),
    ],
)
def test_details_have_an_inclusive_end(details: list[tuple[int, int, bool]], expected: str | None) -> None:
    """A span that ends inside a token is widened to it, or does not reach it, by Axolotl's snapping."""
    messages = [dict(message) for message in PANCAKES]
    messages[1]["d"] = [
        {"begin_offset": begin, "end_offset": end, "train": train} for begin, end, train in details
    ]
    found = trained(messages, {"message_field_training_detail": "d"})
    assert found[-1] == END
    if expected is not None:
        assert found[0].startswith(expected)


def test_details_without_a_span_do_not_train() -> None:
    messages = [dict(message) for message in PANCAKES]
    messages[1]["d"] = []
    assert axolotl(messages, {"message_field_training_detail": "d"}).outcome.kind == "dropped"


@pytest.mark.parametrize(
    "details", ["x", [{"begin_offset": 0}], [3], [{"begin_offset": "a", "end_offset": 1, "train": 1}]]
)
def test_details_that_are_none(details: object) -> None:
    messages = [*CHAT[:1], CHAT[1] | {"d": details}]
    assert axolotl(messages, {"message_field_training_detail": "d"}).outcome.kind == "error"


def test_details_of_an_empty_text() -> None:
    messages = [*CHAT[:1], {"role": "assistant", "content": "", "d": [dict.fromkeys(DETAIL, 0)]}]
    template = STRICT.replace("message.content }}", "(message.content or 'none') }}")
    options = {"message_field_training_detail": "d", "message_field_training": "learn"}
    assert axolotl(messages, options, template=STRICT).outcome.kind == "dropped"
    assert axolotl(messages, options, template=template).outcome.kind == "error"


@pytest.mark.parametrize("flag", [{"train": False}, {"weight": 0}])
def test_a_part_that_does_not_train(flag: dict[str, Any]) -> None:
    parts = [
        {"type": "text", "text": "to bake"} | flag,
        {"type": "text", "text": " pancakes, one takes a pan"},
    ]
    [text] = trained(reply(content=parts), template=STRICT)
    assert text == f" pancakes, one takes a pan{END}"
    assert "to bake pancakes, one takes a pan" in spelt(axolotl(reply(content=parts), template=STRICT))


def test_parts_without_flags_are_one_text() -> None:
    parts = [{"type": "text", "text": "to bake"}, {"type": "text", "value": " pancakes"}]
    assert trained(reply(content=parts), template=STRICT) == [f"to bake pancakes{END}"]


def test_parts_of_the_thinking_that_do_not_train() -> None:
    thinking = [{"text": "secret"}, {"text": " plan", "train": False}]
    found = trained(reply(content="x", reasoning_content=thinking), template="bundled:chatml-thinking")
    assert found == ["secret", END]


def test_roles_and_fields_are_mapped_before_the_template_sees_them() -> None:
    named = [{"role": "human", "content": "hi"}, {"role": "gpt", "content": "hello"}]
    assert trained(named, template=STRICT) == [f"hello{END}"]
    mapped = [{"role": "user", "value": "hi"}, {"role": "bot", "value": "hello"}]
    options = {
        "message_property_mappings": {"role": "role", "content": "value"},
        "roles": {"assistant": ["bot"]},
    }
    assert trained(mapped, options, template=STRICT) == [f"hello{END}"]


def test_a_key_that_the_template_looks_up_overrules_a_mapping() -> None:
    messages = [{"role": "user", "content": "hi"}, {"role": "assistant", "content": "hello", "from": "user"}]
    options = {"message_property_mappings": {"role": "from", "content": "content"}}
    assert trained(messages, options) == [f"hello{END}"]
    without_roles = "{% for message in messages %}{{ message.content }}{% endfor %}"
    assert axolotl(messages, options, template=without_roles).outcome.kind == "error"


def test_the_template_that_refuses_what_is_left_is_an_error_of_the_template() -> None:
    with pytest.raises(TemplateError, match="bad role"):
        axolotl((SYSTEM, *PANCAKES), template=STRICT)


def test_a_dropped_system_message() -> None:
    analysis = axolotl((SYSTEM, *CHAT), {"drop_system_message": True}, template=STRICT)
    assert trained_texts(analysis) == [FIRST, SECOND]
    assert "be brief" not in spelt(analysis)
    answer = analysis.as_json()["examples"][0]
    turns = {
        message for label, message in zip(answer["labels"], answer["messages"], strict=True) if label != -100
    }
    assert turns == {2, 4}
    assert axolotl([SYSTEM], {"drop_system_message": True}).outcome.kind == "error"


@pytest.mark.parametrize(
    "content",
    [
        "<think>hm</think> x",
        "<reasoning>\nhm\n</reasoning>\nx",
        "<|begin_of_thought|>hm<|end_of_thought|><|begin_of_solution|> x <|end_of_solution|>",
    ],
)
def test_thinking_is_split_off(content: str) -> None:
    options = {"split_thinking": True}
    [text] = trained(reply(content=content), options, template="bundled:chatml-thinking")
    assert text == f"<think>\nhm\n</think>\n\nx{END}"
    named = {"split_thinking": True, "template_thinking_key": "thoughts"}
    template = STRICT.replace("message.content }}", "message.content + (message.thoughts or '') }}")
    assert trained(reply(content=content), named, template=template) == [f"xhm{END}"]


def test_thinking_under_another_name() -> None:
    messages = reply(content="x", thoughts="hm")
    assert trained(messages, template="bundled:chatml-thinking") == [f"x{END}"]
    [text] = trained(messages, {"field_thinking": "thoughts"}, template="bundled:chatml-thinking")
    assert text.endswith(f"hm\n</think>\n\nx{END}")


def test_the_legacy_path() -> None:
    options: dict[str, Any] = {"roles_to_train": [], "train_on_eos": None}
    assert trained(CHAT, options) == [f"{SECOND}\n"]
    whole = axolotl(CHAT, options | {"train_on_inputs": True})
    assert trained_texts(whole) == [spelt(whole)]


def test_the_legacy_path_keeps_the_prompt_where_it_is_no_prefix() -> None:
    template = (
        "{% for message in messages %}<|im_start|>{{ message.content }}<|im_end|>{% endfor %}"
        "{% if add_generation_prompt %}<|im_start|>think:{% endif %}"
    )
    options: dict[str, Any] = {"roles_to_train": None, "train_on_eos": None}
    analysis = axolotl(PANCAKES, options, template=template)
    prompt = f"<|im_start|>{PANCAKES[0]['content']}<|im_end|><|im_start|>think:"
    assert spelt(analysis).startswith(prompt)
    assert spelt(analysis).endswith("one takes a pan<|im_end|>")
    assert trained_texts(analysis) == [spelt(analysis)[len(prompt) :]]
    assert axolotl(CHAT[:1], options).outcome.kind == "error"


@pytest.mark.parametrize(
    ("options", "kind"),
    [
        ({"sequence_len": 20}, "dropped"),
        ({"sequence_len": 20, "excess_length_strategy": "raise"}, "error"),
        ({"sequence_len": 20, "excess_length_strategy": "truncate", "roles_to_train": ["tool"]}, "dropped"),
        ({"min_sample_len": 1000}, "dropped"),
        ({"min_sample_len": 1000, "excess_length_strategy": "truncate"}, "dropped"),
    ],
)
def test_long_and_short_rows(options: dict[str, Any], kind: str) -> None:
    assert axolotl(options=options).outcome.kind == kind


def test_truncation() -> None:
    whole = axolotl()
    cut = axolotl(options={"sequence_len": 25, "excess_length_strategy": "truncate"})
    assert cut.statistics["tokens"] == 25
    assert cut.examples[0].example.labels.tolist() == whole.examples[0].example.labels.tolist()[:25]


@pytest.mark.parametrize(
    "options", [{"roles": {"user": "x"}}, {"roles": [1]}, {"message_property_mappings": "[1]"}]
)
def test_mappings_are_checked(options: dict[str, Any]) -> None:
    with pytest.raises(OptionError):
        axolotl(options=options)


def test_the_columns_that_were_read_already_change_nothing() -> None:
    assert trained(options={"field_messages": "x", "field_tools": "y"}) == [FIRST, SECOND]


def test_every_reason_names_what_decided() -> None:
    analysis = axolotl(options={"train_on_eos": "last"})
    used = {analysis.reason_table[row].sentence for row in analysis.examples[0].example.reasons.tolist()}
    assert "Masked: turn 1 (user): its role is not in `roles_to_train`." in used
    assert (
        "Trained: turn 2 (assistant): words that the template takes from the turn; its role is in "
        "`roles_to_train`." in used
    )
    assert "Trained: the last end of a turn that was found; `train_on_eos: last`." in used
    assert (
        "Masked: turn 2 (assistant): the token that ends the turn, within 3 tokens after its words; "
        "`train_on_eos: last`." in used
    )
