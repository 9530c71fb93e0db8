"""What torchtune's tokenizers write, what its masking trains, and the conversations that it refuses."""

from __future__ import annotations

import json
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import lossmask
import pytest
from lossmask.core.analysis import Analysis
from lossmask.settings import Settings

from tests.labels import PANCAKES, analysed, trained_texts

PAN = "to bake pancakes, one takes a pan"
ASK = PANCAKES[0]["content"]
TWO_TURNS = (
    {"role": "system", "content": "be brief"},
    *PANCAKES,
    {"role": "user", "content": "how long?"},
    {"role": "assistant", "content": "a while"},
)
LLAMA3, QWEN, ANY = "Llama3Tokenizer", "Qwen2_5Tokenizer", "HuggingFaceModelTokenizer"
PLAIN = (
    "{% for m in messages %}{{ '<|im_start|>' + m.role + '\n' + m.content + '<|im_end|>' }}{% endfor %}"
    "{% if add_generation_prompt %}{{ '<|im_start|>assistant\n' }}{% endif %}"
)


def row(
    messages: Sequence[dict[str, Any]] = TWO_TURNS, name: str = ANY, template: str = PLAIN, **options: Any
) -> Analysis:
    chosen = {"tokenizer_class": name, **options}
    return analysed(messages, strategy="torchtune", options=chosen, chat_template=template)


def text(analysis: Analysis) -> str:
    return analysis.examples[0].example.rendering.text


def pieces(analysis: Analysis) -> list[str]:
    return list(analysis.examples[0].example.tokens.pieces)


def refusal(analysis: Analysis) -> tuple[str, str]:
    return analysis.outcome.kind, str(analysis.outcome.reason)


def test_llama3_trains_replies_with_header_and_end() -> None:
    analysis = row(name=LLAMA3)
    header = "<|start_header_id|>assistant<|end_header_id|>\n\n"
    assert trained_texts(analysis) == [f"{header}{PAN}<|eot_id|>", f"{header}a while<|eot_id|>"]
    assert text(analysis).startswith(
        "<|begin_of_text|><|start_header_id|>system<|end_header_id|>\n\nbe brief"
    )
    assert text(analysis).endswith("<|eot_id|><|end_of_text|>")


def test_llama3_strips_words_in_which_nothing_is_special() -> None:
    messages = ({"role": "user", "content": "  what is <|eot_id|>? "}, PANCAKES[1])
    analysis = row(messages, LLAMA3)
    assert "\n\nwhat is <|eot_id|>?<|eot_id|>" in text(analysis)
    assert pieces(analysis).count("<|eot_id|>") == 2


def test_qwen_ends_the_last_reply_with_eos() -> None:
    analysis = row(name=QWEN)
    opening = "<|im_start|>assistant\n"
    assert trained_texts(analysis) == [f"{opening}{PAN}<|im_end|>\n", f"{opening}a while<|im_end|>"]
    assert text(row(TWO_TURNS[:4], QWEN)).endswith("how long?<|im_end|>\n<|im_end|>")


def test_train_on_input_trains_every_message() -> None:
    for name, bare in ((LLAMA3, "<|begin_of_text|>"), (QWEN, "")):
        [whole] = trained_texts(row(name=name, train_on_input=True))
        assert f"{bare}{whole}" == text(row(name=name)).removesuffix("<|end_of_text|>")


@pytest.mark.parametrize("name", [LLAMA3, QWEN])
def test_a_length_masks_the_last_token_also_of_a_short_row(name: str) -> None:
    whole, given = row(name=name).examples[0].example, row(name=name, max_seq_len=500).examples[0].example
    assert given.tokens.ids.tolist() == whole.tokens.ids.tolist()
    assert given.labels[-1] == -100
    cut = row(name=name, max_seq_len=9)
    ids = cut.examples[0].example.tokens.ids.tolist()
    assert ids == [*whole.tokens.ids.tolist()[:8], int(whole.tokens.ids[-1])]
    assert cut.examples[0].example.cut_tokens == len(whole.tokens) - 9


@pytest.mark.parametrize("name", [LLAMA3, QWEN])
def test_without_eos_the_row_stays_open(name: str) -> None:
    assert text(row(name=name, add_eos=False)).endswith("a while")
    cut = row(name=name, add_eos=False, max_seq_len=9).examples[0].example
    assert cut.tokens.ids.tolist() == row(name=name).examples[0].example.tokens.ids.tolist()[:9]


def test_qwen_wraps_results_of_the_role_ipython() -> None:
    results = [{"role": "ipython", "content": said} for said in ("21", "22")]
    analysis = row((*PANCAKES, *results), QWEN)
    wrapped = "".join(f"\n<tool_response>\n{said}\n</tool_response>" for said in ("21", "22"))
    assert text(analysis).endswith(f"<|im_start|>user{wrapped}<|im_end|>\n<|im_end|>")


def test_a_generation_prompt_trains_with_the_last_reply() -> None:
    analysis = row()
    assert trained_texts(analysis) == [
        f"<|im_start|>assistant\n{PAN}<|im_end|>",
        "<|im_start|>assistant\na while<|im_end|><|im_start|>assistant\n",
    ]
    assert pieces(analysis)[0] == "<|begin_of_text|>"


def test_without_eos_the_last_token_gives_way_to_it() -> None:
    template = PLAIN.replace("<|im_end|>", ";")
    analysis = row(template=template, add_eos=False)
    assert text(analysis).endswith("a while;")
    assert pieces(analysis)[-1] == "<|im_end|>"
    last = analysis.examples[0].example
    assert last.labels[-1] == last.tokens.ids[-1]
    assert "in place of" in last.reason_table[int(last.reasons[-1])].sentence


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"masking_strategy": "train_on_last"}, ["a while"]),
        ({"masking_strategy": "train_on_all"}, [ASK, PAN, "how long?", "a while"]),
        ({"masking_strategy": "train_on_last", "train_on_input": False}, [PAN, "a while"]),
        ({"masking_strategy": "train_on_last", "train_on_input": True}, [ASK, PAN, "how long?", "a while"]),
    ],
)
def test_masking_strategies_never_train_the_system(options: dict[str, Any], words: list[str]) -> None:
    template = "{% for m in messages %}{{ m.content }}<|im_end|>{% endfor %}"
    trained = "".join(trained_texts(row(template=template, **options)))
    assert trained.split("<|im_end|>")[:-1] == words


def test_a_template_that_writes_earlier_messages_otherwise_shifts_the_row() -> None:
    """Each rendering gives the tokens beyond the count of the one before, whatever these were."""
    template = "{% for m in messages %}{{ m.content }}{% endfor %}{{ ' and a good day to you' }}"
    analysis = row(PANCAKES, template=template)
    assert text(analysis).count("and a good day") == 2
    assert not text(analysis).startswith(f"{ASK}{PAN}")


def test_the_template_is_jinjas_own() -> None:
    """White space around blocks stays, nothing undefined is taken for empty, there is no date."""
    spaced = "{% for m in messages %}\n  {% if true %}{{ m.content }}{% endif %}\n{% endfor %}"
    assert text(row(PANCAKES, template=spaced)).startswith(f"<|begin_of_text|>\n  {ASK}\n")
    dated = "{{ 'dated' if strftime_now is defined else 'none' }}" + PLAIN
    assert text(row(PANCAKES, template=dated)).startswith("<|begin_of_text|>none<|im_start|>")
    for template in ("{% if tools %}{% endif %}" + PLAIN, "{% generation %}{% endgeneration %}"):
        kind, reason = refusal(row(PANCAKES, template=template))
        assert (kind, "Jinja alone" in reason) == ("error", True)
    configured = "{{ bos_token }}{{ tokenizer_class }}" + PLAIN
    assert pieces(row(PANCAKES, template=configured)).count("<|begin_of_text|>") == 1


def test_a_tokenizer_without_bos_is_refused(tmp_path: Path) -> None:
    shutil.copytree(Path(lossmask.__file__).parent / "tokenization" / "bundled", tmp_path / "bare")
    path = tmp_path / "bare" / "tokenizer_config.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), "bos_token": None}))
    analysis = analysed(
        PANCAKES,
        strategy="torchtune",
        tokenizer="local:bare",
        chat_template=PLAIN,
        settings=Settings({"LOSSMASK_TOKENIZERS": str(tmp_path)}),
    )
    kind, reason = refusal(analysis)
    assert (kind, "bos_token" in reason) == ("error", True)


def test_only_the_first_part_of_a_content_reaches_a_template() -> None:
    parts = [{"type": "text", "text": "one"}, {"type": "text", "text": "two"}]
    messages = ({"role": "user", "content": parts}, PANCAKES[1])
    analysis = row(messages)
    assert "user\none<|im_end|>" in text(analysis)
    paths = {origin.path for origin in analysis.examples[0].example.rendering.origins if origin.message == 0}
    assert (0, "text") in paths
    assert "user\nonetwo<|im_end|>" in text(row(messages, QWEN))
    assert refusal(row(({"role": "user", "content": [{"type": "image_url"}]}, PANCAKES[1])))[0] == "error"
    assert refusal(row(({"role": "user", "content": []}, PANCAKES[1])))[0] == "error"


def test_a_message_without_content_repeats_the_one_before() -> None:
    messages = (PANCAKES[0], {"role": "assistant", "content": None})
    assert text(row(messages)).count(ASK) == 2
    assert refusal(row(({"role": "user", "content": None}, PANCAKES[1])))[0] == "error"


@pytest.mark.parametrize("name", [LLAMA3, QWEN, ANY])
@pytest.mark.parametrize(
    ("messages", "why"),
    [
        (PANCAKES[:1], "2 messages or more"),
        ((PANCAKES[0], *PANCAKES), "after a user's"),
        ((*PANCAKES, PANCAKES[1]), "follows no user"),
        (PANCAKES[1:] + PANCAKES, "follows no user"),
        ((*PANCAKES, TWO_TURNS[0]), "not the first"),
        ((*PANCAKES, {"role": "tool", "content": "21"}, PANCAKES[1]), "which torchtune refuses"),
    ],
)
def test_what_torchtune_refuses(name: str, messages: Sequence[dict[str, Any]], why: str) -> None:
    kind, reason = refusal(row(messages, name))
    assert (kind, why in reason) == ("error", True)


def test_a_last_result_passes_in_one_release_alone() -> None:
    messages = (*PANCAKES, {"role": "tool", "content": "21"})
    assert row(messages, LLAMA3).outcome.kind == "ok"
    kind, reason = refusal(row(messages))
    assert (kind, "marked as a tool call" in reason) == ("error", True)


def test_what_is_not_covered_is_named() -> None:
    kind, reason = refusal(row(name="GemmaTokenizer"))
    assert (kind, "Qwen2_5Tokenizer" in reason) == ("error", True)
