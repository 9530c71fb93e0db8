"""What LLaMA-Factory writes, trains, cuts and drops; labels that differ from the ids."""

from __future__ import annotations

import json
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import lossmask
import pytest
from lossmask.core.analysis import Analysis
from lossmask.core.provenance import Origin
from lossmask.settings import Settings

from tests.labels import PANCAKES, analysed, trained_texts

TWO_TURNS = (
    *PANCAKES,
    {"role": "user", "content": "how long?"},
    {"role": "assistant", "content": "a while"},
)
PAN = "to bake pancakes, one takes a pan"
ASK = PANCAKES[0]["content"]
EMPTY = "<think>\n\n</think>\n\n"
TOOLS = [
    {
        "type": "function",
        "function": {
            "name": "weigh",
            "description": "Weighs flour.",
            "parameters": {"type": "object", "properties": {"cups": {"type": "integer"}}},
        },
    }
]
CALL = {"type": "function", "function": {"name": "weigh", "arguments": {"cups": 2}}}
CALLING = (
    {"role": "user", "content": "how heavy?"},
    {"role": "assistant", "content": "", "tool_calls": [CALL]},
    {"role": "tool", "content": "250 g"},
    {"role": "assistant", "content": "250 grams"},
)


def factory(
    messages: Sequence[dict[str, Any]] = TWO_TURNS, template: str = "qwen3_nothink", **rest: Any
) -> Analysis:
    tools = rest.pop("tools", None)
    options = {"template": template, **rest}
    return analysed(messages, strategy="llama-factory", options=options, tools=tools)


def text_of(analysis: Analysis) -> str:
    assert analysis.outcome.kind == "ok", analysis.outcome.reason
    return analysis.examples[0].example.rendering.text


def test_a_reply_is_trained_with_its_end_and_newline() -> None:
    analysis = factory()
    assert trained_texts(analysis) == [f"{PAN}<|im_end|>\n", "a while<|im_end|>\n"]
    assert text_of(analysis).startswith(f"<|im_start|>user\n{ASK}<|im_end|>\n<|im_start|>assistant\n{PAN}")


def test_every_character_of_the_format_names_it() -> None:
    rendering = factory().examples[0].example.rendering
    kinds = {origin.kind for origin in rendering.origins}
    assert kinds == {"message", "variable"}
    assert Origin("variable", name="LLaMA-Factory's format qwen3_nothink") in rendering.origins
    for start, end, row in rendering.runs():
        origin = rendering.origins[row]
        if origin.kind == "message" and origin.message is not None and origin.start is not None:
            content = TWO_TURNS[origin.message]["content"]
            assert content[origin.start :].startswith(rendering.text[start:end])


def test_prompt_and_reply_share_no_token() -> None:
    """The space that mistral writes before a reply is the reply's, and trained."""
    assert trained_texts(factory(PANCAKES, "mistral_small")) == [f"{PAN}<|im_end|>"]
    assert trained_texts(factory(PANCAKES, "mistral")) == [f" {PAN}<|im_end|>"]


def test_mask_history_trains_the_last_reply() -> None:
    assert trained_texts(factory(mask_history=True)) == ["a while<|im_end|>\n"]


def test_train_on_prompt_trains_everything() -> None:
    labels = factory(train_on_prompt=True).examples[0].example
    assert labels.labels.tolist() == labels.tokens.ids.tolist()


@pytest.mark.parametrize(
    ("template", "options"),
    [
        ("glm4", {"train_on_prompt": True}),
        ("qwen", {"train_on_prompt": True, "mask_history": True}),
        ("qwen9", {}),
    ],
)
def test_what_is_refused(template: str, options: dict[str, Any]) -> None:
    assert factory(PANCAKES, template, **options).outcome.kind == "error"


def test_a_format_that_is_not_covered_names_those_that_are() -> None:
    reason = str(factory(PANCAKES, "qwen9").outcome.reason)
    assert "qwen3_nothink" in reason
    assert "glm4_moe" in reason


def test_efficient_eos_labels_the_next_prompt_with_eos() -> None:
    example = factory(TWO_TURNS, "falcon").examples[0].example
    ids, labels = example.tokens.ids.tolist(), example.labels.tolist()
    [differs] = [place for place, label in enumerate(labels) if label not in (-100, ids[place])]
    assert example.rendering.text[example.tokens.offsets[differs, 0] :].startswith("User: how long?")
    assert labels[differs] == ids[-1] == labels[-1]
    assert "EOS as its label" in example.reason_table[example.reasons[differs]].sentence


def test_efficient_eos_leaks_under_mask_history() -> None:
    """Earlier prompts keep the label; the last pair, which is fitted first, has none."""
    messages = [*TWO_TURNS, {"role": "user", "content": "why?"}, {"role": "assistant", "content": "so"}]
    example = factory(messages, "falcon", mask_history=True).examples[0].example
    differs = [
        place
        for place, (label, number) in enumerate(zip(example.labels, example.tokens.ids, strict=True))
        if label not in (-100, number)
    ]
    assert len(differs) == 2
    assert differs[0] == 0


def test_an_empty_block_is_trained_unless_thinking_is_off() -> None:
    assert trained_texts(factory(PANCAKES, "qwen3")) == [f"{EMPTY}{PAN}<|im_end|>\n"]
    for choice in (False, None):
        analysis = factory(PANCAKES, "qwen3", enable_thinking=choice)
        assert trained_texts(analysis) == [f"{PAN}<|im_end|>\n"]
        assert f"{EMPTY}{PAN}" in text_of(analysis)


def test_glm_4_7_writes_the_closing_mark_alone() -> None:
    assert "<|assistant|></think>" in text_of(factory(PANCAKES, "glm4_7"))


def test_thinking_is_dropped_from_history_or_altogether() -> None:
    thought = "<think>\nhot?\n</think>\n\n"
    messages = (
        TWO_TURNS[0],
        {"role": "assistant", "content": thought + PAN},
        TWO_TURNS[2],
        {"role": "assistant", "content": thought + "a while"},
    )
    assert text_of(factory(messages, "qwen3")).count("hot?") == 2
    assert text_of(factory(messages, "qwen3", mask_history=True)).count("hot?") == 1
    kept = factory(messages, "qwen3", mask_history=True, preserve_thinking=True)
    assert text_of(kept).count("hot?") == 2
    assert "hot?" not in text_of(factory(messages, "qwen3", enable_thinking=False))


@pytest.mark.parametrize("formatting", ["sharegpt", "openai"])
@pytest.mark.parametrize(
    "messages",
    [
        (PANCAKES[0], PANCAKES[0], PANCAKES[1]),
        (*PANCAKES, PANCAKES[1]),
        PANCAKES[:1],
        ({"role": "system", "content": "be brief"},),
        (*PANCAKES, {"role": "system", "content": "be brief"}, PANCAKES[1]),
    ],
)
def test_rows_that_do_not_alternate_are_dropped(messages: Any, formatting: str) -> None:
    assert factory(messages, formatting=formatting).outcome.kind == "dropped"


def test_openai_changes_the_system_prompt() -> None:
    assert "system\ndetailed thinking off<|im_end|>" in text_of(factory(PANCAKES, formatting="openai"))
    system = {"role": "system", "content": "be brief"}
    written = text_of(factory((system, *PANCAKES), formatting="openai"))
    assert "system\nbe brief\ndetailed thinking off<|im_end|>" in written
    on = {"role": "system", "content": "detailed thinking on"}
    assert "detailed thinking on<|im_end|>" in text_of(factory((on, *PANCAKES), formatting="openai"))
    assert "detailed" not in text_of(factory(PANCAKES))


def test_openai_merges_results_that_follow_each_other() -> None:
    messages = (*CALLING[:3], {"role": "tool", "content": "or so"}, CALLING[3])
    assert factory(messages, tools=TOOLS).outcome.kind == "dropped"
    written = text_of(factory(messages, tools=TOOLS, formatting="openai"))
    assert "250 g\n</tool_response>\n<tool_response>\nor so\n</tool_response>" in written


def test_default_system_prompts() -> None:
    assert "You are Qwen" in text_of(factory(PANCAKES, "qwen"))
    assert "<|im_start|>system\nbake<|im_end|>" in text_of(factory(PANCAKES, "qwen", default_system="bake"))


@pytest.mark.parametrize(
    ("template", "call"),
    [
        ("qwen", '<tool_call>\n{"name": "weigh", "arguments": {"cups": 2}}\n</tool_call><|im_end|>\n'),
        ("llama3", '{"name": "weigh", "parameters": {"cups": 2}}<|eot_id|>'),
        ("mistral", '[TOOL_CALLS] [{"name": "weigh", "arguments": {"cups": 2}}]<|im_end|>'),
        ("chatml", 'Action: weigh\nAction Input: {"cups": 2}<|im_end|>\n'),
        ("glm4", 'weigh\n{"cups": 2}'),
        ("glm4_moe", "<arg_key>cups</arg_key>\n<arg_value>2</arg_value>"),
    ],
)
def test_calls_are_written_in_the_tool_format(template: str, call: str) -> None:
    analysis = factory(CALLING, template, tools=TOOLS)
    assert call in trained_texts(analysis)[0]
    assert "Weighs flour." in text_of(analysis)
    rendering = analysis.examples[0].example.rendering
    assert any(origin.kind == "derived" and origin.field == "tool_calls" for origin in rendering.origins)
    assert any(origin.kind == "argument" and origin.name == "tools" for origin in rendering.origins)


def test_a_call_beside_words() -> None:
    call = json.dumps({"name": "weigh", "arguments": {"cups": 2}})
    words = {"role": "function_call", "content": f"let me see<tool_call>{call}</tool_call>"}
    analysis = factory((CALLING[0], words), "qwen", tools=TOOLS)
    assert trained_texts(analysis)[0].startswith('let me see<tool_call>\n{"name"')


def test_calls_that_are_no_json_are_an_error() -> None:
    messages = (CALLING[0], {"role": "function_call", "content": "weigh it"})
    assert factory(messages, "qwen", tools=TOOLS).outcome.kind == "error"


def test_llama3_writes_the_date_beside_tools() -> None:
    assert "Today Date: 23 Nov 2026" in text_of(factory(CALLING, "llama3", tools=TOOLS))


def test_the_system_prompt_inside_the_first_question() -> None:
    system = {"role": "system", "content": "be brief"}
    assert f"[INST] be brief\n\n{ASK}[/INST]" in text_of(factory((system, *PANCAKES), "mistral"))
    assert f"[INST] <<SYS>>\nbe brief\n<</SYS>>\n\n{ASK} [/INST]" in text_of(
        factory((system, *PANCAKES), "llama2")
    )


def test_a_pair_that_does_not_fit_is_cut_in_proportion_and_later_ones_go() -> None:
    whole = factory().examples[0].example
    cut = factory(cutoff_len=16).examples[0].example
    assert len(cut.tokens) <= 16
    assert cut.cut_tokens == len(whole.tokens) - len(cut.tokens)
    assert "how long?" not in cut.rendering.text
    assert (cut.labels >= 0).any()
    assert (cut.labels < 0).any()


def test_mask_history_cuts_the_first_pair() -> None:
    cut = factory(cutoff_len=16, mask_history=True).examples[0].example
    assert "a while" in cut.rendering.text


def test_without_a_name_the_format_is_parsed_out_of_the_chat_template() -> None:
    options = {"template": None}
    parsed = analysed(TWO_TURNS, strategy="llama-factory", options=options, chat_template="bundled:chatml")
    assert text_of(parsed) == text_of(factory(TWO_TURNS, "yi"))
    assert trained_texts(parsed) == trained_texts(factory(TWO_TURNS, "yi"))


def test_without_a_chat_template_to_parse_nothing_is_written_around_words(tmp_path: Path) -> None:
    shutil.copytree(Path(lossmask.__file__).parent / "tokenization" / "bundled", tmp_path / "none")
    settings = Settings({"LOSSMASK_TOKENIZERS": str(tmp_path)})
    written = analysed(strategy="llama-factory", tokenizer="local:none", settings=settings)
    assert text_of(written) == ASK + PAN
    assert trained_texts(written) == [PAN]


def test_a_template_that_leaves_content_out_cannot_be_parsed() -> None:
    outcome = analysed(strategy="llama-factory", chat_template="{{ messages | length }}").outcome
    assert outcome.kind == "error"
    assert "no content" in str(outcome.reason)


@pytest.mark.parametrize("content", [None, [{"type": "text", "text": "hi"}]])
def test_content_that_is_no_text_is_an_error(content: Any) -> None:
    assert factory(({"role": "user", "content": content}, PANCAKES[1])).outcome.kind == "error"
