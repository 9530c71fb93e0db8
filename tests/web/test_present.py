"""Presenting, from the server: the address and its code, the theme, the notes, the bar's buttons."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
import segno
from lossmask.lessons.registry import bundled_lessons
from lossmask.web.present import LONGEST, code_of
from starlette.testclient import TestClient

from tests.lessons.test_format import FRONT
from tests.web.client import HTML, running

QUIET = 4
"""Modules of margin that the standard asks for."""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    found = tmp_path_factory.mktemp("lessons")
    (found / "mine.md").write_text(
        FRONT + "## First\n\nWords.\n\nNotes: Ask them for {tokens} hands.\n\n## Second\n\nMore.\n",
        encoding="utf-8",
    )
    return found


@pytest.fixture(scope="module")
def client(folder: Path) -> Iterator[TestClient]:
    with running(hub="off", job_seconds=60, lessons=folder, hosts="testserver 127.0.0.1") as client:
        yield client


def address_in(page: str) -> str:
    found = re.search(r'id="present-address"><b>([^<]*)</b>', page)
    assert found is not None
    return html.unescape(found[1])


def dark(svg: str) -> set[tuple[int, int]]:
    """The dark modules of a drawn code, `(row, column)`, read off its one path."""
    path = re.search(r'stroke="#000" d="([^"]*)"', svg)
    assert path is not None
    row, column, found = -0.5, 0, set()
    for command, numbers in re.findall(r"([Mmh])([-\d. ]+)", path[1]):
        given = [float(number) for number in re.findall(r"-?[\d.]+", numbers)]
        if command == "h":
            found |= {(int(row - 0.5), at) for at in range(column, column + int(given[0]))}
            column += int(given[0])
        elif command == "M":
            column, row = int(given[0]), given[1]
        else:
            column, row = column + int(given[0]), row + given[1]
    return found


def test_the_code_is_that_of_the_address_with_its_margin() -> None:
    address = "https://lossmask.example.org/lessons/masking?step=3"
    svg = code_of(address)
    matrix = segno.make(address, micro=False, error="m").matrix
    expected = {
        (r + QUIET, c + QUIET) for r, row in enumerate(matrix) for c, module in enumerate(row) if module
    }
    assert dark(svg) == expected
    side = len(matrix) + 2 * QUIET
    assert f'viewBox="0 0 {side} {side}"' in svg
    assert 'fill="#fff"' in svg
    assert not re.search(r"\s(style|class|width|height)=", svg)
    assert dark(code_of(address + "0")) != expected


def test_the_address_is_what_those_who_look_on_type(client: TestClient) -> None:
    page = client.get("/lessons/masking?step=3&present=1&theme=dark", headers=HTML).text
    assert address_in(page) == "http://testserver/lessons/masking?step=3"
    assert code_of("http://testserver/lessons/masking?step=3") in page
    assert "opens on this computer only" not in page
    assert address_in(client.get("/?example=tools&present=1", headers=HTML).text) == (
        "http://testserver/?example=tools"
    )


def test_an_address_that_opens_only_here_says_so(client: TestClient) -> None:
    page = client.get("http://127.0.0.1/?present=1", headers=HTML).text
    assert address_in(page) == "http://127.0.0.1/"
    assert "opens on this computer only" in page


def test_the_operators_address_goes_first(folder: Path) -> None:
    with running(hub="off", lessons=folder, public_url="https://masks.example.org/") as client:
        page = client.get("/present?at=/lessons/masking%3Fstep=2", headers=HTML).text
    assert address_in(page) == "https://masks.example.org/lessons/masking?step=2"
    assert "opens on this computer only" not in page


@pytest.mark.parametrize("at", ["", "lessons", "//elsewhere.example/", "/" + "a" * LONGEST])
def test_only_paths_of_this_server_are_drawn(client: TestClient, at: str) -> None:
    assert client.get("/present", params={"at": at}).status_code == 422


def test_a_path_is_text(client: TestClient) -> None:
    page = client.get("/present", params={"at": "/<b>&present=1"}).text
    assert "/&lt;b&gt;&amp;present=1" in page


def test_an_address_too_long_for_a_code_is_cut_to_its_path(client: TestClient) -> None:
    page = client.get("/?present=1&x=" + "a" * LONGEST, headers=HTML).text
    assert address_in(page) == "http://testserver/"


@pytest.mark.parametrize("path", ["/", "/lessons/masking"])
def test_a_presented_page_wears_the_projectors_theme(client: TestClient, path: str) -> None:
    head = '<html lang="en" data-theme="{}"{}>'
    assert head.format("projector", " data-present") in client.get(f"{path}?present=1", headers=HTML).text
    dark = client.get(f"{path}?present=1&theme=dark", headers=HTML).text
    assert head.format("dark", " data-present") in dark
    plain = client.get(path, headers=HTML).text
    assert head.format("system", "") in plain
    assert 'id="present-address"' not in plain


def test_notes_have_their_figures_and_stop_at_the_ends(client: TestClient) -> None:
    first = client.get("/lessons/mine/notes", headers=HTML).text
    assert re.search(r"Ask them for \d+ hands\.", first)
    assert 'id="step-back"' not in first
    assert 'href="/lessons/mine/notes?step=2"' in first
    assert re.search(r"Next:</span> Second", first)
    last = client.get("/lessons/mine/notes?step=9", headers=HTML).text
    assert "This step has no notes." in last
    assert 'data-step="2"' in last
    assert 'id="step-next"' not in last
    assert client.get("/lessons/unknown/notes", headers=HTML).status_code == 404


def test_every_bundled_lesson_has_a_page_of_notes(client: TestClient) -> None:
    for lesson in bundled_lessons():
        answer = client.get(f"/lessons/{lesson.name}/notes?step=2", headers=HTML)
        assert answer.status_code == 200
        assert html.escape(lesson.steps[1].heading) in answer.text


def test_enter_in_a_field_still_analyses(client: TestClient) -> None:
    """A form's first submit button is the one that Enter presses."""
    page = client.get("/", headers=HTML).text
    buttons = re.findall(r'<button type="submit" form="form"[^>]*>([^<]*)<', page)
    assert buttons[:3] == ["Analyse", "Batch", "Compare with…"]
