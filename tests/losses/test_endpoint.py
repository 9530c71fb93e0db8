"""Losses asked of a server as vLLM and as SGLang answer: what is sent, and what is read."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import replace

import numpy as np
import pytest
from lossmask.core.request import LossSource
from lossmask.losses.endpoint import losses_of_endpoint
from lossmask.losses.progress import Progress
from lossmask.losses.source import losses_for

from tests.factory import Word, analysis
from tests.losses.endpoint import ANALYSIS, COUNT, EXAMPLE, IDS, asked, refused, settings
from tests.losses.fake_server import FakeServer


def test_losses_ranks_and_likeliest_tokens(server: FakeServer) -> None:
    found = asked(server)
    expected = [np.nan, *(-server.logprob(at, IDS[at]) for at in range(1, COUNT))]
    np.testing.assert_array_equal(found.cross_entropy, expected)
    assert found.source == "endpoint:tiny"
    assert found.likeliest is not None
    assert found.likeliest[0] == ()
    for at in range(1, COUNT):
        top = server.top(at, IDS[at])
        assert [(token.id, token.probability) for token in found.likeliest[at]] == [
            (token, pytest.approx(np.exp(logprob))) for token, logprob in top
        ]
    named = {token.id: token.piece for tokens in found.likeliest for token in tokens}
    assert named[900] == "word900"


def test_ranks_count_the_likelier_tokens(vllm: FakeServer) -> None:
    ranks = asked(vllm).ranks
    assert ranks is not None
    assert ranks.tolist() == [-1, *(vllm.rank(at, IDS[at]) - 1 for at in range(1, COUNT))]


def test_a_rank_that_sglang_does_not_tell_is_unknown(sglang: FakeServer) -> None:
    ranks = asked(sglang).ranks
    assert ranks is not None
    expected = [sglang.rank(at, IDS[at]) - 1 for at in range(1, COUNT)]
    assert max(expected) == 5
    assert ranks.tolist() == [-1, *(-1 if rank == 5 else rank for rank in expected)]


def test_ids_are_sent_and_no_text(server: FakeServer) -> None:
    asked(server)
    (path, body) = server.asked[-1]
    ids = {"vllm": ("/v1/completions", "prompt"), "sglang": ("/generate", "input_ids")}[server.kind]
    assert (path, body[ids[1]]) == (ids[0], IDS)
    strings = [value for value in body.values() if isinstance(value, str)]
    assert strings == (["tiny"] if server.kind == "vllm" else [])


def test_what_vllm_is_asked_for(vllm: FakeServer) -> None:
    asked(vllm)
    body = vllm.asked[-1][1]
    assert (body["prompt_logprobs"], body["max_tokens"], body["add_special_tokens"]) == (5, 1, False)


def test_what_sglang_is_asked_for(sglang: FakeServer) -> None:
    asked(sglang)
    body = sglang.asked[-1][1]
    assert (body["return_logprob"], body["logprob_start_len"], body["top_logprobs_num"]) == (True, 0, 5)


def test_a_kind_and_a_model_that_are_named_are_not_asked_for(server: FakeServer) -> None:
    asked(server, kind=server.kind, model="mine")
    assert [path for path, _ in server.asked] == ["/v1/completions" if server.kind == "vllm" else "/generate"]


def test_an_address_with_v1_is_the_same(server: FakeServer) -> None:
    assert np.isfinite(asked(server, url=f"{server.url}/v1/").cross_entropy[1:]).all()


def test_texts_that_became_one_are_asked_for_again_without(sglang: FakeServer) -> None:
    sglang.collapses_texts = True
    found = asked(sglang)
    assert [body.get("return_text_in_logprobs") for _, body in sglang.asked] == [None, True, False]
    assert np.isfinite(found.cross_entropy[1:]).all()


def test_a_label_that_is_not_the_input_is_known_only_if_the_server_tells(vllm: FakeServer) -> None:
    labels = EXAMPLE.labels.copy()
    labels[6], labels[7] = 900, 5000
    other = replace(EXAMPLE, labels=labels)
    row = replace(ANALYSIS.examples[0], example=other)
    (found,) = asyncio.run(losses_of_endpoint(replace(ANALYSIS, examples=(row,)), settings(vllm)))
    assert found.cross_entropy[6] == pytest.approx(0.3)
    assert np.isnan(found.cross_entropy[7])


def test_one_token_is_not_asked_about(server: FakeServer) -> None:
    (found,) = asyncio.run(losses_of_endpoint(analysis([Word("a", 0)]), settings(server)))
    assert np.isnan(found.cross_entropy).all()
    assert [path for path, _ in server.asked] == ["/v1/models"]


def test_every_example_is_asked_about_and_progress_told(server: FakeServer) -> None:
    two = replace(ANALYSIS, examples=ANALYSIS.examples * 2)
    told: list[Progress] = []
    found = asyncio.run(losses_for(LossSource("endpoint"), two, settings(server), told.append))
    assert len(found) == 2
    assert [(step.done, step.total) for step in told] == [(0, 2 * COUNT), (COUNT, 2 * COUNT)]


def test_the_key_is_sent_and_never_shown(
    server: FakeServer, caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]
) -> None:
    server.key = "s3cret-key"
    with caplog.at_level(logging.DEBUG):
        asked(server, key="s3cret-key")
        server.body, server.status = b'{"error": {"message": "Wrong key: s3cret-key!"}}', 403
        error = refused(server, key="s3cret-key")
    assert {headers["Authorization"] for headers in server.headers} == {"Bearer s3cret-key"}
    assert error.detail == "The server refused with status 403: Wrong key: …!"
    assert "s3cret" not in caplog.text + "".join(capsys.readouterr())


def test_no_key_sends_none(server: FakeServer) -> None:
    asked(server)
    assert not any("Authorization" in headers for headers in server.headers)
    server.key = "s3cret-key"
    assert refused(server).detail == "The server refused with status 401: Unauthorized"


def test_proxies_of_the_environment_are_left_alone(
    server: FakeServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NO_PROXY", "")
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    assert np.isfinite(asked(server).cross_entropy[1:]).all()
