"""Thousands of pasted losses with something broken: each is read as losses, or refused in a sentence."""

from __future__ import annotations

import json
import random
from typing import Any

import numpy as np
from lossmask.core.parsing.losses import parse_losses
from lossmask.core.parsing.scored import Kind
from lossmask.errors import LossesError

from tests.core.parsing.losses import CHAT, COMPLETION, NAN, TOP, TRIPLES, VLLM

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
