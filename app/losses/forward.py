"""A causal model over one sequence, and what it says of each token, a few positions at a time.

Never is an array of all positions by the whole vocabulary made: the decoder runs once over the
sequence, and the model's own forward function then runs from the decoder's output on, over one
chunk of positions after the other. So whatever a model does after its last layer (scaling,
soft caps) is done. Whether it may be cut there is tried out on two tokens first; a model that
may not gives all its logits at once.

Not covered: several sequences in one pass, encoders, and models of anything but text.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from ..core.example import FloatArray
from ..core.provenance import IntArray

if TYPE_CHECKING:
    from torch import Tensor, nn

CHUNK_NUMBERS = 2**23
"""Logits of one chunk: 64 MiB in double precision, 55 positions of a vocabulary of 152k."""

LIKELIEST = 5

PROBE = 3
"""Tokens of the sequence on which it is tried whether the model may be cut after its decoder."""


class Scores(NamedTuple):
    """What a model says of each of n positions; position 0 is predicted by nothing."""

    cross_entropy: FloatArray
    """(n,) in nats, NaN at position 0."""
    ranks: IntArray
    """(n,) how many tokens have a larger logit than the target; -1 at position 0."""
    likeliest: IntArray
    """(n, 5) ids, likeliest first; -1 at position 0 and beyond a smaller vocabulary."""
    probabilities: FloatArray
    """(n, 5) of those."""


def scores(
    model: nn.Module, ids: IntArray, targets: IntArray, told: Callable[[int], None] = lambda done: None
) -> Scores:
    """Cross-entropy and rank of every target, and the likeliest tokens in its place.

    `ids` and `targets` are (n,); the logits at position t - 1 predict the target of t. `told` is
    called with the number of positions done. Every target is an id that the model has.
    """
    import torch

    count = len(ids)
    found = _unknown(count)
    with torch.inference_mode():
        done = 1
        for logits in chunked_logits(model, ids) if count > 1 else ():
            rows = slice(done, min(done + len(logits), count))
            _score(found, rows, logits[: rows.stop - rows.start], targets)
            done = rows.stop
            told(done)
    return found


def chunked_logits(model: nn.Module, ids: IntArray) -> Iterator[Tensor]:
    """(m, vocabulary) logits of m positions after the other, in the order of the sequence."""
    import torch

    given = torch.as_tensor(ids, dtype=torch.long, device=_device(model))[None]
    decoder = _decoder(model, given[:, :PROBE])
    if decoder is None:
        yield _logits(model, given)[0]
        return
    hidden = _run_until(model, decoder, given)
    step = max(1, CHUNK_NUMBERS // _vocabulary(model, decoder, given, hidden))
    for start in range(0, given.shape[1], step):
        part = slice(start, start + step)
        yield _from(model, decoder, given[:, part], hidden, part)[0]


def _unknown(count: int) -> Scores:
    return Scores(
        np.full(count, np.nan),
        np.full(count, -1, np.int32),
        np.full((count, LIKELIEST), -1, np.int32),
        np.full((count, LIKELIEST), np.nan),
    )


def _score(found: Scores, rows: slice, logits: Tensor, targets: IntArray) -> None:
    """Fill in some rows from the logits that predict them."""
    import torch

    # Apple's GPUs have no double precision.
    precise = logits.to(torch.float32 if logits.device.type == "mps" else torch.float64)
    wanted = torch.as_tensor(targets[rows], dtype=torch.long, device=precise.device)[:, None]
    target = precise.gather(1, wanted)
    total = precise.logsumexp(dim=1, keepdim=True)
    values, likeliest = precise.topk(min(LIKELIEST, precise.shape[1]), dim=1)
    found.cross_entropy[rows] = (total - target)[:, 0].cpu().numpy()
    found.ranks[rows] = (precise > target).sum(dim=1).cpu().numpy()
    found.likeliest[rows, : likeliest.shape[1]] = likeliest.cpu().numpy()
    found.probabilities[rows, : likeliest.shape[1]] = (values - total).exp().cpu().numpy()


class _Reached(BaseException):
    """The decoder has run; what comes after it is not wanted yet."""


def _decoder(model: nn.Module, probe: Tensor) -> nn.Module | None:
    """The module after which the model may be cut, or None where it may be nowhere."""
    import torch

    whole = _logits(model, probe)
    for decoder in _candidates(model):
        try:
            hidden = _run_until(model, decoder, probe)
            cut = _from(model, decoder, probe[:, 1:], hidden, slice(1, None))
        except (TypeError, ValueError, RuntimeError, AttributeError, KeyError, IndexError):
            continue
        if cut.shape == whole[:, 1:].shape and torch.allclose(cut, whole[:, 1:], rtol=1e-3, atol=1e-3):
            return decoder
    return None


def _candidates(model: Any) -> list[nn.Module]:
    found = [model.base_model, *([model.get_decoder()] if hasattr(model, "get_decoder") else [])]
    return [module for module in found if module is not None and module is not model]


def _run_until(model: Any, decoder: nn.Module, ids: Tensor) -> Any:
    """The decoder's output as the model calls it.

    Raises:
        ValueError: the model does not call it.
    """
    outputs: list[Any] = []

    def reached(module: nn.Module, given: Any, output: Any) -> None:
        outputs.append(output)
        raise _Reached

    handle = decoder.register_forward_hook(reached)
    try:
        _logits(model, ids)
    except _Reached:
        return outputs[0]
    finally:
        handle.remove()
    raise ValueError("The model does not call this module.")


def _from(model: Any, decoder: nn.Module, ids: Tensor, output: Any, part: slice) -> Tensor:
    """The logits of some positions, from the decoder's output for all."""
    hidden = output.last_hidden_state[:, part]
    with _returning(decoder, type(output)(last_hidden_state=hidden)):
        return _logits(model, ids)


@contextmanager
def _returning(module: Any, output: Any) -> Iterator[None]:
    """Let a module give this output, whatever it is called with."""
    module.forward = lambda *given, **named: output
    try:
        yield
    finally:
        del module.forward


def _logits(model: Any, ids: Tensor) -> Tensor:
    found: Tensor = model(input_ids=ids, use_cache=False).logits
    return found


def _vocabulary(model: nn.Module, decoder: nn.Module, ids: Tensor, output: Any) -> int:
    return int(_from(model, decoder, ids[:, :1], output, slice(0, 1)).shape[-1])


def _device(model: nn.Module) -> Any:
    return next(model.parameters()).device
