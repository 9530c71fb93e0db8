"""What counts as a model's files, what they say, and which are refused; without PyTorch."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from lossmask.errors import ModelError
from lossmask.losses.model_files import (
    downloaded,
    folder_of,
    model_names,
    model_ref,
    read_checkpoint,
    wanted,
)
from lossmask.losses.progress import Progress
from lossmask.settings import Settings

from tests.hub import Hub
from tests.hub import hub as hub

CONFIG = {"model_type": "llama", "vocab_size": 100, "max_position_embeddings": 64}
SHARDS = ["model-00001-of-00002.safetensors", "model-00002-of-00002.safetensors"]


def safetensors(**shapes: list[int]) -> bytes:
    """A file of zeros in bfloat16."""
    header: dict[str, Any] = {"__metadata__": {"format": "pt"}}
    end = 0
    for name, shape in shapes.items():
        size = 2 * shape[0] * shape[1]
        header[name] = {"dtype": "BF16", "shape": shape, "data_offsets": [end, end + size]}
        end += size
    written = json.dumps(header).encode()
    return len(written).to_bytes(8, "little") + written + b"\0" * end


def folder(root: Path, name: str = "model", config: dict[str, Any] | None = None, **files: bytes) -> Path:
    made = root / name
    made.mkdir(parents=True)
    (made / "config.json").write_text(json.dumps(CONFIG | (config or {})))
    for file, content in (files or {"model.safetensors": safetensors(a=[3, 4], b=[5, 6])}).items():
        (made / file).write_bytes(content)
    return made


def reason(made: Path) -> str:
    with pytest.raises(ModelError) as caught:
        read_checkpoint(made, "local:model")
    return caught.value.detail


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        (["config.json", "model.safetensors", "README.md"], ["config.json", "model.safetensors"]),
        (
            ["config.json", *SHARDS, "model.safetensors.index.json", "consolidated.safetensors"],
            ["config.json", *SHARDS, "model.safetensors.index.json"],
        ),
        (["config.json", *SHARDS], []),
        (["config.json", "pytorch_model.bin"], []),
        (["model.safetensors"], []),
        (["config.json", "model.safetensors", "modeling_own.py"], ["config.json", "model.safetensors"]),
    ],
)
def test_only_the_configuration_and_safetensors_are_wanted(names: list[str], expected: list[str]) -> None:
    assert wanted(names) == expected


def test_what_the_files_say(tmp_path: Path) -> None:
    found = read_checkpoint(folder(tmp_path), "local:model")
    assert (found.vocabulary, found.positions) == (100, 64)
    assert (found.numbers, found.bytes, found.dtype) == (42, 84, "BF16")


def test_the_sizes_of_a_model_of_several_kinds_are_those_of_its_text(tmp_path: Path) -> None:
    found = read_checkpoint(folder(tmp_path, config={"text_config": {"vocab_size": 7}}), "local:model")
    assert found.vocabulary == 7


def test_pickled_weights_are_refused(tmp_path: Path) -> None:
    said = reason(folder(tmp_path, **{"pytorch_model.bin": b"cos\nsystem\n"}))
    assert "pytorch_model.bin" in said
    assert "can run code" in said


def test_quantized_weights_are_refused(tmp_path: Path) -> None:
    config = {"quantization_config": {"quant_method": "gptq"}}
    assert "quantized (gptq)" in reason(folder(tmp_path, config=config))


def test_an_adapter_is_refused(tmp_path: Path) -> None:
    made = folder(tmp_path, **{"adapter_model.safetensors": safetensors(a=[1, 1])})
    (made / "config.json").rename(made / "adapter_config.json")
    assert "merge it" in reason(made)


@pytest.mark.parametrize("content", [b"", b"\xff" * 16, (9).to_bytes(8, "little") + b"not json!"])
def test_a_broken_file_is_refused_without_a_path(tmp_path: Path, content: bytes) -> None:
    said = reason(folder(tmp_path, **{"model.safetensors": content}))
    assert said.startswith("The files of local:model cannot be read as a model")
    assert str(tmp_path) not in said


@pytest.mark.parametrize("name", ["bundled", "../secrets", "local:../x", "hub:", "local:"])
def test_names_that_are_none(name: str) -> None:
    with pytest.raises(ModelError) as caught:
        model_ref(name)
    assert caught.value.code == "bad-model-id"


def test_a_bare_name_means_the_hub() -> None:
    assert model_ref("Qwen/Qwen3-0.6B").text == "hub:Qwen/Qwen3-0.6B"


def test_local_models_are_folders_under_the_operators(tmp_path: Path) -> None:
    made = folder(tmp_path / "models", "one")
    (tmp_path / "models" / "linked").symlink_to(made)
    (tmp_path / "models" / "empty").mkdir()
    settings = Settings({"LOSSMASK_MODELS": str(tmp_path / "models")})
    assert model_names(settings) == ["one"]
    assert folder_of(model_ref("local:one"), settings) == made
    for name, given in (("linked", settings), ("absent", settings), ("one", Settings({}))):
        with pytest.raises(ModelError) as caught:
            folder_of(model_ref(f"local:{name}"), given)
        assert caught.value.code == "unknown-model"


def fetch(name: str, seen: list[Progress], cancel: bool = False, **environment: str) -> Path:
    settings = Settings({f"LOSSMASK_{key.upper()}": value for key, value in environment.items()})
    pinned = downloaded(model_ref(name), settings, seen.append, lambda: cancel and len(seen) > 1)
    return folder_of(pinned, settings)


def test_a_model_is_downloaded_without_anything_else(hub: Hub, tmp_path: Path) -> None:
    made = folder(tmp_path, **{"model.safetensors": safetensors(a=[300, 400]), "pytorch_model.bin": b"x"})
    (made / "modeling_own.py").write_text("import os")
    hub.serve("org/model", made)
    seen: list[Progress] = []
    found = fetch("org/model", seen)
    assert sorted(path.name for path in found.iterdir()) == ["config.json", "model.safetensors"]
    asked = {path.rpartition("/")[2] for path in hub.requests if "/resolve/" in path}
    assert asked == {"config.json", "model.safetensors"}
    assert [seen[0].step, seen[-1].step] == ["resolving", "downloading"]
    assert seen[-1].done == seen[-1].total > 240_000


@pytest.mark.parametrize(
    ("files", "environment", "code"),
    [
        ({"pytorch_model.bin": b"x"}, {}, "unreadable-model"),
        (
            {"model.safetensors": safetensors(a=[1000, 1000])},
            {"model_download_megabytes": "1"},
            "model-too-large",
        ),
        ({"model.safetensors": safetensors(a=[1, 1])}, {"hub": "off"}, "hub-off"),
    ],
)
def test_downloads_that_are_refused(
    hub: Hub, tmp_path: Path, files: dict[str, bytes], environment: dict[str, str], code: str
) -> None:
    hub.serve("org/model", folder(tmp_path, **files))
    with pytest.raises(ModelError) as caught:
        fetch("org/model", [], **environment)
    assert caught.value.code == code


def test_a_download_is_cancelled(hub: Hub, tmp_path: Path) -> None:
    hub.serve("org/model", folder(tmp_path, **{"model.safetensors": safetensors(a=[1000, 1000])}))
    with pytest.raises(ModelError) as caught:
        fetch("org/model", [], cancel=True)
    assert caught.value.code == "cancelled"


def test_a_model_does_not_stand_in_for_a_tokenizer(hub: Hub, tmp_path: Path) -> None:
    """Each has a shelf of its own, since their files differ."""
    hub.serve("org/model", folder(tmp_path))
    found = fetch("org/model", [])
    assert found.parent.parent.name == "models"
