from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from lossmask.core.example import MASKED
from lossmask.core.losses import Losses
from lossmask.core.request import LossSource
from lossmask.errors import LossesError
from lossmask.losses.paste import losses_of_paste
from lossmask.losses.source import losses_for
from lossmask.settings import Settings

from tests.factory import CHAT, Word, analysis
from tests.losses.fake_server import FakeServer

NAN = float("nan")
ANALYSIS = analysis()
"""Nine tokens, of which 6, 7 and 8 train."""
EXAMPLE = ANALYSIS.examples[0].example
IDS = EXAMPLE.tokens.ids.tolist()
TEXTS = [word.text for word in CHAT]
TRAINED = [NAN] * 6 + [0.5, 1.5, 2.5]
ALL = [NAN, 3.0, 4.0, 5.0, 6.0, 7.0, 0.5, 1.5, 2.5]


def pasted(value: object, words: Sequence[Word] = CHAT, **options: str) -> list[float]:
    (found,) = losses_of_paste(value, analysis(words), options)
    return found.cross_entropy.tolist()


def refusal(value: object, words: Sequence[Word] = CHAT, **options: str) -> LossesError:
    with pytest.raises(LossesError) as caught:
        losses_of_paste(value, analysis(words), options)
    return caught.value


def check(found: Sequence[float], expected: Sequence[float]) -> None:
    np.testing.assert_array_equal(found, expected)


def test_one_value_for_each_token() -> None:
    check(pasted([None, *ALL[1:]]), ALL)


def test_log_probabilities_are_losses_with_another_sign() -> None:
    check(pasted([None, *(-value for value in ALL[1:])]), ALL)


def test_one_value_for_each_token_but_the_first() -> None:
    check(pasted(ALL[1:]), ALL)


def test_one_value_for_each_trained_token() -> None:
    check(pasted([0.5, 1.5, 2.5]), TRAINED)
    check(pasted("tensor([0.5, 1.5, 2.5], device='cuda:0')"), TRAINED)


def test_a_blank_last_value_says_that_labels_are_shifted() -> None:
    check(pasted([*ALL[1:], None]), ALL)
    check(pasted([*ALL[1:], 0.0]), ALL)


@pytest.mark.parametrize("blank", [0.0, None, -100])
def test_masked_tokens_have_nothing(blank: float | None) -> None:
    check(pasted([blank] * 6 + [0.5, 1.5, 2.5]), TRAINED)
    check(pasted([blank] * 5 + [0.5, 1.5, 2.5]), TRAINED)
    check(pasted([blank] * 5 + [0.5, 1.5, 2.5, blank]), TRAINED)


def test_a_loss_of_0_among_losses_stays() -> None:
    check(pasted([None, 0.0, *ALL[2:]]), [NAN, 0.0, *ALL[2:]])


def test_blanks_where_the_mask_is_tell_the_alignment() -> None:
    """The last token is masked too, so both ends are blank."""
    words = [*CHAT, Word("\n", 1)]
    check(pasted([0.0] * 6 + [0.5, 1.5, 2.5, 0.0], words), [*TRAINED, NAN])
    check(pasted([0.0] * 5 + [0.5, 1.5, 2.5, 0.0, 0.0], words), [*TRAINED, NAN])


def test_an_alignment_that_nothing_tells_is_asked_about() -> None:
    values = [9.0, *ALL[1:]]
    error = refusal(values)
    assert error.code == "losses-ambiguous"
    assert "`alignment`" in error.detail
    check(pasted(values, alignment="own"), ALL)
    check(pasted([*ALL[1:], 9.0], alignment="next"), ALL)


def test_a_kind_that_nothing_tells_is_asked_about() -> None:
    assert refusal([0.1, -0.1, 0.1]).code == "losses-ambiguous"
    assert pasted([0.5, -0.1, 0.5], kind="loss")[6:] == [0.5, 0, 0.5]


@pytest.mark.parametrize("count", [1, 2, 4, 7, 10, 100])
def test_a_wrong_length_names_both_and_what_was_expected(count: int) -> None:
    error = refusal([0.5] * count)
    values = "1 value" if count == 1 else f"{count} values"
    assert error.code == "losses-length"
    assert error.detail == (
        f"There are {values} for an example of 9 tokens; expected are 9 (one for each token), "
        "8 (all but the first) or 3 (the trained labels that a prediction uses)."
    )


def test_where_nothing_trains_no_third_length_is_offered() -> None:
    words = [replace(word, trained=False) for word in CHAT]
    assert refusal([0.5] * 3, words).detail.endswith(
        "expected are 9 (one for each token) or 8 (all but the first)."
    )


def test_a_first_label_that_nothing_predicts_takes_no_value() -> None:
    words = [Word("a", 0, trained=True), Word("b", 0, trained=True), Word("c", 0)]
    check(pasted([0.5], words), [NAN, 0.5, NAN])


def test_rows_for_several_examples() -> None:
    two = replace(ANALYSIS, examples=ANALYSIS.examples * 2)
    found = losses_of_paste([[0.5, 1.5, 2.5], [3.5, 4.5, 5.5]], two)
    assert [row.cross_entropy[6:].tolist() for row in found] == [[0.5, 1.5, 2.5], [3.5, 4.5, 5.5]]
    with pytest.raises(LossesError, match="There are 3 rows of losses for 2 examples"):
        losses_of_paste([[1, 2], [2, 1], [3, 1]], two)
    assert "2 rows of losses for 1 example" in refusal([[0.5] * 3, [0.5] * 3]).detail


def answers(kind: str, ids: Sequence[int] = IDS, texts: Mapping[int, str] | None = None) -> Any:
    """What a server answers about these ids, and its model."""
    known = dict(zip(IDS, TEXTS, strict=True)) if texts is None else texts
    fake = FakeServer("vllm" if kind == "vllm" else "sglang", known)
    body = {
        "prompt": list(ids),
        "input_ids": list(ids),
        "model": "x",
        "return_text_in_logprobs": kind != "bare",
    }
    return fake.answer("/v1/completions" if kind == "vllm" else "/generate", body), fake


@pytest.mark.parametrize("kind", ["vllm", "sglang", "bare"])
def test_an_answer_of_a_server(kind: str) -> None:
    answer, fake = answers(kind)
    expected = [NAN, *(-fake.logprob(at, IDS[at]) for at in range(1, 9))]
    for value in (answer, json.dumps(answer), repr(answer)):
        (found,) = losses_of_paste(value, ANALYSIS)
        check(found.cross_entropy.tolist(), expected)
        assert found.source == "a paste"
        assert found.likeliest is not None
        assert found.ranks is not None
        assert [len(tokens) for tokens in found.likeliest] == [0, *[5] * 8]


def test_an_answer_whose_keys_were_sorted_is_read_by_our_ids() -> None:
    answer, fake = answers("vllm")
    (found,) = losses_of_paste(json.dumps(answer, sort_keys=True), ANALYSIS)
    assert found.cross_entropy[1:].tolist() == [-fake.logprob(at, IDS[at]) for at in range(1, 9)]


@pytest.mark.parametrize("kind", ["vllm", "sglang", "bare"])
def test_an_answer_about_other_ids(kind: str) -> None:
    answer, _ = answers(kind, [*IDS[:4], 13, *IDS[5:]])
    error = refusal(answer)
    assert error.code == "tokenizers-differ"
    assert "Position 4: this tokenizer has id 104 '<e>', what was pasted reads id 13" in error.detail


def test_an_answer_about_other_texts() -> None:
    answer, _ = answers("vllm", IDS, {**dict(zip(IDS, TEXTS, strict=True)), 107: "."})
    assert "id 107 '\\n', what was pasted reads id 107 '.'." in refusal(answer).detail


def test_an_answer_of_another_length() -> None:
    answer, _ = answers("vllm", IDS[:-1])
    error = refusal(answer)
    assert error.code == "losses-length"
    assert error.detail == (
        "There are 8 values for an example of 9 tokens; expected are 9, one for each token."
    )


def completion(tokens: Sequence[str], first: float | None = None) -> Any:
    values = [first, *(-0.5 * place for place in range(1, len(tokens)))]
    return {"choices": [{"text": "", "logprobs": {"tokens": list(tokens), "token_logprobs": values}}]}


def test_an_echoed_prompt_of_a_completion() -> None:
    expected = [NAN, *(0.5 * place for place in range(1, 9))]
    check(pasted(completion(TEXTS)), expected)
    check(pasted(completion([*TEXTS, " and", " more"])), expected)


def test_a_completion_of_other_tokens() -> None:
    error = refusal(completion([*TEXTS[:7], ".", TEXTS[8]]))
    assert "Position 7: this tokenizer has id 107 '\\n', what was pasted reads '.'." in error.detail


def test_ids_in_place_of_texts() -> None:
    named = [f"token_id:{token}" for token in IDS]
    assert pasted(completion(named))[1:] == [0.5 * place for place in range(1, 9)]
    assert "reads id 13." in refusal(completion([*named[:3], "token_id:13", *named[4:]])).detail


def chat(*tokens: str) -> Any:
    content = [{"token": token, "logprob": -0.5 * (place + 1)} for place, token in enumerate(tokens)]
    return {"choices": [{"logprobs": {"content": content}}]}


def test_a_chats_reply_is_found_by_its_tokens() -> None:
    check(pasted(chat("hello", "\n")), [NAN] * 6 + [0.5, 1.0, NAN])
    check(pasted(chat("hello", "\n", "<e>")), [NAN] * 6 + [0.5, 1.0, 1.5])


def test_a_chats_reply_that_is_not_there_or_twice() -> None:
    assert refusal(chat("goodbye", "\n")).code == "tokenizers-differ"
    error = refusal(chat("<e>"))
    assert error.code == "losses-ambiguous"
    assert "more than one place" in error.detail
    assert refusal(chat(*TEXTS, "more")).code == "tokenizers-differ"


def test_tokens_that_repeat_too_much() -> None:
    words = [Word("a", 0)] * 4000
    begun = time.monotonic()
    assert "repeat too much" in refusal(chat(*["a"] * 2000, "b"), words).detail
    assert time.monotonic() - begun < 20


def test_a_value_about_another_token_than_the_label_is_unknown() -> None:
    """Numbers of a trainer are about the label; log-probabilities of a server are about the input."""
    labels = np.where(EXAMPLE.labels == MASKED, MASKED, EXAMPLE.labels)
    labels[6] = 5000
    row = replace(ANALYSIS.examples[0], example=replace(EXAMPLE, labels=labels))
    changed = replace(ANALYSIS, examples=(row,))
    for value, expected in ((completion(TEXTS), NAN), (answers("vllm")[0], NAN), (ALL[1:], 0.5)):
        (found,) = losses_of_paste(value, changed)
        check([found.cross_entropy[6]], [expected])


@pytest.mark.parametrize(
    "text",
    ["hi", " hi", "Hi", "▁hi", "", "\ufffd", "bytes:\\xe2\\x80", "\uff48\uff49"],
)
def test_texts_that_servers_write_in_other_ways(text: str) -> None:
    assert np.isfinite(pasted(completion([*TEXTS[:2], text, *TEXTS[3:]]))[2])


@pytest.mark.parametrize("text", ["h", "hi!", "\n", " "])
def test_texts_that_differ(text: str) -> None:
    assert refusal(completion([*TEXTS[:2], text, *TEXTS[3:]])).code == "tokenizers-differ"


def test_the_parts_of_one_character_are_not_compared() -> None:
    words = [Word("a", 0), Word("é", 0), Word("b", 0)]
    made = analysis(words)
    example = made.examples[0].example
    offsets = np.array([[0, 1], [1, 2], [1, 2]], dtype=np.int32)
    shared = replace(example, tokens=replace(example.tokens, offsets=offsets))
    row = replace(made.examples[0], example=shared)
    (found,) = losses_of_paste(completion(["a", "x", "y"]), replace(made, examples=(row,)))
    check(found.cross_entropy.tolist(), [NAN, 0.5, 1.0])


def test_a_paste_reaches_the_losses_by_its_source() -> None:
    source = LossSource("pasted", "[0.5, -0.1, 2.5]", {"kind": "loss"})
    (found,) = asyncio.run(losses_for(source, ANALYSIS, Settings({})))
    assert isinstance(found, Losses)
    assert found.cross_entropy[6:].tolist() == [0.5, 0.0, 2.5]
