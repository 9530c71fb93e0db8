"""From a folder of safetensors to a causal model on a device, in the process that holds it.

Covered: the architectures that transformers itself brings, in the type that the checkpoint has,
on a CPU in single precision where memory allows it. Not covered: code that a repository brings.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

from ..core.provenance import IntArray
from ..errors import ModelError
from .limits import available
from .model_files import Checkpoint, read_checkpoint

Told: TypeAlias = Callable[[str, int, int], None]
"""A step, how much of it is done, and of how much."""

HALVES = {"BF16": "bfloat16", "F16": "float16"}
FLOATS = {**HALVES, "F32": "float32", "F64": "float64"}

_ROOM = 0.8
"""Part of the memory that weights may take, so that a sequence has room beside them."""


@dataclass(frozen=True, slots=True)
class Loaded:
    """A model, ready to be run."""

    model: Any
    name: str
    vocabulary: int

    def check(self, ids: IntArray, targets: IntArray) -> None:
        """Refuse ids that the model does not have; it would read other memory, or stop.

        Raises:
            ModelError: `model-vocabulary`.
        """
        check_vocabulary(self.name, self.vocabulary, ids, targets)

    @contextmanager
    def counting_layers(self, told: Told) -> Iterator[None]:
        """Tell of every layer of the model as it has run."""
        layers = _layers(self.model)
        handles = [
            layer.register_forward_hook(_layer_hook(told, index + 1, len(layers)))
            for index, layer in enumerate(layers)
        ]
        try:
            yield
        finally:
            for handle in handles:
                handle.remove()


def check_vocabulary(name: str, vocabulary: int, ids: IntArray, targets: IntArray) -> None:
    """Hold ids against the number of entries a model has.

    Raises:
        ModelError: `model-vocabulary`, naming the largest id and the size.
    """
    largest = max((int(column.max()) for column in (ids, targets) if len(column)), default=-1)
    if largest >= vocabulary:
        raise ModelError(
            f"The tokens have the id {largest}, and the vocabulary of {name} has {vocabulary:,} entries "
            f"(0 to {vocabulary - 1}): it belongs to another tokenizer. Choose the model's own.",
            code="model-vocabulary",
        )


def load_model(folder: Path, name: str, megabytes: int, told: Told) -> Loaded:
    """Load what a folder holds.

    Raises:
        ModelError: `unreadable-model`, where it is none that can be run.
    """
    import torch
    import transformers

    checkpoint = read_checkpoint(folder, name)
    device = best_device()
    dtype = getattr(torch, dtype_for(checkpoint, device, megabytes, name))
    with _weights_told(told), _plain_errors(folder, name):
        model, info = _from_pretrained(transformers.AutoModelForCausalLM, folder, dtype)
    _check_complete(name, info)
    model = model.to(device).eval()
    return Loaded(model, name, model.get_input_embeddings().weight.shape[0])


def best_device() -> str:
    """`cuda` or `mps` where there is one, else `cpu`."""
    import torch

    if torch.cuda.is_available():
        return "cuda"
    return "mps" if torch.backends.mps.is_available() else "cpu"


def dtype_for(checkpoint: Checkpoint, device: str, megabytes: int, name: str) -> str:
    """The type of the weights: the checkpoint's own, but on a CPU single precision where there is room.

    Raises:
        ModelError: the weights are no floating-point numbers.
    """
    if checkpoint.dtype not in FLOATS:
        raise ModelError(f"The weights of {name} are of type {checkpoint.dtype}, which is not read.")
    if device != "cpu":
        return "float32" if checkpoint.dtype == "F64" and device == "mps" else FLOATS[checkpoint.dtype]
    room = min(megabytes * 2**20, available() or megabytes * 2**20)
    if checkpoint.dtype in HALVES and checkpoint.numbers * 4 <= room * _ROOM:
        return "float32"
    return FLOATS[checkpoint.dtype]


def _from_pretrained(kind: Any, folder: Path, dtype: Any) -> tuple[Any, dict[str, Any]]:
    """As transformers loads it, without its own choice of attention, which a configuration could name."""
    arguments = {
        "dtype": dtype,
        "trust_remote_code": False,
        "local_files_only": True,
        "use_safetensors": True,
        "output_loading_info": True,
    }
    try:
        return kind.from_pretrained(str(folder), attn_implementation="sdpa", **arguments)  # type: ignore[no-any-return]
    except ValueError as error:
        if "scaled_dot_product_attention" not in str(error):
            raise
        return kind.from_pretrained(str(folder), attn_implementation="eager", **arguments)  # type: ignore[no-any-return]


def _check_complete(name: str, info: dict[str, Any]) -> None:
    """Weights that are not in the files would be random, and so would be the losses."""
    missing = sorted(str(key) for key in (*info["missing_keys"], *info["mismatched_keys"]))
    if missing:
        more = f" and {len(missing) - 1} more" if len(missing) > 1 else ""
        raise ModelError(f"The files of {name} lack weights that the model needs: {missing[0]}{more}.")


@contextmanager
def _weights_told(told: Told) -> Iterator[None]:
    """Hear of every weight that transformers loads, which it tells a progress bar."""
    from transformers.utils import logging

    class Bar:
        def __init__(self, items: Any = (), **named: Any) -> None:
            self._items = items

        def __iter__(self) -> Iterator[Any]:
            total = len(self._items)
            for done, item in enumerate(self._items):
                told("loading", done, total)
                yield item
            told("loading", total, total)

        def __getattr__(self, name: str) -> Any:
            return lambda *given, **named: None

    before = logging.set_tqdm_hook(lambda factory, given, named: Bar(*given, **named))
    try:
        yield
    finally:
        logging.set_tqdm_hook(before)


@contextmanager
def _plain_errors(folder: Path, name: str) -> Iterator[None]:
    """Whatever the library raises about a folder as one sentence without the server's paths."""
    try:
        yield
    except (MemoryError, RuntimeError):
        raise
    except Exception as error:
        if "trust_remote_code" in str(error):
            sentence = f"{name} needs code of its own to be run, which this program never does."
            raise ModelError(sentence) from error
        said = str(error).strip().partition("\n")[0].replace(str(folder), name)[:300]
        raise ModelError(f"{name} cannot be loaded as a causal model: {said}") from error


def _layers(model: Any) -> list[Any]:
    """The longest list of modules, which in a decoder are its layers."""
    import torch

    lists = [module for module in model.modules() if isinstance(module, torch.nn.ModuleList)]
    return list(max(lists, key=len, default=[]))


def _layer_hook(told: Told, done: int, total: int) -> Any:
    def run(module: Any, given: Any, output: Any) -> None:
        told("forward", done, total)

    return run
