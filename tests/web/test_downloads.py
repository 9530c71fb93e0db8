from __future__ import annotations

import asyncio
import time
from pathlib import Path

import pytest
from lossmask.errors import Busy, TokenizerError
from lossmask.settings import Settings
from lossmask.web import downloads
from lossmask.web.downloads import Downloads

from tests.hub import Hub

NAME = "hub:acme/model"


@pytest.fixture
def service(hub: Hub, tmp_path: Path) -> Downloads:
    """Downloads from an imitation of the Hub that has one model, of 300 kB."""
    folder = tmp_path / "model"
    folder.mkdir()
    (folder / "tokenizer.json").write_bytes(b" " * 300_000)
    hub.serve("acme/model", folder)
    return Downloads(Settings({}))


def test_a_name_is_pinned_to_its_commit(service: Downloads, hub: Hub) -> None:
    assert asyncio.run(service.pinned(NAME)) == f"{NAME}@{hub.commit('acme/model')}"
    progress = service.progress(NAME)
    assert progress is not None
    assert (progress.step, progress.bytes, progress.total) == ("done", 300_000, 300_000)


@pytest.mark.parametrize("name", ["bundled", "local:folder"])
def test_other_names_need_no_download(service: Downloads, hub: Hub, name: str) -> None:
    assert asyncio.run(service.pinned(name)) == name
    assert hub.requests == []


def test_several_who_ask_share_one_download(service: Downloads, hub: Hub) -> None:
    async def ask() -> list[str]:
        return list(await asyncio.gather(*(service.pinned(NAME) for _ in range(3))))

    assert len(set(asyncio.run(ask()))) == 1
    assert sum(path.endswith("tokenizer.json") for path in hub.requests) == 1


def test_what_a_branch_stands_for_is_remembered_for_a_while(
    service: Downloads, hub: Hub, monkeypatch: pytest.MonkeyPatch
) -> None:
    asyncio.run(service.pinned(NAME))
    asked = len(hub.requests)
    asyncio.run(service.pinned(NAME))
    assert len(hub.requests) == asked
    monkeypatch.setattr(downloads, "REMEMBERED_SECONDS", 0.0)
    asyncio.run(service.pinned(NAME))
    assert len(hub.requests) > asked


def test_a_failed_download_is_tried_again(service: Downloads, hub: Hub) -> None:
    hub.gated.add("acme/model")
    with pytest.raises(TokenizerError) as caught:
        asyncio.run(service.pinned(NAME))
    assert caught.value.code == "gated-tokenizer"
    assert service.progress(NAME) is None
    hub.gated.clear()
    assert asyncio.run(service.pinned(NAME)).startswith(NAME)


def test_progress_grows_and_cancelling_stops_it(service: Downloads, hub: Hub) -> None:
    hub.seconds_per_chunk = 0.2

    async def ask() -> list[int]:
        waiting = asyncio.create_task(service.pinned(NAME))
        seen: list[int] = []
        while not waiting.done():
            await asyncio.sleep(0.02)
            progress = service.progress(NAME)
            seen.append(progress.bytes if progress else 0)
            if seen[-1]:
                service.cancel(NAME)
        with pytest.raises(TokenizerError, match="cancelled"):
            await waiting
        return seen

    seen = asyncio.run(ask())
    assert 0 < max(seen) < 300_000
    assert service.progress(NAME) is None


def test_who_goes_away_leaves_the_download_to_others(service: Downloads, hub: Hub) -> None:
    hub.seconds_per_chunk = 0.1

    async def ask() -> str:
        impatient, patient = (asyncio.create_task(service.pinned(NAME)) for _ in range(2))
        await asyncio.sleep(0.1)
        impatient.cancel()
        return await patient

    assert asyncio.run(ask()).startswith(NAME)


def test_too_many_at_once_are_refused(service: Downloads, hub: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(downloads, "AT_ONCE", 1)
    hub.seconds_per_chunk = 0.1

    async def ask() -> None:
        first = asyncio.create_task(service.pinned(NAME))
        await asyncio.sleep(0.05)
        with pytest.raises(Busy):
            await service.pinned("hub:acme/other")
        service.close()
        with pytest.raises(TokenizerError, match="cancelled"):
            await first

    started = time.monotonic()
    asyncio.run(ask())
    assert time.monotonic() - started < 5
