"""Log-probabilities out of the answers of vLLM, of SGLang and of OpenAI's two forms."""

from __future__ import annotations

import json

import numpy as np
import pytest

from tests.core.parsing.losses import CHAT, COMPLETION, NAN, TOP, TRIPLES, VLLM, parsed, refusal


@pytest.mark.parametrize(
    "answer",
    [
        VLLM,
        {"prompt_logprobs": VLLM},
        {"choices": [{"index": 0, "logprobs": None, "prompt_logprobs": VLLM}]},
        {"choices": [{"message": {}}], "prompt_logprobs": VLLM},
    ],
)
def test_vllms_prompt_logprobs(answer: object) -> None:
    for row in (parsed(answer), parsed(json.dumps(answer)), parsed(repr(answer))):
        np.testing.assert_array_equal(row.losses, [NAN, 0.5, 1.5])
        assert (row.form, row.ids, row.texts) == ("vllm", (None, 11, 13), (None, " a", "b"))
        assert row.entries[1][12] == (-0.25, 1, None)


def test_vllms_earlier_prompt_logprobs() -> None:
    row = parsed([None, {"11": -0.5, "12": -0.25}])
    assert (row.ids, row.entries[1][12].logprob) == ((None, 11), -0.25)


def test_of_the_likeliest_those_without_probability_are_left_out() -> None:
    row = parsed([None, {"11": {"logprob": 0.0, "rank": 1}, "12": {"logprob": -9999.0, "rank": 2}}])
    assert list(row.entries[1]) == [11]
    assert str(row.losses[1]) == "0.0"


@pytest.mark.parametrize(
    "meta",
    [
        {"meta_info": {"input_token_logprobs": TRIPLES, "input_top_logprobs": TOP}, "text": "x"},
        {"input_token_logprobs": TRIPLES, "input_top_logprobs": TOP},
        [{"meta_info": {"input_token_logprobs": TRIPLES, "input_top_logprobs": TOP}}],
    ],
)
def test_sglangs_input_token_logprobs(meta: object) -> None:
    for row in (parsed(meta), parsed(json.dumps(meta)), parsed(repr(meta))):
        np.testing.assert_array_equal(row.losses, [NAN, 0.5, 1.5])
        assert (row.form, row.ids, row.texts) == ("sglang", (10, 11, 13), ("<s>", " a", None))
        assert row.entries[1] == {12: (-0.25, 1, " x"), 11: (-0.5, 2, " a")}
        assert row.entries[2][13].rank is None


def test_sglangs_triples_alone() -> None:
    assert parsed(TRIPLES).ids == (10, 11, 13)


def test_openais_completion() -> None:
    for answer in (COMPLETION, {"logprobs": COMPLETION}, {"choices": [{"text": "", "logprobs": COMPLETION}]}):
        row = parsed(answer)
        np.testing.assert_array_equal(row.losses, [NAN, 0.5, 1.5])
        assert (row.form, row.texts) == ("completion", ("<s>", " a", "b"))


def test_openais_chat() -> None:
    for answer in (CHAT, {"content": CHAT}, {"choices": [{"logprobs": {"content": CHAT}, "message": {}}]}):
        row = parsed(answer)
        assert (row.form, row.losses.tolist(), row.texts) == ("chat", [0.5, 1.5], ("a", "b"))


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        ({"prompt_logprobs": [None, None]}, "Position 1 of `prompt_logprobs` has nothing (null)"),
        ({"prompt_logprobs": [None, {}]}, "Position 1 of `prompt_logprobs` has an object"),
        ({"prompt_logprobs": [None, {"11": {"logprob": None}}]}, "Position 1 has no log-probability"),
        ({"prompt_logprobs": [None, {"9" * 30: {"logprob": -1}}]}, "in place of a token id"),
        ({"input_token_logprobs": [[None, 1, None], [None, 2, None]]}, "Position 1 has no log-probability"),
        ({"input_token_logprobs": [[None, 1, None], [-1]]}, "no triple"),
        ({"input_token_logprobs": [[None, -1, None]]}, "in place of a token id"),
        ({"token_logprobs": [None, -1], "tokens": ["a"]}, "2 `token_logprobs` for 1 `tokens`"),
        ({"token_logprobs": [None, None]}, "Position 1 has no log-probability"),
        ({"content": [{"token": "a"}]}, "Position 0 of `logprobs.content` has no `logprob`"),
    ],
)
def test_an_answer_that_is_broken(answer: object, said: str) -> None:
    assert said in refusal(answer).detail


def test_half_a_surrogate_pair_becomes_a_replacement() -> None:
    assert parsed('[null, {"1": {"logprob": -1, "decoded_token": "\\ud800x"}}]').texts[1] == "\ufffdx"


def test_a_rank_that_is_none_is_unknown() -> None:
    for rank in (0, -1, True, 10**12, "1"):
        assert parsed([None, {"1": {"logprob": -1, "rank": rank}}]).entries[1][1].rank is None
