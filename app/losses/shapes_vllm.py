"""vLLM: what is asked for a sequence's log-probabilities, and where they are in the answer.

Read in 2026: `vllm/entrypoints/openai/completion/protocol.py` at commit 002032ee, `serving.py` at 030ea52e.
`POST /v1/completions` takes ids as `prompt`, then adds no special tokens and tokenizes nothing.
At least one token is generated; `prompt_logprobs: 5` gives the five likeliest and the prompt's
own token for every position but the first. The numbers are those of the model's own
distribution, whatever the temperature. A server allows at most `--max-logprobs` (20) of them.
"""

from __future__ import annotations

from typing import Any

from ..core.parsing.loss_answers import read_vllm
from ..core.parsing.scored import Scored
from ..errors import EndpointError

PATH = "/v1/completions"
LIKELIEST = 5


def body(ids: list[int], model: str) -> dict[str, Any]:
    """The request for one sequence."""
    return {
        "model": model,
        "prompt": ids,
        "prompt_logprobs": LIKELIEST,
        "max_tokens": 1,
        "temperature": 1.0,
        "add_special_tokens": False,
        "return_token_ids": True,
    }


def read(answer: Any) -> Scored:
    """The row of an answer.

    Raises:
        EndpointError: there is none.
        LossesError: a value in it is not what it should be.
    """
    choices = answer.get("choices") if isinstance(answer, dict) else None
    choice = choices[0] if isinstance(choices, list) and choices else None
    found = choice.get("prompt_logprobs") if isinstance(choice, dict) else None
    if not isinstance(found, list):
        raise EndpointError(
            "The server answered without `prompt_logprobs`: it is no vLLM, or does not give "
            "log-probabilities of a prompt."
        )
    return read_vllm(found)
