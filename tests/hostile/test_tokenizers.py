from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from lossmask.core.request import AnalysisRequest

from tests.hostile.arena import SHORT, SHORT_LOAD, Arena
from tests.hostile.judging import judged
from tests.hostile.tokenizers import added, configurations, files, steps, structure, weight
from tests.hostile.tokenizers.making import Folder

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="Linux keeps all limits")

FOLDERS = [
    *files.FOLDERS,
    *structure.FOLDERS,
    *steps.FOLDERS,
    *added.FOLDERS,
    *configurations.FOLDERS,
    *weight.FOLDERS,
]
BY_OUTCOME = {
    outcome: [case for case in FOLDERS if case.outcome == outcome]
    for outcome in ("tokenizer-timeout", "template-timeout")
}
ENDING = [case for case in FOLDERS if case.outcome not in BY_OUTCOME]


@pytest.fixture
def folder(tokenizers: Path, request: pytest.FixtureRequest) -> Iterator[Path]:
    """A folder of its own for each case, since workers keep what they have loaded."""
    path = tokenizers / f"case-{FOLDERS.index(request.getfixturevalue('case'))}"
    path.mkdir()
    return path


def asking(folder: Path, case: Folder) -> AnalysisRequest:
    # The letters are what the patterns among the cases walk back over.
    messages = [{"role": "user", "content": "a" * 3_000}, {"role": "assistant", "content": "hello"}]
    return AnalysisRequest.from_json(
        {"conversation": messages, "tokenizer": f"local:{folder.name}", "tokenizer_loader": case.loader}
    )


def test_there_are_enough() -> None:
    assert len(FOLDERS) >= 30
    assert len({case.name for case in FOLDERS}) == len(FOLDERS)


@pytest.mark.parametrize("case", ENDING, ids=str)
def test_a_tokenizer_ends_as_it_must(patient: Arena, folder: Path, case: Folder) -> None:
    case.make(folder)
    ended = judged(patient, asking(folder, case), case.outcome)
    assert str(folder) not in ended.detail
    assert "root:" not in ended.detail
    assert len(ended.detail) < 3_000


@pytest.mark.parametrize("case", BY_OUTCOME["tokenizer-timeout"], ids=str)
def test_an_endless_loading_is_stopped(hurried_loading: Arena, folder: Path, case: Folder) -> None:
    case.make(folder)
    ended = judged(hurried_loading, asking(folder, case), "tokenizer-timeout")
    assert f"within {SHORT_LOAD:g} seconds" in ended.detail


@pytest.mark.parametrize("case", BY_OUTCOME["template-timeout"], ids=str)
def test_an_endless_encoding_is_stopped(hurried: Arena, folder: Path, case: Folder) -> None:
    case.make(folder)
    # What loads slowly is not stopped here; only what follows is in a hurry.
    ended = judged(hurried, asking(folder, case), "template-timeout")
    assert f"within {SHORT:g} seconds" in ended.detail
