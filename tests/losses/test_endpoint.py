from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Iterator
from dataclasses import replace
from typing import Any, Literal

import numpy as np
import pytest
from lossmask.core.losses import Losses
from lossmask.core.request import LossSource
from lossmask.errors import EndpointError, LossesError
from lossmask.losses.endpoint import losses_of_endpoint
from lossmask.losses.progress import Progress
from lossmask.losses.source import losses_for
from lossmask.settings import Settings
from lossmask.web.errors import problem_of

from tests.factory import CHAT, Word, analysis
from tests.losses.fake_server import FakeServer, running_server

Kind = Literal["vllm", "sglang"]

ANALYSIS = analysis()
EXAMPLE = ANALYSIS.examples[0].example
IDS = EXAMPLE.tokens.ids.tolist()
TEXTS = [word.text for word in CHAT]
COUNT = len(IDS)


@pytest.fixture(params=["vllm", "sglang"])
def server(request: pytest.FixtureRequest) -> Iterator[FakeServer]:
    with running_server(request.param, IDS, TEXTS) as fake:
        yield fake


@pytest.fixture
def vllm() -> Iterator[FakeServer]:
    with running_server("vllm", IDS, TEXTS) as fake:
        yield fake


@pytest.fixture
def sglang() -> Iterator[FakeServer]:
    with running_server("sglang", IDS, TEXTS) as fake:
        yield fake


def settings(fake: FakeServer, **more: str) -> Settings:
    values = {"url": fake.url, "seconds": "20", **more}
    return Settings({f"LOSSMASK_LOGPROBS_{name.upper()}": value for name, value in values.items()})


def asked(fake: FakeServer, **more: str) -> Losses:
    (found,) = asyncio.run(losses_of_endpoint(ANALYSIS, settings(fake, **more)))
    return found


def refused(fake: FakeServer, **more: str) -> LossesError:
    with pytest.raises(LossesError) as caught:
        asked(fake, **more)
    return caught.value


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


def test_no_server_is_named_by_default() -> None:
    with pytest.raises(LossesError) as caught:
        asyncio.run(losses_of_endpoint(ANALYSIS, Settings({})))
    assert (caught.value.code, problem_of(caught.value).status) == ("no-endpoint", 422)


@pytest.mark.parametrize("url", ["ftp://host", "host:8000", "http://", "nonsense"])
def test_an_address_that_is_none(url: str) -> None:
    with pytest.raises(LossesError) as caught:
        asyncio.run(losses_of_endpoint(ANALYSIS, Settings({"LOSSMASK_LOGPROBS_URL": url})))
    assert caught.value.code == "no-endpoint"


def test_a_kind_that_is_none(vllm: FakeServer) -> None:
    assert refused(vllm, kind="tgi").detail == "LOSSMASK_LOGPROBS_KIND is auto, vllm or sglang, not 'tgi'."


def test_a_server_that_is_too_slow(server: FakeServer) -> None:
    server.wait = 3.0
    begun = time.monotonic()
    error = refused(server, seconds="0.2")
    assert time.monotonic() - begun < 2
    assert (error.code, problem_of(error).status) == ("endpoint-timeout", 504)
    assert "did not answer within 0.2 seconds" in error.detail


def test_a_server_that_is_not_there(server: FakeServer) -> None:
    error = refused(server, url="http://127.0.0.1:9")
    assert (error.code, problem_of(error).status) == ("endpoint-unreachable", 502)


def test_an_asking_that_is_cancelled_ends(server: FakeServer) -> None:
    server.wait = 3.0

    async def cancelled() -> None:
        await asyncio.wait_for(losses_of_endpoint(ANALYSIS, settings(server)), 0.2)

    begun = time.monotonic()
    with pytest.raises(TimeoutError):
        asyncio.run(cancelled())
    assert time.monotonic() - begun < 2


@pytest.mark.parametrize("location", ["http://elsewhere.test/v1/models", "/v1/models/"])
def test_a_redirect_is_not_followed(server: FakeServer, location: str) -> None:
    server.status, server.location = 307, location
    error = refused(server)
    assert (error.code, problem_of(error).status) == ("endpoint-redirect", 502)
    assert "redirects to" in error.detail
    assert len(server.asked) == 1


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (b'{"error": {"message": "Too long.", "code": 400}}', ": Too long."),
        (b'{"object": "error", "message": "Too long."}', ": Too long."),
        (b'{"detail": "Too long."}', ": Too long."),
        (b"Too\n long.", ": Too long."),
        (b"", "."),
        (b"x" * 100_000, f": {'x' * 200}…"),
        (b"\xff\xfe", ": ��"),
        (b'{"error": {"message": "\\ud800"}}', ": \\ud800"),
        (b"[" * 5000, f": {'[' * 200}…"),
    ],
)
@pytest.mark.parametrize("status", [400, 500])
def test_a_refusal_is_told_in_the_servers_words(
    vllm: FakeServer, status: int, body: bytes, said: str
) -> None:
    vllm.body, vllm.status = body, status
    error = refused(vllm)
    assert error.detail == f"The server refused with status {status}{said}"
    assert (error.code, problem_of(error).status) == ("endpoint-refused", 502)
    assert str(problem_of(error).as_json()).encode()


@pytest.mark.parametrize("body", [b"<html>hello</html>", b"", b"[" * 5000, b"9" * 5000])
def test_an_answer_that_is_no_json(server: FakeServer, body: bytes) -> None:
    server.body = body
    assert "no JSON" in refused(server, kind=server.kind, model="tiny").detail


def test_an_answer_that_is_too_large(server: FakeServer) -> None:
    server.body = b" " * (2**20 + 4096 * COUNT + 1)
    assert "larger than 1.04 MiB" in refused(server, kind=server.kind, model="tiny").detail


def test_a_server_without_a_model(server: FakeServer) -> None:
    server.body = b'{"data": []}'
    assert "lists no model" in refused(server).detail


@pytest.mark.parametrize("answer", [{}, [], None, {"choices": []}, {"choices": [{"prompt_logprobs": None}]}])
def test_a_server_that_gives_no_prompt_logprobs(server: FakeServer, answer: Any) -> None:
    server.change = lambda _: answer
    assert "answered without" in refused(server).detail


def test_a_server_of_the_other_kind(vllm: FakeServer) -> None:
    assert refused(vllm, kind="sglang").detail == "The server refused with status 404: Not Found"


def at_position(fake: FakeServer, position: int, logprob: Any) -> None:
    """Change one log-probability of the answer."""

    def change(answer: Any) -> Any:
        if fake.kind == "vllm":
            answer["choices"][0]["prompt_logprobs"][position][str(IDS[position])]["logprob"] = logprob
        else:
            answer["meta_info"]["input_token_logprobs"][position][0] = logprob
        return answer

    fake.change = change


@pytest.mark.parametrize(
    ("logprob", "said"),
    [
        (None, "has no log-probability (null)"),
        (float("nan"), "NaN"),
        (float("-inf"), "probability 0"),
        (-9999.0, "probability 0"),
        (0.5, "above 0"),
        ("much", "'much', which is no number"),
        (True, "no number"),
        (10**400, "above 0"),
    ],
)
def test_a_value_that_is_no_log_probability(server: FakeServer, logprob: Any, said: str) -> None:
    at_position(server, 3, logprob)
    error = refused(server)
    assert error.detail.startswith("The server's answer cannot be used. Position 3 has ")
    assert said in error.detail
    assert problem_of(error).status == 502


def test_a_null_in_the_middle(vllm: FakeServer) -> None:
    def change(answer: Any) -> Any:
        answer["choices"][0]["prompt_logprobs"][4] = None
        return answer

    vllm.change = change
    assert "Position 4 of `prompt_logprobs` has nothing (null)" in refused(vllm).detail


@pytest.mark.parametrize("more", [-2, 2])
def test_a_wrong_length_names_both(server: FakeServer, more: int) -> None:
    def change(answer: Any) -> Any:
        holder = answer["choices"][0] if server.kind == "vllm" else answer["meta_info"]
        name = "prompt_logprobs" if server.kind == "vllm" else "input_token_logprobs"
        holder[name] = (holder[name] * 2)[: COUNT + more] if more < 0 else holder[name] + holder[name][-more:]
        return answer

    server.change = change
    error = refused(server)
    assert isinstance(error, EndpointError)
    assert f"answered with {COUNT + more} values for the {COUNT} tokens" in error.detail


def test_another_tokenizer_is_told_by_its_texts(server: FakeServer) -> None:
    server.texts = {**server.texts, IDS[7]: "."}
    error = refused(server)
    assert (error.code, problem_of(error).status) == ("tokenizers-differ", 422)
    assert error.detail == (
        f"The tokenizers differ. Position 7: this tokenizer has id {IDS[7]} '\\n', "
        f"the server reads id {IDS[7]} '.'."
    )


def test_another_tokenizer_is_told_by_its_ids(server: FakeServer) -> None:
    """As where something between re-tokenizes, and puts a token before."""

    def change(answer: Any) -> Any:
        sent = [5, *IDS[:-1]]
        body = {"prompt": sent, "model": "tiny", "input_ids": sent, "return_text_in_logprobs": True}
        return server.answer("/v1/completions" if server.kind == "vllm" else "/generate", body)

    server.change = change
    error = refused(server)
    assert error.code == "tokenizers-differ"
    position = 1 if server.kind == "vllm" else 0
    theirs = [5, *IDS][position]
    assert f"Position {position}: this tokenizer has id {IDS[position]}" in error.detail
    assert f"the server reads id {theirs} " in error.detail
