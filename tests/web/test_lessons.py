"""Lessons as pages, on a really running engine: the list, every step, questions, broken files, the export."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from lossmask.engine.analyse import analyse
from lossmask.lessons.pointing import pointed, shown_example
from lossmask.lessons.registry import bundled_lessons
from lossmask.web.forms import AnalysisForm
from starlette.testclient import TestClient

from tests.lessons.test_drafts import draft
from tests.lessons.test_format import FRONT
from tests.web.client import HTML, running

LESSONS = {lesson.name: lesson for lesson in bundled_lessons()}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    found = tmp_path_factory.mktemp("lessons")
    (found / "mine.md").write_text(
        f"{FRONT}## Head\n\n```yaml\npoint: [{{turn: 9}}]\nclaims: [trained > tokens]\n```\n"
        "{trained} <b>words</b>\n\n"
        "## Busy\n\n```yaml\nchat_template: \"{{ raise_exception('no') }}\"\n```\ntext\n",
        encoding="utf-8",
    )
    (found / "broken.md").write_text("nothing", encoding="utf-8")
    return found


@pytest.fixture(scope="module")
def client(folder: Path) -> Iterator[TestClient]:
    with running(hub="off", job_seconds=60, lessons=folder) as client:
        yield client


def test_the_list_has_every_lesson_and_tells_of_broken_files(client: TestClient) -> None:
    text = client.get("/lessons?theme=dark", headers=HTML).text
    assert re.findall(r'href="/lessons/([a-z-]+)\?step=1&amp;theme=dark"', text) == [*LESSONS, "mine"]
    assert "broken.md, line 1: front matter is expected" in text
    assert 'data-theme="dark"' in text


@pytest.mark.parametrize("name", LESSONS)
def test_every_step_is_drawn_with_its_tokens_outlined(client: TestClient, name: str) -> None:
    lesson = LESSONS[name]
    for number, step in enumerate(lesson.steps, start=1):
        answer = client.get(f"/lessons/{name}?step={number}", headers=HTML)
        assert answer.status_code == 200, step.heading
        assert "does not hold with this analysis" not in answer.text
        assert re.search(r"<h2[^>]*>" + re.escape(step.heading), html.unescape(answer.text))
        analysed = shown_example(step, analyse(step.request()))
        places = [at for point in step.points if analysed for at in pointed(point, analysed)]
        assert f'data-pointed="{",".join(map(str, places))}"' in answer.text
        area = answer.text.partition('id="tokens"')[2].partition('class="boundaries')[0]
        assert len(re.findall(r'<b class="[^"]*\bp(?= |")', area)) == len(set(places))


def test_links_step_and_stop_at_the_ends(client: TestClient) -> None:
    first = client.get("/lessons/masking?theme=dark&present=1", headers=HTML).text
    assert 'id="step-back"' not in first
    assert 'href="/lessons/masking?step=2&amp;theme=dark&amp;present=1"' in first
    last = client.get("/lessons/masking?step=99", headers=HTML).text
    assert f'data-step="{len(LESSONS["masking"].steps)}"' in last
    assert 'id="step-next"' not in last
    assert client.get("/lessons/masking?step=nonsense", headers=HTML).status_code == 200


def test_a_step_opens_in_the_editor(client: TestClient) -> None:
    text = client.get("/lessons/markers?step=4", headers=HTML).text
    editor = text.partition('<form id="editor"')[2].partition("</form>")[0]
    fields = re.findall(r'<input type="hidden" name="([^"]*)" value="([^"]*)"', editor)
    form = AnalysisForm.from_fields((html.unescape(name), html.unescape(value)) for name, value in fields)
    step = LESSONS["markers"].steps[3]
    assert form.strategy_options() == step.request().strategy.options
    answer = client.post("/", data=dict(fields) | {"conversation": form.conversation}, headers=HTML)
    assert "None of 57 tokens train." in answer.text


def test_answers_are_checked(client: TestClient) -> None:
    question = LESSONS["one-string"].steps[1].question
    assert question is not None
    address = "/lessons/one-string?step=2"
    assert "Right." not in client.get(address, headers=HTML).text
    assert "Right." in client.get(f"{address}&answer={question.right + 1}", headers=HTML).text
    wrong = client.get(f"{address}&answer=1", headers=HTML).text
    assert "Not so." in wrong
    assert 'id="step-next"' in wrong
    assert "Not so." not in client.get(f"{address}&answer=17", headers=HTML).text


def test_what_does_not_hold_is_told_and_markup_is_text(client: TestClient) -> None:
    text = client.get("/lessons/mine", headers=HTML).text
    assert "does not hold with this analysis: point 1 finds no token; trained &gt; tokens." in text
    assert "<b>words</b>" not in text
    assert "&lt;b&gt;words&lt;/b&gt;" in text


def test_a_step_that_fails_is_shown_with_its_words(client: TestClient) -> None:
    answer = client.get("/lessons/mine?step=2", headers=HTML)
    assert answer.status_code == 422
    assert 'class="failure"' in answer.text
    assert 'id="step-back"' in answer.text


def test_broken_and_unknown_lessons(client: TestClient) -> None:
    broken = client.get("/lessons/broken", headers=HTML)
    assert broken.status_code == 422
    assert "broken.md, line 1" in broken.text
    assert client.get("/lessons/unknown", headers=HTML).status_code == 404


def test_the_main_page_leads_there(client: TestClient) -> None:
    assert '<a href="/lessons"' in client.get("/", headers=HTML).text


def test_a_draft_is_exported(client: TestClient) -> None:
    assert "Make a lesson" in client.get("/lessons/make", headers=HTML).text
    answer = client.post("/lessons/export", data={"lesson": json.dumps(draft())})
    assert answer.headers["content-type"] == "text/markdown; charset=utf-8"
    assert answer.headers["content-disposition"] == 'attachment; filename="mine-a-test.md"'
    assert answer.text.startswith("---\ntitle: 'Mine: a test'\n")
    refused = client.post("/lessons/export", data={"lesson": "{}"})
    assert refused.status_code == 422
    assert refused.json()["code"] == "bad-lesson"
