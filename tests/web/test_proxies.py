from __future__ import annotations

from typing import Any

import pytest
from lossmask.errors import OptionError
from lossmask.settings import Settings
from lossmask.web.proxies import Proxies, TrustedProxies, address_of
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route
from starlette.testclient import TestClient

HALL, CLIENT, LIE = "10.0.0.1", "192.0.2.7", "203.0.113.66"
NETS = "10.0.0.0/8 2001:db8:ffff::/48"


async def told(request: Request) -> JSONResponse:
    return JSONResponse({"client": request.client and request.client.host, "scheme": request.url.scheme})


def asked(peer: str, headers: dict[str, str] | list[tuple[str, str]], trusted: str = NETS) -> Any:
    """Who the application thinks asks it, and by which scheme."""
    middleware = [Middleware(TrustedProxies, proxies=Proxies(trusted))]
    app = Starlette(routes=[Route("/", told)], middleware=middleware)
    return TestClient(app, client=(peer, 5_000)).get("/", headers=headers).json()


@pytest.mark.parametrize(
    ("peer", "forwarded", "client"),
    [
        (HALL, CLIENT, CLIENT),
        (HALL, f"{CLIENT}, 10.0.0.2", CLIENT),
        (HALL, f"{LIE}, {CLIENT}", CLIENT),
        (HALL, f"10.0.0.3, {LIE}, {CLIENT}, 10.0.0.2", CLIENT),
        (HALL, f"127.0.0.1, {CLIENT}", CLIENT),
        (HALL, "2001:db8::9", "2001:db8::9"),
        (HALL, "[2001:db8::9]:443, 2001:db8:ffff::1", "2001:db8::9"),
        (HALL, f"{CLIENT}:52100", CLIENT),
        (HALL, f"::ffff:{CLIENT}", CLIENT),
        (f"::ffff:{HALL}", CLIENT, CLIENT),
        (HALL, "10.0.0.9, 10.0.0.8", "10.0.0.9"),
        (HALL, f"{LIE}, unknown", HALL),
        (HALL, f"{LIE},", HALL),
        (HALL, "", HALL),
        (CLIENT, LIE, CLIENT),
        (CLIENT, f"{LIE}, 10.0.0.2", CLIENT),
        ("2001:db8::1", LIE, "2001:db8::1"),
    ],
)
def test_the_header_is_read_from_the_right_and_only_through_trusted_hops(
    peer: str, forwarded: str, client: str
) -> None:
    assert asked(peer, {"x-forwarded-for": forwarded})["client"] == client


def test_several_headers_are_one_list() -> None:
    headers = [("x-forwarded-for", LIE), ("x-forwarded-for", CLIENT), ("x-forwarded-for", "10.0.0.2")]
    assert asked(HALL, headers)["client"] == CLIENT


def test_nobody_is_believed_unless_named() -> None:
    assert asked("127.0.0.1", {"x-forwarded-for": LIE}, trusted="")["client"] == "127.0.0.1"
    assert asked(HALL, {"x-forwarded-for": LIE, "x-forwarded-proto": "https"}, trusted="") == {
        "client": HALL,
        "scheme": "http",
    }


@pytest.mark.parametrize(
    ("peer", "proto", "scheme"),
    [
        (HALL, "https", "https"),
        (HALL, "HTTPS", "https"),
        (HALL, "javascript", "http"),
        (CLIENT, "https", "http"),
    ],
)
def test_a_trusted_proxy_tells_the_scheme(peer: str, proto: str, scheme: str) -> None:
    assert asked(peer, {"x-forwarded-proto": proto})["scheme"] == scheme


@pytest.mark.parametrize("text", ["unknown", "", "1.2.3", "[::1", "a:b:c", "1.2.3.4.5", "<script>"])
def test_what_is_no_address(text: str) -> None:
    assert address_of(text) is None or text == "[::1"


@pytest.mark.parametrize(
    "text", ["*", "proxy.example.org", "10.0.0.0/33", "10.0.0.0/8 nonsense", "1.2.3.4:80"]
)
def test_what_is_no_network_is_refused_by_name(text: str) -> None:
    with pytest.raises(OptionError, match="LOSSMASK_TRUSTED_PROXIES takes addresses and networks"):
        Proxies.of(Settings({"LOSSMASK_TRUSTED_PROXIES": text}))


def test_networks_may_be_apart_by_commas_and_have_bits_of_a_host() -> None:
    proxies = Proxies("10.0.0.7/8, 192.0.2.1")
    assert proxies.trusts("10.9.9.9")
    assert proxies.trusts("192.0.2.1")
    assert not proxies.trusts("192.0.2.2")
    assert not proxies.trusts("testclient")
