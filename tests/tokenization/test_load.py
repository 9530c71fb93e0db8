"""Loading from a folder: what is read, and each failure as a sentence."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from lossmask.errors import TokenizerError
from lossmask.settings import Settings
from lossmask.tokenization import load as loading
from lossmask.tokenization.load import load, load_cached
from lossmask.tokenization.locate import BUNDLED, Location, locate
from lossmask.tokenization.names import TokenizerRef

from .conftest import Maker, by_transformers, split_at_k
from .nasty import NASTY


def at(folder: Path) -> Location:
    return Location(f"local:{folder.name}", None, folder)


def test_special_tokens_and_ids_come_from_the_config(make: Maker) -> None:
    tokenizer = load(at(make(bos_token="<|im_start|>")))
    assert tokenizer.special_tokens == {"bos_token": "<|im_start|>", "eos_token": "<|im_end|>"}
    assert tokenizer.encode("<|im_start|><|im_end|>").ids.tolist() == [tokenizer.bos_id, tokenizer.eos_id]
    assert tokenizer.pad_id is None


def test_a_token_that_only_the_config_names_is_added_by_auto_alone(make: Maker) -> None:
    folder = make(pad_token="<|pad|>")
    assert len(load(at(folder)).encode("<|pad|>")) == 1
    assert len(load(at(folder), "file").encode("<|pad|>")) > 1


@pytest.mark.parametrize("loader", ["auto", "file"])
def test_one_chat_template_is_named_default(make: Maker, loader: str) -> None:
    folder = make(files={"chat_template.jinja": "{{ messages }}"}, chat_template="old")
    assert load(at(folder), loader).chat_templates == {"default": "{{ messages }}"}  # type: ignore[arg-type]


def test_named_chat_templates_keep_their_names(make: Maker) -> None:
    files = {"chat_template.jinja": "a", "additional_chat_templates/rag.jinja": "b"}
    assert load(at(make(files=files))).chat_templates == {"default": "a", "rag": "b"}


def test_loading_needs_one_of_the_known_vocabularies(tmp_path: Path) -> None:
    with pytest.raises(TokenizerError) as caught:
        load(at(tmp_path))
    assert caught.value.code == "no-tokenizer"


def test_the_loader_file_needs_the_file(make: Maker) -> None:
    folder = make(files={"vocab.json": "{}"})
    (folder / "tokenizer.json").unlink()
    with pytest.raises(TokenizerError, match="only the loader `auto`") as caught:
        load(at(folder), "file")
    assert caught.value.code == "no-tokenizer"


@pytest.mark.parametrize("text", ["", "{", "[]", "{}", '{"model": {"type": "BPE", "vocab": {"a": -1}}}'])
def test_a_broken_file_is_told_without_the_servers_paths(make: Maker, text: str) -> None:
    folder = make()
    (folder / "tokenizer.json").write_text(text)
    for loader in ("auto", "file"):
        with pytest.raises(TokenizerError) as caught:
            load(at(folder), loader)  # type: ignore[arg-type]
        assert caught.value.code == "broken-tokenizer"
        assert str(folder.parent) not in caught.value.detail


def test_code_out_of_the_folder_is_never_run(make: Maker, tmp_path: Path) -> None:
    code = f"open({str(tmp_path / 'ran')!r}, 'w')\nclass Own: ..."
    folder = make(
        files={"own.py": code},
        tokenizer_class="Own",
        auto_map={"AutoTokenizer": ["own.Own", "own.Own"]},
    )
    with pytest.raises(TokenizerError, match="never does") as caught:
        load(at(folder))
    assert caught.value.code == "broken-tokenizer"
    assert not (tmp_path / "ran").exists()


def test_models_that_transformers_knows_by_name_are_loaded_as_by_name(
    make: Maker, monkeypatch: pytest.MonkeyPatch
) -> None:
    from transformers.models.auto import tokenization_auto

    monkeypatch.setattr(tokenization_auto, "MODEL_IDS_TO_TOKENIZERS_BACKEND", ["org/listed-*"])
    folder = make(tokenizer_class="GPT2Tokenizer")
    as_written = split_at_k(folder).encode("to bake").ids
    assert load(Location("hub:org/listed-7b", None, folder)).encode("to bake").ids.tolist() == as_written
    assert load(Location("hub:org/other", None, folder)).encode("to bake").ids.tolist() != as_written


def test_a_tokenizer_without_offsets_is_refused(make: Maker) -> None:
    folder = make(files={"vocab.json": json.dumps({"<unk>": 0, "a</w>": 1}), "merges.txt": "#version: 0.2\n"})
    (folder / "tokenizer.json").unlink()
    (folder / "tokenizer_config.json").write_text(json.dumps({"tokenizer_class": "CTRLTokenizer"}))
    with pytest.raises(TokenizerError) as caught:
        load(at(folder))
    assert caught.value.code == "no-offsets"


def test_the_last_few_are_kept(make: Maker) -> None:
    location = at(make())
    assert load_cached(location) is load_cached(location)
    assert load_cached(location) is not load_cached(location, "file")
    assert load_cached.cache_info().maxsize == loading.KEPT


def run(program: str) -> tuple[str, str]:
    """Output of a program in an interpreter of its own, where every warning is an error."""
    imports = (
        "import sys; from pathlib import Path; from lossmask.settings import Settings\n"
        "from lossmask.tokenization.load import load; from lossmask.tokenization.names import TokenizerRef\n"
        "from lossmask.tokenization.locate import Location, locate\n"
    )
    command = [sys.executable, "-W", "error", "-c", imports + program]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return done.stdout, done.stderr


def test_nothing_is_written_to_the_terminal_and_no_warning_is_raised(make: Maker) -> None:
    assert run(f"load(Location('local:small', None, Path({str(make())!r})))") == ("", "")


def test_bundled_loads_without_transformers() -> None:
    program = (
        "load(locate(TokenizerRef.parse('bundled'), Settings({}))); print('transformers' in sys.modules)"
    )
    assert run(program) == ("False\n", "")


def test_bundled_is_what_transformers_makes_of_its_folder() -> None:
    tokenizer, own = load(Location("bundled", None, BUNDLED)), by_transformers(BUNDLED)
    assert tokenizer.special_tokens == own.special_tokens_map
    assert tokenizer.chat_templates == {}
    assert own.chat_template is None
    ids = (tokenizer.bos_id, tokenizer.eos_id, tokenizer.pad_id)
    assert ids == (own.bos_token_id, own.eos_token_id, own.pad_token_id)
    for text in (*NASTY, "<|begin_of_text|>hi<|eot_id|>\n<think>"):
        tokens = tokenizer.encode(text)
        assert tokens.ids.tolist() == own(text, add_special_tokens=False)["input_ids"]
        assert tokenizer.differs_from_file(text, tokens) is None


def test_bundled_has_the_control_tokens_of_the_common_formats() -> None:
    tokenizer = load(locate(TokenizerRef.parse("bundled"), Settings({})))
    assert tokenizer.vocabulary_size == 16_384
    control = ["<|im_start|>", "<|eot_id|>", "[INST]", "<start_of_turn>", "<|assistant|>", "<|message|>"]
    tokens = tokenizer.encode("".join([*control, "<think>"]))
    assert list(tokens.pieces) == [*control, "<think>"]
    assert tokens.special.tolist() == [True] * len(control) + [False]


def test_bundled_splits_the_seed_case_where_words_and_turns_end() -> None:
    tokenizer = load(locate(TokenizerRef.parse("bundled"), Settings({})))
    text = "<|start_header_id|>assistant<|end_header_id|>\n\nto bake pancakes, one takes a pan<|eot_id|>"
    tokens = tokenizer.encode(text)
    assert list(tokens.pieces[:4]) == ["<|start_header_id|>", "assistant", "<|end_header_id|>", "ĊĊ"]
    starts = set(tokens.offsets[:, 0].tolist())
    assert {text.index(word) for word in (" bake", " pancakes", ",", " one", " pan<", "<|eot")} <= starts
