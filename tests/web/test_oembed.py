from __future__ import annotations

import html
import re
from pathlib import Path
from urllib.parse import urlencode

import pytest
from starlette.testclient import TestClient

from tests.web.client import HTML
from tests.web.snapshots import PUBLIC, application, client_of, store


@pytest.fixture
def client(tmp_path: Path) -> TestClient:
    return client_of(application(tmp_path))


@pytest.mark.parametrize("place", ["/s/", "/embed/s/"])
def test_a_page_names_where_to_ask_and_the_answer_shows_it(client: TestClient, place: str) -> None:
    made = store(client)
    page = client.get(f"{place}{made['id']}", headers=HTML).text
    found = re.search(r'<link rel="alternate" type="application/json\+oembed" href="([^"]+)"', page)
    assert found is not None
    answer = client.get(html.unescape(found[1]))
    told = answer.json()
    assert (told["version"], told["type"]) == ("1.0", "rich")
    assert f'src="{PUBLIC}/embed/s/{made["id"]}"' in told["html"]
    assert f'width="{told["width"]}" height="{told["height"]}"' in told["html"]
    assert "pancakes" not in answer.text


def test_frames_are_as_large_as_they_may_be(client: TestClient) -> None:
    url = store(client)["url"]
    query = urlencode({"url": url, "maxwidth": 500, "maxheight": 10})
    told = client.get(f"/oembed?{query}").json()
    assert (told["width"], told["height"]) == (500, 200)


@pytest.mark.parametrize(
    "url",
    [
        "https://elsewhere.example/s/{id}",
        PUBLIC + ".evil.example/s/{id}",
        PUBLIC + "/docs#{id}",
        PUBLIC + "/embed#{id}",
        "/s/{id}",
        "",
    ],
)
def test_other_links_are_not_found(client: TestClient, url: str) -> None:
    given = url.format(id=store(client)["id"])
    assert client.get("/oembed", params={"url": given}).status_code == 404


def test_json_is_the_only_form(client: TestClient) -> None:
    answer = client.get("/oembed", params={"url": store(client)["url"], "format": "xml"})
    assert (answer.status_code, answer.json()["code"]) == (501, "not-implemented")
