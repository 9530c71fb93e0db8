"""Losses over HTTP: jobs of the API, the page's own, and an analysis that waits for its losses."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from lossmask.losses import process
from starlette.testclient import TestClient

from tests.losses.models import chat, require_torch, save, small_model
from tests.web.client import HTML, HTMX, running

REQUEST = chat()
FIELDS = {
    "conversation": json.dumps(REQUEST["conversation"]),
    "template": "bundled:chatml",
    "losses": "model",
    "loss_model": "local:small",
}
PATIENCE = 120.0


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    """An application that offers one small model."""
    require_torch()
    root = tmp_path_factory.mktemp("models")
    save(small_model(16_500), root / "small")
    with running(models=root, hub="off") as client:
        yield client


@pytest.fixture(scope="module")
def without_models() -> Iterator[TestClient]:
    with running(hub="off") as client:
        yield client


def started(client: TestClient, losses: Any) -> dict[str, Any]:
    answer = client.post("/api/losses", json={**REQUEST, "losses": losses})
    assert answer.status_code == 202
    found: dict[str, Any] = answer.json()
    assert answer.headers["location"] == f"/api/losses/{found['id']}"
    return found


def ended(client: TestClient, id: str) -> dict[str, Any]:
    """The job once it runs no more."""
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until:
        found: dict[str, Any] = client.get(f"/api/losses/{id}").json()
        if found["state"] != "running":
            return found
        assert found["analysis"] is None
        time.sleep(0.05)
    raise AssertionError("The job did not end.")


def test_a_model_gives_losses_as_a_job(client: TestClient) -> None:
    job = started(client, {"model": "local:small"})
    assert (job["state"], job["analysis"], job["error"]) == ("running", None, None)
    found = ended(client, job["id"])
    assert (found["state"], found["progress"]["step"]) == ("done", "done")
    (example,) = found["analysis"]["examples"]
    assert example["losses"]["source"] == "model local:small"
    assert len(example["losses"]["cross_entropy"]) == len(example["input_ids"])
    assert example["losses"]["cross_entropy"][0] is None


def test_an_analysis_waits_for_its_losses(client: TestClient) -> None:
    answer = client.post("/api/analyses", json={**REQUEST, "losses": {"model": "local:small"}})
    assert answer.status_code == 200
    (example,) = answer.json()["examples"]
    trained = next(i for i, share in enumerate(example["coefficients"]) if share)
    assert example["contributions"][trained] == pytest.approx(
        example["coefficients"][trained] * example["losses"]["cross_entropy"][trained]
    )


def test_a_job_is_cancelled_and_its_process_gone(client: TestClient) -> None:
    job = started(client, {"model": "local:small"})
    until = time.monotonic() + PATIENCE
    while not process.running() and time.monotonic() < until:
        time.sleep(0.02)
    assert process.running()
    assert client.delete(f"/api/losses/{job['id']}").status_code == 204
    assert client.get(f"/api/losses/{job['id']}").json()["state"] == "cancelled"
    assert process.running() == []


def test_a_pasted_array_is_a_job_too(without_models: TestClient) -> None:
    count = len(without_models.post("/api/analyses", json=REQUEST).json()["examples"][0]["input_ids"])
    job = started(without_models, {"values": [0.5] * count, "kind": "loss", "alignment": "own"})
    (example,) = ended(without_models, job["id"])["analysis"]["examples"]
    assert example["losses"]["cross_entropy"][1] == 0.5


@pytest.mark.parametrize(
    ("name", "code"), [("local:small", "unknown-model"), ("hub:org/model", "hub-off"), ("..", "bad-model-id")]
)
def test_a_model_that_is_not_to_be_had(without_models: TestClient, name: str, code: str) -> None:
    require_torch()
    failed = ended(without_models, started(without_models, {"model": name})["id"])
    assert (failed["state"], failed["error"]["status"], failed["error"]["code"]) == ("failed", 422, code)
    answer = without_models.post("/api/analyses", json={**REQUEST, "losses": {"model": name}})
    assert (answer.status_code, answer.json()["code"]) == (422, code)


def test_a_request_without_losses_is_no_job(without_models: TestClient) -> None:
    answer = without_models.post("/api/losses", json=REQUEST)
    assert (answer.status_code, answer.json()["code"]) == (422, "bad-request")


@pytest.mark.parametrize("method", ["get", "delete"])
@pytest.mark.parametrize("path", ["/api/losses/guess", "/losses/guess"])
def test_a_job_that_there_is_not(without_models: TestClient, method: str, path: str) -> None:
    answer = getattr(without_models, method)(path)
    assert (answer.status_code, answer.json()["code"]) == (422, "no-losses-job")


def test_the_page_polls_until_the_result_comes(client: TestClient) -> None:
    line = client.post("/losses", data=FIELDS, headers=HTMX)
    assert line.status_code == 200
    assert "HX-Retarget" not in line.headers
    until = time.monotonic() + PATIENCE
    while "HX-Retarget" not in line.headers and time.monotonic() < until:
        found = re.search(r'hx-get="(/losses/[^"]+)"', line.text)
        assert found is not None
        assert f'hx-delete="{found[1]}"' in line.text
        time.sleep(0.05)
        line = client.get(found[1], headers=HTMX)
    assert line.headers["HX-Retarget"] == "#result"
    assert "model local:small" in line.text
    # Another masking rule over the same tokens: the losses are known.
    again = client.post("/", data={**FIELDS, "strategy": "full"}, headers=HTMX)
    assert "model local:small" in again.text


def test_the_page_says_why_there_are_none(without_models: TestClient) -> None:
    require_torch()
    line = without_models.post("/losses", data=FIELDS, headers=HTMX)
    until = time.monotonic() + PATIENCE
    while "HX-Retarget" not in line.headers and time.monotonic() < until:
        path = re.findall(r'hx-get="([^"]+)"', line.text)[0]
        line = without_models.get(path, headers=HTMX)
    assert line.headers["HX-Retarget"] == "#errors"
    assert "LOSSMASK_MODELS" in line.text


def test_a_job_is_cancelled_from_the_page(client: TestClient) -> None:
    line = client.post("/losses", data=FIELDS, headers=HTMX)
    path = re.findall(r'hx-delete="([^"]+)"', line.text)[0]
    answer = client.delete(path, headers=HTMX)
    assert answer.status_code == 200
    assert "cancelled" in answer.text
    assert "hx-get" not in answer.text


def test_without_scripts_the_page_comes_with_its_losses(client: TestClient) -> None:
    answer = client.post("/losses", data=FIELDS, headers=HTML)
    assert answer.status_code == 200
    assert "<!doctype html>" in answer.text
    assert "model local:small" in answer.text


def test_nothing_is_asked_before_the_button_is_pressed(client: TestClient) -> None:
    answer = client.post(
        "/", data={**FIELDS, "conversation": FIELDS["conversation"].replace("recipe", "pan")}
    )
    assert answer.status_code == 200
    assert "Losses from model" not in answer.text
    assert process.running() == []


def test_the_form_offers_the_operators_models(client: TestClient) -> None:
    page = client.get("/", headers=HTML).text
    assert '<option value="local:small">' in page
    assert 'formaction="/losses"' in page


def test_what_the_form_held_comes_back(client: TestClient, tmp_path: Path) -> None:
    page = client.post("/", data=FIELDS, headers=HTML).text
    assert 'value="local:small"' in page
    assert re.search(r'name="losses" value="model" checked', page)
