"""Downloads from the imitation of the Hub: what is asked for, what is refused, and in which words."""

from __future__ import annotations

from pathlib import Path

import pytest
from lossmask.errors import TokenizerError
from lossmask.settings import Settings
from lossmask.tokenization import cache
from lossmask.tokenization.hub import Progress, fetch
from lossmask.tokenization.load import load
from lossmask.tokenization.locate import locate
from lossmask.tokenization.names import TokenizerRef

from tests.hub import Hub

from .conftest import Maker


def get(
    name: str,
    progress: list[Progress] | None = None,
    cancel_after: int | None = None,
    **environment: str,
) -> TokenizerRef:
    """Fetch `hub:NAME`; cancelled once so many reports have come."""
    reports: list[Progress] = [] if progress is None else progress
    cancelled = (lambda: False) if cancel_after is None else (lambda: len(reports) >= cancel_after)
    settings = Settings({f"LOSSMASK_{key.upper()}": value for key, value in environment.items()})
    return fetch(TokenizerRef.parse(f"hub:{name}"), settings, reports.append, cancelled)


def refusal(name: str, **options: str) -> TokenizerError:
    with pytest.raises(TokenizerError) as caught:
        get(name, **options)
    return caught.value


def test_a_model_is_downloaded_at_a_commit_and_loads(hub: Hub, make: Maker) -> None:
    hub.serve("org/model", make(files={"model.safetensors": "weights", "code.py": "import os"}))
    ref = get("org/model")
    assert ref.text == f"hub:org/model@{hub.commit('org/model')}"
    tokenizer = load(locate(ref, Settings({})))
    assert (tokenizer.name, tokenizer.revision) == ("hub:org/model", hub.commit("org/model"))
    assert list(tokenizer.encode("give").pieces) == ["give"]


def test_only_allowed_files_are_ever_asked_for(hub: Hub, make: Maker) -> None:
    further = {"model.bin": "", "code.py": "", "vocab.json": "{}", "additional_chat_templates/rag.jinja": "r"}
    hub.serve("org/model", make(files=further))
    get("org/model")
    asked = {path.partition(hub.commit("org/model"))[2] for path in hub.requests if "/resolve/" in path}
    assert asked == {"/tokenizer.json", "/tokenizer_config.json", "/additional_chat_templates/rag.jinja"}


def test_progress_counts_bytes_up_to_the_total(hub: Hub, make: Maker) -> None:
    folder = make()
    hub.serve("org/model", folder)
    seen: list[Progress] = []
    get("org/model", seen)
    size = sum(path.stat().st_size for path in folder.iterdir())
    assert seen[0] == Progress("resolving")
    assert seen[-1] == Progress("done", bytes=size, total=size)
    assert all(report.total == size for report in seen[1:])


def test_a_pinned_model_that_is_here_needs_no_network(hub: Hub, make: Maker) -> None:
    hub.serve("org/model", make())
    ref = get("org/model")
    asked = len(hub.requests)
    assert fetch(ref, Settings({"LOSSMASK_HUB": "off"}), lambda report: None, lambda: False) == ref
    assert len(hub.requests) == asked


def test_a_branch_is_resolved_again_but_not_downloaded_again(hub: Hub, make: Maker) -> None:
    hub.serve("org/model", make())
    first = get("org/model")
    asked = len(hub.requests)
    assert get("org/model") == first
    assert hub.requests[asked:] == ["/api/models/org/model"]


def test_a_tag_is_resolved_to_its_commit(hub: Hub, make: Maker) -> None:
    hub.serve("org/model", make())
    hub.revisions["org/model"] = "v1.0"
    assert get("org/model@v1.0").revision == hub.commit("org/model")


def test_a_model_that_moved_is_followed(hub: Hub, make: Maker) -> None:
    hub.serve("org/model", make())
    hub.renamed["model"] = "org/model"
    assert get("model").text == f"hub:model@{hub.commit('org/model')}"


def test_names_of_other_sources_pass_through() -> None:
    ref = TokenizerRef.parse("bundled")
    assert fetch(ref, Settings({}), lambda report: None, lambda: False) is ref


def test_an_unknown_model(hub: Hub) -> None:
    error = refusal("org/nothing")
    assert error.code == "unknown-tokenizer"
    assert "no model 'org/nothing'" in error.detail


def test_an_unknown_revision(hub: Hub, make: Maker) -> None:
    hub.serve("org/model", make())
    error = refusal("org/model@nope")
    assert error.code == "unknown-revision"
    assert "no revision 'nope'" in error.detail


def test_a_gated_model_names_the_operators_token(hub: Hub, make: Maker) -> None:
    hub.serve("org/model", make())
    hub.gated.add("org/model")
    error = refusal("org/model")
    assert error.code == "gated-tokenizer"
    assert "HF_TOKEN" in error.detail


def test_the_operators_token_opens_a_gated_model(
    hub: Hub, make: Maker, monkeypatch: pytest.MonkeyPatch
) -> None:
    hub.serve("org/model", make())
    hub.gated.add("org/model")
    hub.token = "secret"
    monkeypatch.setenv("HF_TOKEN", "secret")
    assert get("org/model").pinned


def test_a_token_stored_on_disk_is_not_sent(
    hub: Hub, make: Maker, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    stored = tmp_path / "token"
    stored.write_text("hf_stored")
    monkeypatch.setattr("huggingface_hub.constants.HF_TOKEN_PATH", str(stored))
    hub.serve("org/model", make())
    get("org/model")
    assert set(hub.tokens) == {None}


def test_no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_ENDPOINT", "http://127.0.0.1:9")
    error = refusal("org/model")
    assert error.code == "no-network"
    assert "cannot be reached" in error.detail


def test_without_a_network_the_last_download_of_a_branch_serves(
    hub: Hub, make: Maker, monkeypatch: pytest.MonkeyPatch
) -> None:
    hub.serve("org/model", make())
    ref = get("org/model")
    monkeypatch.setenv("HF_ENDPOINT", "http://127.0.0.1:9")
    assert get("org/model") == ref


def test_a_repository_without_a_tokenizer(hub: Hub, tmp_path: Path) -> None:
    folder = tmp_path / "bare"
    folder.mkdir()
    (folder / "tokenizer.model").write_text("")
    hub.serve("org/model", folder)
    error = refusal("org/model")
    assert error.code == "no-tokenizer"
    assert "tokenizer.model, which needs a library" in error.detail


def test_switched_off(hub: Hub, make: Maker) -> None:
    hub.serve("org/model", make())
    assert refusal("org/model", hub="off").code == "hub-off"
    assert hub.requests == []


def test_sizes_are_read_before_anything_is_downloaded(hub: Hub, make: Maker) -> None:
    hub.serve("org/model", make())
    hub.claimed_sizes["tokenizer.json"] = 2 * 2**20
    assert refusal("org/model", hub_file_megabytes="1").code == "tokenizer-too-large"
    assert not any("/resolve/" in path for path in hub.requests)


def test_a_file_larger_than_it_claims_is_cut_off(hub: Hub, make: Maker) -> None:
    hub.serve("org/model", make(files={"chat_template.jinja": "x" * 2 * 2**20}))
    hub.claimed_sizes["chat_template.jinja"] = 10
    assert refusal("org/model", hub_file_megabytes="1").code == "tokenizer-too-large"
    assert cache.snapshot("org/model", hub.commit("org/model")) is None


def test_a_download_can_be_cancelled(hub: Hub, make: Maker) -> None:
    hub.serve("org/model", make())
    with pytest.raises(TokenizerError) as caught:
        get("org/model", cancel_after=2)
    assert caught.value.code == "cancelled"
    assert cache.snapshot("org/model", hub.commit("org/model")) is None


def test_a_download_that_takes_too_long_is_ended(hub: Hub, make: Maker) -> None:
    hub.serve("org/model", make(files={"chat_template.jinja": "x" * 2**20}))
    hub.seconds_per_chunk = 0.05
    assert refusal("org/model", hub_seconds="0.3").code == "hub-timeout"
