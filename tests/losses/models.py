"""Small causal models made on the spot, and analyses to run them over."""

from __future__ import annotations

import json
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
from lossmask.core.analysis import Analysis
from lossmask.core.request import AnalysisRequest
from lossmask.engine.analyse import analyse
from lossmask.settings import Settings

from tests.shared import missing

WORDS = "give me a recipe to bake pancakes ; to bake pancakes , one takes a pan . "


def require_torch() -> None:
    """Skip the running test, or fail it on CI, where PyTorch is not installed."""
    if find_spec("torch") is None:
        missing("PyTorch is not installed (the extra `model`)")


def small_model(vocabulary: int, *, seed: int = 0, **changed: Any) -> Any:
    """A Llama-like model in double precision with random weights, large enough to be unsure in many ways."""
    import torch
    from transformers import LlamaConfig, LlamaForCausalLM

    torch.manual_seed(seed)
    sizes = {"hidden_size": 64, "intermediate_size": 160, "num_hidden_layers": 2, "num_attention_heads": 4}
    given = {**sizes, "num_key_value_heads": 2, "initializer_range": 0.2, "tie_word_embeddings": False}
    model = LlamaForCausalLM(LlamaConfig(vocab_size=vocabulary, **{**given, **changed}))
    return model.double().eval()


def save(model: Any, folder: Path, dtype: str = "float32") -> Path:
    """The model as safetensors in a folder."""
    import torch

    model.to(getattr(torch, dtype)).save_pretrained(str(folder))
    return folder


def edit_config(folder: Path, **members: Any) -> None:
    """Change members of a saved model's configuration."""
    path = folder / "config.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | members))


def chat(replies: int = 1, words: int = 12) -> dict[str, Any]:
    """A request whose conversation has so many replies of so many words."""
    said = " ".join((WORDS.split() * (words // 10 + 1))[:words])
    turn = [{"role": "user", "content": "give me a recipe"}, {"role": "assistant", "content": said}]
    return {"conversation": {"messages": turn * replies}, "chat_template": "bundled:chatml"}


def analysis_of(request: dict[str, Any]) -> Analysis:
    """What the engine says of it."""
    return analyse(AnalysisRequest.from_json(request), Settings({}), findings=False)


def plain_losses(model: Any, ids: Any, targets: Any) -> Any:
    """(n - 1,) PyTorch's own cross-entropies of a whole forward pass, from position 1 on."""
    import torch

    with torch.inference_mode():
        logits = model(input_ids=torch.as_tensor(np.asarray(ids), dtype=torch.long)[None]).logits[0]
        wanted = torch.as_tensor(np.asarray(targets), dtype=torch.long)
        return torch.nn.functional.cross_entropy(logits[:-1], wanted[1:], reduction="none").numpy()
