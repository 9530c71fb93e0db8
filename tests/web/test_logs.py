"""What a server says while strangers use it: at its most talkative, and not a word of theirs.

The bodies that are sent hold a word that appears nowhere else, and so do secrets, ids and keys.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterator

import httpx2
import pytest

from tests.web.client import CHAT, HTML
from tests.web.serving import Served, served

WORD = "zanzibarquokka"
KEY, TOKEN, PASSWORD = "sk-quokkakey", "hf_quokkatoken", "quokkapassword"
CONVERSATION = {
    "messages": [{"role": "user", "content": WORD}, {"role": "assistant", "content": f"{WORD} too"}]
}

BODIES = {
    "an analysis": {"conversation": CONVERSATION},
    "a template that raises": {
        "conversation": CONVERSATION,
        "chat_template": "{{ raise_exception(messages[0].content) }}",
    },
    "a template that does not compile": {"conversation": CONVERSATION, "chat_template": f"{{% {WORD} %}}"},
    "a template that is stopped": {
        "conversation": CONVERSATION,
        "chat_template": "{% for i in range(99999) %}{% for j in range(99999) %}{% endfor %}{% endfor %}"
        + WORD,
    },
    "a template that takes all memory": {
        "conversation": CONVERSATION,
        "chat_template": "{{ messages[0].content * 10 ** 9 }}",
    },
    "a tokenizer that is none": {"conversation": CONVERSATION, "tokenizer": f"local:{WORD}"},
    "an option that is none": {"conversation": CONVERSATION, "strategy": {"name": WORD}},
    "what is no conversation": {"conversation": {"messages": [{"role": 7, "content": {WORD: [WORD]}}]}},
}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    folder = tmp_path_factory.mktemp("logs")
    tokenizer = folder / "tokenizers" / "broken"
    tokenizer.mkdir(parents=True)
    (tokenizer / "tokenizer.json").write_text(
        json.dumps({"version": "1.0", "model": {"vocab": {WORD: WORD}}})
    )
    given = {
        "LOSSMASK_TOKENIZERS": str(folder / "tokenizers"),
        "LOSSMASK_DATABASE": str(folder / "snapshots.sqlite3"),
        "LOSSMASK_JOB_SECONDS": "1",
        "LOSSMASK_WORKERS": "1",
        "LOSSMASK_LOGPROBS_URL": "http://127.0.0.1:9/",
        "LOSSMASK_LOGPROBS_KEY": KEY,
        "HF_TOKEN": TOKEN,
        "PGPASSWORD": PASSWORD,
    }
    with served(given, app="tests.web.faulty:create") as started:
        yield started


@pytest.fixture
def client(server: Served) -> Iterator[httpx2.Client]:
    with httpx2.Client(base_url=server.address, trust_env=False, timeout=60) as client:
        yield client


def test_no_word_of_a_request_is_logged(server: Served, client: httpx2.Client) -> None:
    statuses = {name: client.post("/api/analyses", json=body).status_code for name, body in BODIES.items()}
    assert statuses.pop("an analysis") == 200
    assert set(statuses.values()) == {422}
    client.post("/api/analyses", content=f"{{{WORD}")
    client.post("/api/analyses", json={"conversation": CONVERSATION, "tokenizer": "local:broken"})
    client.post("/api/analyses", json={"conversation": CONVERSATION, "losses": {"endpoint": True}})
    client.post("/api/conversations", params={"row": "x"}, content=WORD)
    client.post("/", data={"conversation": WORD, "template_source": WORD, "template": "pasted"}, headers=HTML)
    client.post("/files/open", files={"file": (f"{WORD}.json", WORD.encode())}, headers=HTML)
    client.post("/lessons/export", data={"lesson": WORD})
    client.post("/embed", data={"state": json.dumps({"v": 1, "conversation": CONVERSATION})})
    client.request("DELETE", "/api/losses/none", headers={"cookie": WORD, "authorization": WORD})
    said = server.said()
    assert "/api/analyses" in said, "the log was not looked at"
    for word in (WORD, KEY, TOKEN, PASSWORD):
        assert word not in said


def test_no_id_and_no_secret_of_a_snapshot_is_logged(server: Served, client: httpx2.Client) -> None:
    made = client.post("/api/snapshots", json={"request": CHAT}).json()
    id, secret = made["id"], made["secret"]
    for address in (f"/s/{id}", f"/s/{id}/manage", f"/embed/s/{id}", f"/api/snapshots/{id}"):
        assert client.get(address).status_code == 200
    client.get("/oembed", params={"url": made["url"]})
    client.delete(f"/api/snapshots/{id}", headers={"Snapshot-Secret": "wrong"})
    assert client.delete(f"/api/snapshots/{id}", headers={"Snapshot-Secret": secret}).status_code == 204
    said = server.said()
    assert id not in said
    assert secret not in said


@pytest.mark.parametrize("place", ["web", "worker", "task", "library"])
def test_a_fault_of_the_program_is_logged_without_what_it_was_sent(
    server: Served, client: httpx2.Client, place: str
) -> None:
    before = len(server.said())
    answer = client.post(f"/fail/{place}", content=f"{WORD} of {place}")
    assert answer.status_code == {"task": 200, "library": 422}.get(place, 500)
    assert WORD not in answer.text
    time.sleep(0.2)
    said = server.said()[before:]
    assert WORD not in said
    if place != "library":
        assert "KeyError\n" in said
        assert "faults.py:" in said
        assert "in quote" in said
    assert client.post("/api/analyses", json=CHAT).status_code == 200
