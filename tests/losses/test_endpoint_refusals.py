"""Servers that cannot be asked, refuse, or answer with what cannot be used: told by code and sentence."""

from __future__ import annotations

import asyncio
import time
from typing import Any

import pytest
from lossmask.errors import EndpointError, LossesError
from lossmask.losses.endpoint import losses_of_endpoint
from lossmask.settings import Settings
from lossmask.web.errors import problem_of

from tests.losses.endpoint import ANALYSIS, COUNT, IDS, refused, settings
from tests.losses.fake_server import FakeServer


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
