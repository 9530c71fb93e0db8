from __future__ import annotations

import json
import random
from typing import Any

import numpy as np
import pytest
from lossmask.core.parsing.losses import NAMES, parse_losses
from lossmask.core.parsing.scored import Kind, Scored
from lossmask.errors import LossesError

NAN = float("nan")

VLLM = [
    None,
    {"11": {"logprob": -0.5, "rank": 2, "decoded_token": " a"}, "12": {"logprob": -0.25, "rank": 1}},
    {"13": {"logprob": -1.5, "rank": 1, "decoded_token": "b"}},
]
TRIPLES = [[None, 10, "<s>"], [-0.5, 11, " a"], [-1.5, 13, None]]
TOP = [None, [[-0.25, 12, " x"], [-0.5, 11, " a"]], [[-0.75, 14, None]]]
CHAT = [{"token": "a", "logprob": -0.5, "bytes": [97], "top_logprobs": []}, {"token": "b", "logprob": -1.5}]
COMPLETION = {"tokens": ["<s>", " a", "b"], "token_logprobs": [None, -0.5, -1.5], "text_offset": [0, 3, 5]}


def parsed(value: object, kind: Kind | None = None) -> Scored:
    (row,) = parse_losses(value, kind)
    return row


def losses(value: object, kind: Kind | None = None) -> list[float]:
    return parsed(value, kind).losses.tolist()


def refusal(value: object, kind: Kind | None = None) -> LossesError:
    with pytest.raises(LossesError) as caught:
        parse_losses(value, kind)
    return caught.value


@pytest.mark.parametrize(
    "text",
    [
        "[0.5, 2, 1.5e-1]",
        " 0.5 2 .15 ",
        "0.5,2,0.15",
        "0.5\n2.\n0.15\n",
        "0.5; 2; 0.15",
        "[0.5 2.  0.15]",
        "(0.5, 2, 0.15)",
        "[[0.5, 2, 0.15]]",
        "tensor([0.5000, 2.0000, 0.1500])",
        "tensor([[0.5, 2.0, 0.15]], device='cuda:0', dtype=torch.bfloat16, grad_fn=<ViewBackward0>)",
        "array([0.5 , 2. ,\n       0.15], dtype=float32)",
        "[tensor(0.5), tensor(2.), tensor(0.15)]",
        "[np.float64(0.5), np.float64(2.0), np.float64(0.15)]",
        "losses = [0.5, 2, 0.15]",
        "train/loss: [0.5, 2, 0.15]",
        '{"per_token_loss": [0.5, 2, 0.15], "step": 3}',
        "{'losses': [0.5, 2, 0.15], 'model': None}",
        '{"losses": [[0.5, 2, 0.15]]}',
    ],
)
def test_numbers_as_they_are_printed(text: str) -> None:
    assert losses(text) == [0.5, 2, 0.15]


def test_one_number_alone() -> None:
    assert losses("0.5") == [0.5]
    assert losses([-0.5]) == [0.5]


@pytest.mark.parametrize("blank", ["nan", "NaN", "-nan", "null", "None", "-100", "-100.0"])
def test_blanks_of_a_masked_position(blank: str) -> None:
    np.testing.assert_array_equal(losses(f"[{blank}, 0.5]"), [NAN, 0.5])
    np.testing.assert_array_equal(losses(f"tensor([{blank}, 0.5])"), [NAN, 0.5])


def test_blanks_of_an_array() -> None:
    np.testing.assert_array_equal(losses([None, "NaN", -100, 0.5]), [NAN, NAN, NAN, 0.5])


def test_the_sign_tells_what_the_numbers_are() -> None:
    assert losses([0.5, 0.0, 2]) == [0.5, 0, 2]
    assert losses([-0.5, 0.0, -2]) == [0.5, 0, 2]
    assert losses([-0.5, 1e-7]) == [0.5, 0]
    assert losses([0.0, 0.0]) == [0, 0]
    assert str(losses([-0.5, 0.0])) == "[0.5, 0.0]"


def test_mixed_signs_are_asked_about() -> None:
    error = refusal([0.5, -0.5])
    assert error.code == "losses-ambiguous"
    assert "`kind`" in error.detail


def test_what_is_said_counts_more_than_the_sign() -> None:
    assert losses([0.5, -0.01], "loss") == [0.5, 0]
    assert losses([-0.5, 0.01], "logprob") == [0.5, 0]
    assert "Position 1 has the loss -3, which is below 0." in refusal([1, -3], "loss").detail
    assert "Position 0 has the log-probability 1, which is above 0." in refusal([1, -3], "logprob").detail


@pytest.mark.parametrize(("name", "kind"), NAMES.items())
def test_the_name_tells_what_the_numbers_are(name: str, kind: Kind) -> None:
    sign = 1 if kind == "loss" else -1
    assert losses({name: [sign * 0.5, sign * -0.01]}) == [0.5, 0]
    assert losses(f"{name} = tensor([{sign * 0.5}, {sign * -0.01}])") == [0.5, 0]


def test_several_named_arrays_are_asked_about() -> None:
    error = refusal({"old_log_probs": [-1.0], "ref_log_prob": [-2.0]})
    assert error.code == "losses-ambiguous"
    assert "`old_log_probs`, `ref_log_prob`" in error.detail


@pytest.mark.parametrize(
    "value", [[[1, 2], [3]], "[1, 2]\n[3]", "[[1, 2],\n [3]]", "tensor([1, 2]) tensor([3])"]
)
def test_several_rows(value: object) -> None:
    assert [row.losses.tolist() for row in parse_losses(value)] == [[1, 2], [3]]


@pytest.mark.parametrize(
    ("text", "said", "column"),
    [
        ("tensor([0.1, 0.2, ..., 0.9])", "leaves numbers out", 19),
        ("[0.1 0.2 ... 0.9]", "leaves numbers out", 10),
        ("[0.1, oops]", "'oops' is no number", 7),
        ("1.2.3", "'1.2.3' is no number", 1),
        ("[0.1, 0.2", "not closed", 10),
        ("0.1]", "closes nothing", 4),
        ("[[[[[[[[[[0.1", "too deep", 9),
        ('{"losses": [0.1,}', "neither numbers nor JSON", 17),
    ],
)
def test_a_text_that_is_none(text: str, said: str, column: int) -> None:
    error = refusal(text)
    assert said in error.detail
    assert error.where is not None
    assert (error.where.line, error.where.column) == (1, column)


@pytest.mark.parametrize("value", ["", " \n", "[]", "[[]]", [], [[0.1], []], "tensor([])"])
def test_nothing_at_all(value: object) -> None:
    assert refusal(value).detail == "There are no numbers in what was pasted."


@pytest.mark.parametrize(
    "value", ["hello", '"hello"', {}, {"loss": 0.5}, {"choices": []}, True, None, {"logprobs": None}, 'a "b"']
)
def test_what_has_no_known_form(value: object) -> None:
    assert refusal(value).code == "bad-losses"


@pytest.mark.parametrize("value", [float("inf"), float("-inf"), "Infinity", 10**400, "1e999"])
def test_what_is_not_finite(value: object) -> None:
    assert "Position 1 has " in refusal([0.5, value]).detail
    assert "not finite" in refusal([0.5, value]).detail


@pytest.mark.parametrize("value", [True, "many", [1, 2], {"a": 1}])
def test_what_is_no_number(value: object) -> None:
    assert refusal([0.5, value, 0.5]).code == "bad-losses"


@pytest.mark.parametrize(
    "text", ["[" * 100_000, "[" * 900 + "]" * 900, '{"a":' * 5000, "9" * 5000, "(" * 5000]
)
def test_what_is_deep_or_long(text: str) -> None:
    assert refusal(text).code == "bad-losses"


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


SOURCES = [
    "[0.5, null, 1.25, -100]",
    "tensor([[-0.5, nan],\n        [-1.0, -2.0]], device='cuda:0', dtype=torch.float32)",
    "losses = [0.1 0.2\n 0.3]",
    str({"per_token_logps": [-0.5, -1.0], "step": 3, "model": None}),
    json.dumps(VLLM),
    json.dumps({"meta_info": {"input_token_logprobs": TRIPLES, "input_top_logprobs": TOP}}),
    json.dumps({"choices": [{"logprobs": COMPLETION}]}),
    json.dumps({"choices": [{"logprobs": {"content": CHAT}}]}, indent=1),
    f"{json.dumps([1, 2])}\n{json.dumps([3])}",
]
BITS = [
    *"{}[]()\",:;\\'\n\t 0-.e+…",
    *(
        "null",
        "None",
        "NaN",
        "inf",
        "-Infinity",
        "1e999",
        "9" * 400,
        "...",
        "tensor(",
        "\ud800",
        "\\ud800",
        "\0",
    ),
    *('"logprob"', '"token"', "true", "-9999.0", "[[", "٣", "²"),
]
VALUES: list[Any] = [
    None,
    True,
    -1,
    0,
    2.5,
    -0.5,
    10**400,
    float("inf"),
    NAN,
    "",
    "x",
    [],
    {},
    [[]],
    {"1": -1},
]


def mutated(text: str, rng: random.Random) -> str:
    for _ in range(rng.randint(1, 2)):
        at, cut = rng.randrange(len(text) + 1), rng.choice([0, 0, 1, 1, 7])
        text = text[:at] + rng.choice(["", *BITS]) + text[at + cut :]
    return text


def reshaped(value: Any, rng: random.Random) -> Any:
    """The value with entries dropped, or replaced by something of another kind."""
    if rng.random() < 0.08:
        return rng.choice(VALUES)
    if isinstance(value, dict):
        return {key: reshaped(one, rng) for key, one in value.items() if rng.random() > 0.05}
    if isinstance(value, list):
        return [reshaped(one, rng) for one in value if rng.random() > 0.05]
    return value


def refused(value: object, kind: Kind | None) -> LossesError | None:
    try:
        parse_losses(value, kind)
    except LossesError as error:
        return error
    return None


def outcome(value: object, kind: Kind | None) -> str:
    """Read it; whatever was read is a loss or a blank."""
    error = refused(value, kind)
    if error is not None:
        assert error.detail.encode()
        if isinstance(value, str) and error.where is not None:
            assert 1 <= error.where.line <= value.count("\n") + 1
        return "refused"
    for row in parse_losses(value, kind):
        known = row.losses[~np.isnan(row.losses)]
        assert np.isfinite(known).all()
        assert (known >= 0).all()
        for column in (row.ids, row.texts, row.entries):
            assert len(column) in (0, len(row))
    return "read"


def test_damaged_texts_are_read_or_refused() -> None:
    rng = random.Random(5)
    outcomes = [outcome(mutated(rng.choice(SOURCES), rng), rng.choice([None, "loss"])) for _ in range(4000)]
    assert min(outcomes.count("read"), outcomes.count("refused")) > 200


def test_damaged_arrays_are_read_or_refused() -> None:
    rng = random.Random(7)
    values = [
        json.loads(text) for text in SOURCES if text[0] in '[{"' and "'" not in text and "\n[" not in text
    ]
    outcomes = [
        outcome(reshaped(rng.choice(values), rng), rng.choice([None, "logprob"])) for _ in range(4000)
    ]
    assert min(outcomes.count("read"), outcomes.count("refused")) > 400
