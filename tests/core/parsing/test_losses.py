"""Per-token losses as trainers print them: their forms, their sign and name, and what is refused."""

from __future__ import annotations

import numpy as np
import pytest
from lossmask.core.parsing.losses import NAMES, parse_losses
from lossmask.core.parsing.scored import Kind

from tests.core.parsing.losses import NAN, losses, refusal


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
