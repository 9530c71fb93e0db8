"""Losses by a small model made on the spot, in its own process: right, cancelled, limited, refused."""

from __future__ import annotations

import asyncio
import os
import sys
import time
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from lossmask.core.analysis import Analysis
from lossmask.core.losses import Losses, targets
from lossmask.errors import Busy, LossmaskError, ModelError, TooLarge
from lossmask.losses import model as model_module
from lossmask.losses import process
from lossmask.losses.model import losses_of_model
from lossmask.losses.progress import Progress, Report, ignore
from lossmask.settings import Settings

from tests.losses.models import analysis_of, chat, edit_config, plain_losses, require_torch, save, small_model

VOCABULARY = 16_500
"""More than the bundled tokenizer has."""

linux = pytest.mark.skipif(sys.platform != "linux", reason="limits and figures of memory are Linux's")


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a model of 2.2 million parameters, and several that are refused."""
    require_torch()
    root = tmp_path_factory.mktemp("models")
    save(small_model(VOCABULARY, max_position_embeddings=4096), root / "small")
    save(small_model(100), root / "narrow")
    save(small_model(100), root / "lying")
    edit_config(root / "lying", vocab_size=VOCABULARY)
    save(small_model(VOCABULARY, max_position_embeddings=64), root / "short")
    return root


def settings(models: Path, **changed: object) -> Settings:
    given = {"models": models, **changed}
    return Settings({f"LOSSMASK_{name.upper()}": str(value) for name, value in given.items()})


def find(
    models: Path, name: str, analysis: Analysis, report: Report = ignore, **changed: object
) -> list[Losses]:
    return asyncio.run(losses_of_model(name, analysis, settings(models, **changed), report))


def refusal(models: Path, name: str, analysis: Analysis | None = None, **changed: object) -> LossmaskError:
    with pytest.raises(LossmaskError) as caught:
        find(models, name, analysis or analysis_of(chat()), **changed)
    return caught.value


def test_losses_of_two_thousand_tokens_equal_a_plain_forward_pass(models: Path) -> None:
    analysis = analysis_of(chat(replies=55))
    example = analysis.examples[0].example
    assert len(example.tokens) >= 2_000
    seen: list[Progress] = []
    (losses,) = find(models, "local:small", analysis, seen.append)
    plain = plain_losses(single_precision(), example.tokens.ids, targets(example))
    assert np.isnan(losses.cross_entropy[0])
    # Both run in single precision, in another order of additions.
    assert np.allclose(losses.cross_entropy[1:], plain, rtol=1e-4, atol=1e-5)
    assert losses.source == "model local:small"
    check_progress(seen, len(example.tokens))
    check_joined(analysis, losses)


def single_precision() -> Any:
    return small_model(VOCABULARY, max_position_embeddings=4096).float()


def check_progress(seen: list[Progress], tokens: int) -> None:
    steps = list(dict.fromkeys(progress.step for progress in seen))
    assert steps == ["starting", "loading", "forward", "scoring", "done"]
    loading = [progress for progress in seen if progress.step == "loading"]
    assert loading[-1].done == loading[-1].total > 0
    scoring = [progress.done for progress in seen if progress.step == "scoring"]
    assert scoring == sorted(scoring)
    assert scoring[-1] == tokens


def check_joined(analysis: Analysis, losses: Losses) -> None:
    """The answer has the columns, and contributions are coefficients times cross-entropies."""
    (example,) = analysis.with_losses([losses]).as_json()["examples"]
    found = example["losses"]
    assert found["likeliest"][0] == []
    assert all(len(tokens) == 5 for tokens in found["likeliest"][1:])
    first = found["likeliest"][1][0]
    assert first["piece"]
    assert found["ranks"][0] is None
    trained = [i for i, label in enumerate(example["labels"]) if label != -100]
    assert example["contributions"][trained[3]] == pytest.approx(
        example["coefficients"][trained[3]] * found["cross_entropy"][trained[3]]
    )


def test_likeliest_tokens_and_ranks_are_those_of_the_logits(models: Path) -> None:
    import torch

    analysis = analysis_of(chat())
    ids = analysis.examples[0].example.tokens.ids
    (losses,) = find(models, "local:small", analysis)
    with torch.inference_mode():
        logits = single_precision()(input_ids=torch.as_tensor(ids, dtype=torch.long)[None]).logits[0]
    assert losses.likeliest is not None
    assert losses.ranks is not None
    for position in (1, 7, len(ids) - 1):
        row = logits[position - 1]
        assert [token.id for token in losses.likeliest[position]] == row.topk(5).indices.tolist()
        assert losses.ranks[position] == int((row > row[int(ids[position])]).sum())
        chances = [token.probability for token in losses.likeliest[position]]
        assert np.allclose(chances, row.softmax(0).topk(5).values, rtol=1e-3)


@linux
def test_a_cancelled_run_ends_its_process_and_its_memory_returns(models: Path) -> None:
    analysis = analysis_of(chat(replies=20))
    find(models, "local:small", analysis_of(chat()))
    before = resident("self")

    async def cancelled() -> tuple[int, int, float]:
        reached = asyncio.Event()

        def report(progress: Progress) -> None:
            if progress.step == "loading":
                reached.set()

        task = asyncio.create_task(losses_of_model("local:small", analysis, settings(models), report))
        await reached.wait()
        (pid,) = process.running()
        held = resident(str(pid))
        since = time.monotonic()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        return pid, held, time.monotonic() - since

    pid, held, seconds = asyncio.run(cancelled())
    assert held > 50 * 2**20
    assert not Path(f"/proc/{pid}").exists()
    assert process.running() == []
    assert seconds < 5
    assert resident("self") - before < 32 * 2**20


def resident(pid: str) -> int:
    """Bytes of memory that a process has in the machine."""
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def test_a_second_model_is_refused_while_one_is_at_work(models: Path) -> None:
    analysis = analysis_of(chat())

    async def both() -> list[object]:
        runs = [losses_of_model("local:small", analysis, settings(models)) for _ in range(2)]
        return list(await asyncio.gather(*runs, return_exceptions=True))

    found = asyncio.run(both())
    assert sorted(type(result).__name__ for result in found) == ["Busy", "list"]
    assert isinstance(next(result for result in found if not isinstance(result, list)), Busy)


@linux
def test_a_model_that_takes_too_much_memory_is_stopped(models: Path) -> None:
    error = refusal(models, "local:small", analysis_of(chat(replies=50)), model_megabytes=8)
    assert error.code == "model-memory"
    assert "8 MiB" in error.detail


def test_a_model_that_takes_too_long_is_stopped(models: Path) -> None:
    error = refusal(models, "local:small", model_seconds=0.2)
    assert error.code == "model-timeout"
    assert "0.2 seconds" in error.detail
    assert process.running() == []


def test_an_id_beyond_the_vocabulary_is_refused_with_both(models: Path) -> None:
    """Once by the configuration, before anything is loaded, and once by the weights themselves."""
    analysis = analysis_of(chat())
    largest = int(analysis.examples[0].example.tokens.ids.max())
    for name in ("local:narrow", "local:lying"):
        error = refusal(models, name, analysis)
        assert error.code in ("model-vocabulary", "unreadable-model")
    error = refusal(models, "local:narrow", analysis)
    assert f"id {largest}," in error.detail
    assert "100 entries" in error.detail


def test_more_tokens_than_a_model_has_positions_for(models: Path) -> None:
    error = refusal(models, "local:short", analysis_of(chat(replies=3)))
    assert error.code == "model-too-large"
    assert "at most 64" in error.detail


def test_more_tokens_than_the_operator_allows(models: Path) -> None:
    error = refusal(models, "local:small", model_tokens=10)
    assert isinstance(error, TooLarge)
    assert "at most 10" in error.detail


def test_without_the_extra_a_sentence_says_how_to_install_it(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def without_torch(name: str) -> object:
        return None if name == "torch" else find_spec(name)

    monkeypatch.setattr(model_module, "find_spec", without_torch)
    error = refusal(tmp_path, "local:small")
    assert error.code == "no-torch"
    assert "lossmask[model]" in error.detail


def test_the_loss_is_about_the_label_where_there_is_one(models: Path) -> None:
    """An id that differs from the input's, as some frameworks write."""
    analysis = analysis_of(chat())
    row = analysis.examples[0]
    labels = row.example.labels.copy()
    place = int(np.flatnonzero(labels != -100)[0])
    labels[place] = 5
    changed = replace(analysis, examples=(replace(row, example=replace(row.example, labels=labels)),))
    (losses,) = find(models, "local:small", changed)
    expected = plain_losses(single_precision(), row.example.tokens.ids, targets(changed.examples[0].example))
    assert losses.cross_entropy[place] == pytest.approx(expected[place - 1], rel=1e-4)


def test_a_process_that_ends_by_itself_is_said_so(models: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(process, "COMMAND", (sys.executable, "-c", "raise SystemExit(3)"))
    error = refusal(models, "local:small")
    assert isinstance(error, ModelError)
    assert error.code == "model-stopped"
