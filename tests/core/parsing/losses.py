"""Answers of servers in small, and short ways to read what was pasted."""

from __future__ import annotations

import pytest
from lossmask.core.parsing.losses import parse_losses
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
    """The only row of what was pasted."""
    (row,) = parse_losses(value, kind)
    return row


def losses(value: object, kind: Kind | None = None) -> list[float]:
    """That row's losses."""
    return parsed(value, kind).losses.tolist()


def refusal(value: object, kind: Kind | None = None) -> LossesError:
    """The error that the reading ends with."""
    with pytest.raises(LossesError) as caught:
        parse_losses(value, kind)
    return caught.value
