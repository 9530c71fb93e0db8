"""The pages about snapshots as plain HTML: what they show, what they keep back, who may frame them."""

from __future__ import annotations

import html
import json
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI
from lossmask.core.analysis import Outcome
from lossmask.storage.store import Store
from lossmask.web.forms import AnalysisForm
from starlette.testclient import TestClient

from tests.factory import analysis
from tests.web.client import HTML, HTMX
from tests.web.snapshots import PUBLIC, STATE, application, client_of, store

PRIVATE = ("/s/{id}", "/s/{id}/manage", "/embed/s/{id}", "/api/snapshots/{id}", "/embed", "/s/none")
BUTTON = 'id="store-button"'
ONLY_HERE = "links from localhost open only on this computer; send the portable link or the file"


@pytest.fixture
def client(app: FastAPI) -> TestClient:
    return client_of(app)


def opened(client: TestClient, path: str) -> str:
    answer = client.get(path, headers=HTML)
    assert answer.status_code == 200, answer.text
    return answer.text


def seen(**view: Any) -> dict[str, Any]:
    return {**STATE, "view": view}


def test_a_snapshot_shows_the_stored_result_and_asks_the_engine_nothing(
    app: FastAPI, client: TestClient
) -> None:
    made = store(client)
    app.state.pool = None
    app.state.downloads = None
    page = opened(client, f"/s/{made['id']}")
    assert "3 of 9 tokens train" in page
    assert 'id="tokens"' in page
    assert "expires on " in page
    assert f'href="/s/{made["id"]}/manage"' in page


def test_a_snapshot_is_read_only(client: TestClient) -> None:
    page = opened(client, f"/s/{store(client)['id']}")
    assert 'name="conversation"' not in page
    assert 'id="open-share"' not in page
    assert "htmx" not in page
    assert "formaction" not in page


def test_what_its_author_saw_is_what_opens(client: TestClient) -> None:
    made = store(client, state=seen(tab="table", lens="weight", theme="dark", pin=[7, 8]))
    page = opened(client, f"/s/{made['id']}")
    assert 'data-theme="dark"' in page
    assert re.search(r'value="table" form="form" checked', page)
    assert re.search(r'id="lens-weight"[^>]* checked', page)
    assert 'id="result" data-pin="7"' in page


def test_a_reader_may_look_around(client: TestClient) -> None:
    made = store(client, state=seen(tab="table", theme="dark", pin=[7, 8]))
    page = opened(client, f"/s/{made['id']}?view=labels&theme=light&at=0:2&conversation=evil&tokenizer=evil")
    assert 'data-theme="light"' in page
    # A place that is gone to is in the text.
    assert re.search(r'value="text" form="form" checked', page)
    assert 'id="result" data-pin' not in page
    assert "evil" not in page
    assert 'data-theme="dark"' in opened(client, f"/s/{made['id']}?view=labels")


def test_a_refusal_opens_too(app: FastAPI, client: TestClient) -> None:
    refused = analysis()
    app.state.pool.answer = replace(refused, examples=(), outcome=Outcome("dropped", "it is too long"))
    page = opened(client, f"/s/{store(client)['id']}")
    assert "The row is dropped" in page
    assert "it is too long" in page
    assert "formaction" not in page


@pytest.mark.parametrize("path", PRIVATE)
def test_pages_about_snapshots_are_kept_private(client: TestClient, path: str) -> None:
    answer = client.get(path.format(id=store(client)["id"]), headers=HTML)
    assert answer.headers["cache-control"] == "private, no-store"
    assert answer.headers["x-robots-tag"].startswith("noindex")
    assert answer.headers["referrer-policy"] == "no-referrer"
    assert answer.headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize("path", ["/s/{id}", "/s/{id}/manage", "/embed/s/{id}", "/embed"])
def test_nothing_of_the_content_is_in_the_head(client: TestClient, path: str) -> None:
    head, _, body = opened(client, path.format(id=store(client)["id"])).partition("</head>")
    assert '<meta name="robots" content="noindex' in head
    assert '<meta property="og:title" content="Lossmask snapshot">' in head
    for word in ("pancakes", "recipe", "tokens train", "description"):
        assert word not in head
    assert not re.search(r"(src|href)=\"(?![/#]|https://lossmask\.example\.org/)", head + body)


def test_other_pages_are_not_marked(client: TestClient) -> None:
    assert "x-robots-tag" not in client.get("/").headers


@pytest.mark.parametrize(
    ("path", "ancestors"),
    [
        ("/embed", "'self' https://blog.example"),
        ("/embed/s/{id}", "'self' https://blog.example"),
        ("/embed/s/none", "'self' https://blog.example"),
        ("/embedded", "'none'"),
        ("/s/{id}", "'none'"),
        ("/s/{id}/manage", "'none'"),
        ("/", "'none'"),
        ("/docs", "'none'"),
        ("/api/snapshots/{id}", "'none'"),
    ],
)
def test_only_embeds_may_be_framed(tmp_path: Path, path: str, ancestors: str) -> None:
    client = client_of(application(tmp_path, frame_ancestors="self https://blog.example"))
    policy = client.get(path.format(id=store(client)["id"]), headers=HTML).headers["content-security-policy"]
    assert policy.endswith(f"; frame-ancestors {ancestors}")
    assert "script-src 'self';" in policy
    assert "unsafe" not in policy


def test_by_default_only_this_servers_own_pages_frame_an_embed(client: TestClient) -> None:
    assert client.get("/embed").headers["content-security-policy"].endswith("frame-ancestors 'self'")


def copied(client: TestClient) -> tuple[str, str]:
    """The main page after "Open as a copy", and the id."""
    made = store(client)
    page = opened(client, f"/s/{made['id']}")
    fields = dict(re.findall(r'<input type="hidden" name="(copy_of|state)" value="([^"]*)">', page))
    answer = client.post("/", data={name: html.unescape(text) for name, text in fields.items()})
    assert answer.status_code == 200
    return answer.text, made["id"]


def hidden(page: str) -> dict[str, str]:
    return dict(re.findall(r'<input type="hidden" form="form" name="(copy_\w+)" value="([^"]*)">', page))


def test_a_copy_says_of_what_and_once_edited_that_it_was(client: TestClient) -> None:
    page, id = copied(client)
    assert "copy of" in page
    assert "edited copy of" not in page
    assert f'href="/s/{id}"' in page
    kept = hidden(page)
    assert kept["copy_of"] == id
    conversation = re.search(r"<textarea id=\"conversation\"[^>]*>(.*?)</textarea>", page, re.DOTALL)
    assert conversation is not None
    same = {"conversation": html.unescape(conversation[1]).lstrip("\n"), "template": "own", **kept}
    for fields, edited in (
        (same, False),
        ({**same, "view": "table"}, False),
        ({**same, "strategy": "full"}, True),
    ):
        answer = client.post("/", data=fields, headers=HTMX).text
        assert ("edited copy of" in answer) is edited
        assert hidden(answer) == kept


def test_a_copy_stays_one_on_the_way_to_another_page_and_back(client: TestClient) -> None:
    _, id = copied(client)
    form = AnalysisForm(copy_of=id, copy_mark="abc")
    assert AnalysisForm.from_fields(form.fields()).copy_of == id


def test_what_is_no_id_makes_no_copy(client: TestClient) -> None:
    page = client.post("/", data={"conversation": "User: hi\nAssistant: ho", "copy_of": '"><b>x'}).text
    assert 'id="copied"' not in page
    assert '"><b>x' not in page


@pytest.mark.parametrize(
    ("base_url", "settings", "button", "line"),
    [
        (PUBLIC, {}, True, False),
        ("http://127.0.0.1:8000", {}, False, True),
        ("http://localhost:8000", {}, False, True),
        ("http://[::1]:8000", {"hosts": "[::1]"}, False, True),
        ("http://127.0.0.1:8000", {"public_url": PUBLIC}, True, False),
        (PUBLIC, {"snapshots": "off"}, False, False),
        ("http://127.0.0.1:8000", {"snapshots": "off"}, False, True),
        ("http://127.0.0.1:8000", {"snapshots": "off", "public_url": PUBLIC}, False, False),
    ],
)
def test_storing_is_offered_where_links_lead_somewhere(
    tmp_path: Path, base_url: str, settings: dict[str, str], button: bool, line: bool
) -> None:
    page = client_of(application(tmp_path, **settings), base_url=base_url).get("/").text
    assert (BUTTON in page) is button
    assert (ONLY_HERE in page) is line


def test_the_button_says_for_how_long(tmp_path: Path) -> None:
    def button(**settings: str) -> str:
        page = client_of(application(tmp_path, **settings)).get("/").text
        found = re.search(rf"{BUTTON}>([^<]*)<", page)
        assert found is not None
        return found[1]

    assert button() == "Store a copy on this server for 30 days"
    assert button(snapshot_lifetime="1-year") == "Store a copy on this server for 1 year"
    offered = {"snapshot_lifetimes": "1-day unlimited", "snapshot_lifetime": "unlimited"}
    assert button(**offered) == "Store a copy on this server until it is deleted"


def test_an_embed_has_no_input_and_leads_to_the_whole(client: TestClient) -> None:
    made = store(client, state=seen(theme="dark"))
    page = opened(client, f"/embed/s/{made['id']}")
    assert "3 of 9 tokens train" in page
    assert f'href="{made["url"]}" target="_blank"' in page
    assert 'data-theme="dark"' in page
    assert 'data-theme="projector"' in opened(client, f"/embed/s/{made['id']}?theme=projector")
    for absent in ('name="conversation"', 'id="copy"', "manage", "store.js"):
        assert absent not in page


def test_the_embed_of_a_link_computes_what_it_is_sent(app: FastAPI, client: TestClient) -> None:
    assert "tokens train" not in opened(client, "/embed?theme=light")
    answer = client.post("/embed", data={"state": json.dumps(STATE)}, headers=HTMX)
    assert answer.status_code == 200
    assert "3 of 9 tokens train" in answer.text
    assert "<html" not in answer.text
    assert len(app.state.pool.asked) == 1
    again = client.post("/embed", data={"view": "raw", "state": json.dumps(STATE)}, headers=HTMX)
    assert re.search(r'value="raw" form="form" checked', again.text)


@pytest.mark.parametrize(
    "state", ["", "{", '{"v": 99}', '{"v": 1}', '{"v": 1, "conversation": {"messages": 3}}']
)
def test_the_embed_of_a_bad_link_gets_a_sentence(client: TestClient, state: str) -> None:
    answer = client.post("/embed", data={"state": state}, headers=HTMX)
    assert answer.status_code == 422
    assert 'role="alert"' in answer.text
    assert "<html" not in answer.text


def test_the_manage_page_names_no_secret(client: TestClient) -> None:
    made = store(client)
    page = opened(client, f"/s/{made['id']}/manage")
    assert made["secret"] not in page
    assert made["url"] in page


def test_markup_in_a_stored_analysis_is_text(app: FastAPI, client: TestClient) -> None:
    made = store(client)
    with Store.open(app.state.settings) as opened_store:
        body = opened_store.read(made["id"]).body.decode()
        evil = json.dumps('"><script src=//evil.example></script><img src=x onerror=alert(1)>')[1:-1]
        for place in ("Masked: in turn 1 (user).", "Trained: written by the model.", "to bake pancakes"):
            assert place in body
            body = body.replace(place, evil)
        id = opened_store.create(body.encode()).id
    for path in (f"/s/{id}", f"/embed/s/{id}", f"/s/{id}?view=table"):
        page = opened(client, path)
        assert "<script src=//evil" not in page
        assert "<img src=x" not in page
