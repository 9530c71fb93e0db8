"""SGLang: what is asked for a sequence's log-probabilities, and where they are in the answer.

Read at commit 001067ff of 2026: `srt/managers/io_struct.py` (the request) and
`srt/managers/tokenizer_manager.py` (the answer). `POST /generate` takes `input_ids`, so that
nothing is tokenized. `logprob_start_len: 0` gives every position of the prompt, the first with
null. Versions of 2026 that ran on transformers 5 before a fix in that file answer with a single
entry where texts are asked for; `is_collapsed` tells, and the same without texts works.
"""

from __future__ import annotations

from typing import Any

from ..core.parsing.loss_answers import read_sglang
from ..core.parsing.scored import Scored
from ..errors import EndpointError

PATH = "/generate"
LIKELIEST = 5


def body(ids: list[int], *, texts: bool = True) -> dict[str, Any]:
    """The request for one sequence."""
    return {
        "input_ids": ids,
        "sampling_params": {"max_new_tokens": 1, "temperature": 1.0},
        "return_logprob": True,
        "logprob_start_len": 0,
        "top_logprobs_num": LIKELIEST,
        "return_text_in_logprobs": texts,
    }


def read(answer: Any) -> Scored:
    """The row of an answer.

    Raises:
        EndpointError: there is none.
        LossesError: a value in it is not what it should be.
    """
    meta = _meta(answer)
    if not isinstance(meta.get("input_token_logprobs"), list):
        raise EndpointError(
            "The server answered without `meta_info.input_token_logprobs`: it is no SGLang, or does "
            "not give log-probabilities of a prompt."
        )
    return read_sglang(meta)


def is_collapsed(answer: Any, count: int) -> bool:
    """Whether the texts of all tokens became one, which leaves a single entry."""
    found = _meta(answer).get("input_token_logprobs")
    return count > 1 and isinstance(found, list) and len(found) == 1


def _meta(answer: Any) -> dict[str, Any]:
    meta = answer.get("meta_info") if isinstance(answer, dict) else None
    return meta if isinstance(meta, dict) else {}
