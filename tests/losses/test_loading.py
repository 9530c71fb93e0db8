"""Which type a model's weights are loaded in, and what makes a checkpoint unusable."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from lossmask.errors import ModelError
from lossmask.losses import loading
from lossmask.losses.loading import dtype_for, load_model
from lossmask.losses.model_files import Checkpoint

from tests.losses.models import edit_config, require_torch, save, small_model


def checkpoint(dtype: str, numbers: int = 1000) -> Checkpoint:
    return Checkpoint(100, 64, numbers, 2 * numbers, dtype)


@pytest.mark.parametrize(
    ("dtype", "device", "expected"),
    [
        ("BF16", "cpu", "float32"),
        ("F16", "cpu", "float32"),
        ("F32", "cpu", "float32"),
        ("F64", "cpu", "float64"),
        ("BF16", "cuda", "bfloat16"),
        ("F16", "mps", "float16"),
        ("F64", "mps", "float32"),
    ],
)
def test_a_cpu_computes_in_single_precision(dtype: str, device: str, expected: str) -> None:
    assert dtype_for(checkpoint(dtype), device, 100, "m") == expected


def test_halves_stay_halves_where_memory_forbids_more(monkeypatch: pytest.MonkeyPatch) -> None:
    large = checkpoint("BF16", 30 * 2**20)
    assert dtype_for(large, "cpu", 1000, "m") == "float32"
    assert dtype_for(large, "cpu", 100, "m") == "bfloat16"
    monkeypatch.setattr(loading, "available", lambda: 100 * 2**20)
    assert dtype_for(large, "cpu", 1000, "m") == "bfloat16"


def test_weights_of_no_floating_point_type_are_refused() -> None:
    with pytest.raises(ModelError) as caught:
        dtype_for(checkpoint("I8"), "cpu", 100, "m")
    assert "I8" in caught.value.detail


def loaded(folder: Path) -> Any:
    return load_model(folder, "local:m", 1000, lambda step, done, total: None)


def test_half_weights_are_loaded_as_single_ones(tmp_path: Path) -> None:
    require_torch()
    found = loaded(save(small_model(50), tmp_path / "m", "bfloat16"))
    assert str(next(found.model.parameters()).dtype) == "torch.float32"
    assert found.vocabulary == 50


def test_missing_weights_are_no_losses(tmp_path: Path) -> None:
    """A library would fill them with random numbers, and the losses would be of those."""
    require_torch()
    folder = save(small_model(50), tmp_path / "m")
    edit_config(folder, num_hidden_layers=3)
    with pytest.raises(ModelError) as caught:
        loaded(folder)
    assert "lack weights" in caught.value.detail
    assert "layers.2" in caught.value.detail


def test_code_of_a_repository_is_never_run(tmp_path: Path) -> None:
    require_torch()
    folder = save(small_model(50), tmp_path / "m")
    (folder / "own.py").write_text(f"open({str(tmp_path / 'ran')!r}, 'w')")
    edit_config(folder, model_type="own", auto_map={"AutoConfig": "own.C", "AutoModelForCausalLM": "own.M"})
    with pytest.raises(ModelError) as caught:
        loaded(folder)
    assert "never" in caught.value.detail
    assert str(tmp_path) not in caught.value.detail
    assert not (tmp_path / "ran").exists()
