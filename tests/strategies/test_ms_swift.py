"""What ms-swift writes, weighs, cuts and refuses; and the boundaries that a weight makes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest
from lossmask.core.analysis import Analysis
from lossmask.core.provenance import Origin

from tests.labels import PANCAKES, analysed, trained_texts

TWO_TURNS = (
    *PANCAKES,
    {"role": "user", "content": "how long?"},
    {"role": "assistant", "content": "a while"},
)
PAN = "to bake pancakes, one takes a pan"
ASK = PANCAKES[0]["content"]
EMPTY = "<think>\n\n</think>\n\n"
BARE = "qwen3_nothinking"
TOOLS = [{"type": "function", "function": {"name": "weigh", "description": "Weighs flour."}}]
CALL = {"id": "a", "type": "function", "function": {"name": "weigh", "arguments": {"cups": 2}}}
CALLING = (
    {"role": "user", "content": "how heavy?"},
    {"role": "assistant", "content": "", "tool_calls": [CALL]},
    {"role": "tool", "content": "250 g", "tool_call_id": "a"},
    {"role": "assistant", "content": "250 grams"},
)
WRITTEN_CALL = '<tool_call>\n{"name": "weigh", "arguments": {"cups": 2}}\n</tool_call>'


def swift(messages: Sequence[dict[str, Any]] = TWO_TURNS, template: str = BARE, **rest: Any) -> Analysis:
    fields = {key: rest.pop(key) for key in ("tools", "chat_template") if key in rest}
    return analysed(messages, strategy="ms-swift", options={"template": template, **rest}, **fields)


def text_of(analysis: Analysis) -> str:
    assert analysis.outcome.kind == "ok", analysis.outcome.reason
    return analysis.examples[0].example.rendering.text


def weights_of(analysis: Analysis) -> dict[str, float]:
    """The weight of each text of one weight, of those above 0; the last where one is there twice."""
    row = analysis.examples[0].example
    found: dict[str, float] = {}
    text, before = "", 0.0
    for weight, (start, end) in zip(row.weights.tolist(), row.tokens.offsets.tolist(), strict=True):
        if weight != before and before:
            found[text] = before
        text = row.rendering.text[start:end] if weight != before else text + row.rendering.text[start:end]
        before = weight
    return {**found, text: before} if before else found


def test_replies_are_trained_with_their_ends() -> None:
    analysis = swift()
    assert trained_texts(analysis) == [f"{PAN}<|im_end|>\n", "a while<|im_end|>\n"]
    sentences = [reason.sentence for reason in analysis.reason_table]
    assert any("the end of an earlier turn" in sentence for sentence in sentences)


def test_the_format_names_its_characters() -> None:
    rendering = swift().examples[0].example.rendering
    assert {origin.kind for origin in rendering.origins} == {"message", "variable"}
    assert Origin("variable", name=f"ms-swift's format {BARE}") in rendering.origins
    for start, end, row in rendering.runs():
        origin = rendering.origins[row]
        if origin.kind == "message" and origin.message is not None and origin.start is not None:
            content = TWO_TURNS[origin.message]["content"]
            assert content[origin.start :].startswith(rendering.text[start:end])


def test_every_token_is_in_the_turn_it_stands_in() -> None:
    analysis = swift().examples[0]
    row = analysis.example
    by_message = {
        number: "".join(
            row.rendering.text[start:end]
            for (start, end), message in zip(row.tokens.offsets.tolist(), analysis.messages, strict=True)
            if message == number
        )
        for number in range(2)
    }
    assert by_message[0] == f"<|im_start|>user\n{ASK}<|im_end|>\n"
    assert by_message[1] == f"<|im_start|>assistant\n{PAN}<|im_end|>\n"


def test_an_empty_reply_keeps_its_end_masked() -> None:
    messages = (PANCAKES[0], {"role": "assistant", "content": ""}, *TWO_TURNS[2:])
    assert trained_texts(swift(messages)) == ["a while<|im_end|>\n"]


def test_replies_that_follow_each_other_are_glued() -> None:
    messages = (*PANCAKES, {"role": "assistant", "content": "cake"})
    assert trained_texts(swift(messages)) == [f"{PAN}cake<|im_end|>\n"]
    row = swift(messages).examples[0].example
    assert "pancake" in "".join(row.tokens.pieces)


def test_a_message_may_carry_its_own_loss() -> None:
    silent = ({**TWO_TURNS[0]}, {**TWO_TURNS[1], "loss": False}, *TWO_TURNS[2:])
    assert trained_texts(swift(silent)) == ["a while<|im_end|>\n"]
    asked = (*TWO_TURNS[:1], {**TWO_TURNS[1], "loss": True}, *TWO_TURNS[2:])
    assert len(trained_texts(swift(asked, loss_scale="last_round"))) == 2


def test_a_message_may_carry_its_own_weight() -> None:
    heavy = (PANCAKES[0], {**PANCAKES[1], "loss_scale": 0.5})
    assert weights_of(swift(heavy, loss_scale="react"))[PAN] == 0.5
    # Where the scale knows 0 and 1 only, ms-swift keeps no weights.
    assert weights_of(swift(heavy)) == {f"{PAN}<|im_end|>\n": 1.0}


@pytest.mark.parametrize(
    ("scale", "expected"),
    [
        ("default", [f"{PAN}<|im_end|>\n", "a while<|im_end|>\n"]),
        ("last_round", ["a while<|im_end|>\n"]),
    ],
)
def test_bases(scale: str, expected: list[str]) -> None:
    assert trained_texts(swift(loss_scale=scale)) == expected


def test_all_trains_everything_but_the_first_token() -> None:
    row = swift(loss_scale="all").examples[0].example
    assert row.labels.tolist() == [-100, *row.tokens.ids.tolist()[1:]]
    assert row.weights[0] == 0


def test_calls_weigh_double_with_hermes() -> None:
    weights = weights_of(swift(CALLING, tools=TOOLS, loss_scale="hermes"))
    assert weights[WRITTEN_CALL] == 2.0
    assert weights["250 grams<|im_end|>\n"] == 1.0


def test_actions_weigh_double_with_react() -> None:
    words = "Thought: flour\nAction: weigh\nAction Input: 2\nObservation: 250 g"
    weights = weights_of(swift((PANCAKES[0], {"role": "assistant", "content": words}), loss_scale="react"))
    assert weights["Action: weigh\nAction Input: 2\nObservation:"] == 2.0
    assert "250" not in "".join(weights)


def test_a_weight_is_a_boundary_between_tokens() -> None:
    """The line break before a call joins the words before it, unless the call weighs otherwise."""
    messages = (PANCAKES[0], {"role": "assistant", "content": f"{EMPTY}so"})
    plain = swift(messages).examples[0].example
    split = swift(messages, loss_scale="ignore_think_prefix").examples[0].example
    assert plain.rendering.text == split.rendering.text
    assert plain.tokens.ids.tolist() != split.tokens.ids.tolist()
    assert trained_texts(swift(messages, loss_scale="ignore_empty_think")) == ["so<|im_end|>\n"]


def test_hybrid_formats_add_an_empty_block() -> None:
    assert trained_texts(swift(PANCAKES, "qwen3")) == [f"{EMPTY}{PAN}<|im_end|>\n"]
    assert trained_texts(swift(PANCAKES, "qwen3", add_non_thinking_prefix=False)) == [f"{PAN}<|im_end|>\n"]


def test_last_round_drops_earlier_thinking() -> None:
    thought = "<think>\nhot?\n</think>\n\n"
    messages = (
        TWO_TURNS[0],
        {"role": "assistant", "content": thought + PAN},
        TWO_TURNS[2],
        {"role": "assistant", "content": thought + "a while"},
    )
    assert text_of(swift(messages, "qwen3")).count("hot?") == 2
    assert text_of(swift(messages, "qwen3", loss_scale="last_round")).count("hot?") == 1
    kept = swift(messages, "qwen3", loss_scale="last_round", preserve_thinking=True)
    assert text_of(kept).count("hot?") == 2


def test_a_question_at_the_end_is_answered_by_an_opening() -> None:
    assert text_of(swift(TWO_TURNS[:3])).endswith("<|im_start|>assistant\n")
    assert text_of(swift(TWO_TURNS[:3], "qwen3")).endswith(EMPTY)
    assert text_of(swift(TWO_TURNS[:3], "qwen3", enable_thinking=True)).endswith("assistant\n")


def test_a_reply_that_ends_itself_gets_no_other_end() -> None:
    closed = (PANCAKES[0], {"role": "assistant", "content": "so<|im_end|>"})
    assert text_of(swift(closed)).endswith("so<|im_end|>")


def test_a_long_row() -> None:
    whole = swift().examples[0].example
    assert swift(max_length=10).outcome.kind == "dropped"
    assert swift(max_length=10, truncation_strategy="raise").outcome.kind == "error"
    right = swift(max_length=10, truncation_strategy="right").examples[0].example
    assert right.tokens.ids.tolist() == whole.tokens.ids.tolist()[:10]
    left = swift(max_length=10, truncation_strategy="left").examples[0].example
    assert left.tokens.ids.tolist() == whole.tokens.ids.tolist()[-10:]
    assert left.cut_tokens == len(whole.tokens) - 10
    assert left.labels[0] == -100


def test_a_long_row_split() -> None:
    whole = swift().examples[0].example
    parts = [one.example for one in swift(max_length=7, truncation_strategy="split").examples]
    assert [number for part in parts for number in part.tokens.ids.tolist()] == whole.tokens.ids.tolist()
    assert len(parts) > 1
    assert all(part.labels[0] == -100 for part in parts)


@pytest.mark.parametrize(
    ("messages", "template", "options", "says"),
    [
        (PANCAKES, "qwen9", {}, "qwen3_nothinking"),
        (PANCAKES, None, {}, "none is known here"),
        (PANCAKES, BARE, {"loss_scale": "heavy"}, "agentflan"),
        (({"role": "system", "content": "be brief"},), BARE, {}, "beside the system prompt"),
        ((*PANCAKES, {"role": "system", "content": "be brief"}, PANCAKES[1]), BARE, {}, "'system'"),
        (CALLING, "phi3", {"tools": TOOLS}, "agent_template"),
        (CALLING, "glm4_5", {"tools": TOOLS}, "not covered"),
        ((CALLING[0], CALLING[2]), "llama3", {"tools": TOOLS}, "follows no reply"),
        (CALLING, "dummy", {"tools": TOOLS, "agent_template": "hermes"}, "one round"),
        (PANCAKES, "dummy", {"tools": TOOLS, "agent_template": "hermes"}, "no place"),
        (({"role": "system", "content": "be brief"}, *PANCAKES), "dummy", {}, "no system prompt"),
    ],
)
def test_what_is_refused(messages: Any, template: str, options: dict[str, Any], says: str) -> None:
    outcome = swift(messages, template, **options).outcome
    assert outcome.kind == "error"
    assert says in str(outcome.reason)


def test_tools_in_the_system_prompt_and_results_in_a_question() -> None:
    written = text_of(swift(CALLING, tools=TOOLS))
    assert "<tools>\n" in written
    assert f"assistant\n{WRITTEN_CALL}<|im_end|>\n<|im_start|>user\n<tool_response>\n250 g\n" in written
    origins = swift(CALLING, tools=TOOLS).examples[0].example.rendering.origins
    assert any(origin.kind == "derived" and origin.field == "tool_calls" for origin in origins)
    assert any(origin.kind == "argument" and origin.name == "tools" for origin in origins)


def test_llama3_puts_tools_before_the_question() -> None:
    written = text_of(swift(CALLING, "llama3", tools=TOOLS))
    assert "\n\nhow heavy?<|eot_id|>" in written
    assert '{"name": "weigh", "parameters": {"cups": 2}}<|eot_id|>' in written
    assert "<|start_header_id|>tool<|end_header_id|>\n\n250 g<|eot_id|>" in written


def test_results_are_sorted_into_the_order_of_their_calls() -> None:
    calls = [CALL, {**CALL, "id": "b"}]
    results = [{"role": "tool", "content": text, "tool_call_id": text} for text in ("b", "a")]
    messages = (CALLING[0], {**CALLING[1], "tool_calls": calls}, *results, CALLING[3])
    written = text_of(swift(messages, tools=TOOLS))
    assert written.index("<tool_response>\na") < written.index("<tool_response>\nb")


def test_a_call_in_words_gets_its_observation() -> None:
    words = {"role": "assistant", "content": "Action: weigh\nAction Input: 2"}
    written = text_of(swift((CALLING[0], words, *CALLING[2:]), tools=TOOLS))
    assert "Action Input: 2\nObservation:250 g\n250 grams" in written


def test_llama_3_2_writes_the_date() -> None:
    assert "Today Date: 23 Nov 2026\n\n<|eot_id|>" in text_of(swift(PANCAKES, "llama3_2"))


def test_the_tokenizers_own_bos_is_put_before_the_row() -> None:
    assert swift(PANCAKES, "phi4").examples[0].example.tokens.pieces[0] in (
        "<|begin_of_text|>",
        "<|im_start|>",
    )


def test_only_the_last_round_where_a_format_has_one() -> None:
    assert "pancakes" not in text_of(swift(TWO_TURNS, "dummy"))


def test_the_backend_jinja_masks_nothing() -> None:
    analysis = swift(template_backend="jinja", chat_template="bundled:chatml")
    row = analysis.examples[0].example
    assert row.labels.tolist() == [-100, *row.tokens.ids.tolist()[1:]]
    assert any(origin.kind == "template" for origin in row.rendering.origins)


def test_a_template_that_refuses_is_an_error_under_jinja() -> None:
    refusing = "{{ raise_exception('no') }}"
    assert swift(template_backend="jinja", chat_template=refusing).outcome.kind == "error"
    assert swift(chat_template=refusing).outcome.kind == "ok"


def test_glm_strips_the_line_break_where_no_reply_follows() -> None:
    assert "<|assistant|>\nto bake" in text_of(swift(PANCAKES, "glm4"))
    assert text_of(swift(TWO_TURNS[:3], "glm4")).endswith("how long?<|assistant|>")
