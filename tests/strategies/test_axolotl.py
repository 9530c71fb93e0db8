"""What Axolotl's rule trains, on the bundled tokenizer and templates that show one thing each."""

from __future__ import annotations

from typing import Any

import pytest
from lossmask.errors import OptionError

from tests.labels import PANCAKES, trained_texts
from tests.strategies.axolotl import (
    CHAT,
    END,
    FIRST,
    QUESTION,
    SECOND,
    SYSTEM,
    axolotl,
    reply,
    spelt,
    trained,
)


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


def test_a_field_of_the_message_decides() -> None:
    messages = [dict(message) for message in CHAT]
    messages[0]["learn"], messages[1]["learn"] = True, False
    assert trained(messages) == [FIRST, SECOND]
    expected = [PANCAKES[0]["content"] + END, SECOND]
    assert trained(messages, {"message_field_training": "learn"}) == expected


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
