from __future__ import annotations

from typing import Any

import pytest
from lossmask.errors import OptionError
from lossmask.settings import Settings
from lossmask.web.addresses import allowed_hosts, base_of, frame_ancestors, is_loopback, only_here, public_url
from lossmask.web.app import create_app
from starlette.requests import Request
from starlette.testclient import TestClient


def request(host: str, server: str, **settings: str) -> Request:
    """A request for this `Host` that reached this address of the server."""
    app = create_app(Settings({f"LOSSMASK_{name.upper()}": value for name, value in settings.items()}))
    scope: dict[str, Any] = {
        "type": "http",
        "method": "GET",
        "path": "/",
        "query_string": b"",
        "scheme": "http",
    }
    return Request(scope | {"headers": [(b"host", host.encode())], "server": (server, 8000), "app": app})


@pytest.mark.parametrize("name", ["127.0.0.1", "127.9.9.9", "::1", "[::1]", "localhost", "a.localhost"])
def test_this_computers_own_names(name: str) -> None:
    assert is_loopback(name)


@pytest.mark.parametrize("name", ["192.168.0.4", "lossmask.example.org", "localhost.example.org", "", "::2"])
def test_other_names(name: str) -> None:
    assert not is_loopback(name)


def test_links_of_a_server_on_loopback_open_only_here() -> None:
    assert only_here(request("127.0.0.1:8000", "127.0.0.1"))
    # A container listens on another address, but its port is this computer's own.
    assert only_here(request("localhost:8000", "172.17.0.2"))
    # Behind a proxy on the same machine nobody can tell, so the operator has to say.
    assert only_here(request("lossmask.example.org", "127.0.0.1"))


def test_links_of_other_servers_open_elsewhere() -> None:
    assert not only_here(request("192.168.0.4:8000", "192.168.0.4"))
    named = request("127.0.0.1:8000", "127.0.0.1", public_url="https://lossmask.example.org/")
    assert not only_here(named)
    assert base_of(named) == "https://lossmask.example.org"


def test_links_begin_with_what_the_browser_used() -> None:
    assert base_of(request("192.168.0.4:8000", "192.168.0.4")) == "http://192.168.0.4:8000"


def test_the_public_name_is_answered_to() -> None:
    settings = Settings({"LOSSMASK_PUBLIC_URL": "https://lossmask.example.org:8443/path"})
    assert allowed_hosts(settings)[-1] == "lossmask.example.org"
    client = TestClient(create_app(settings), base_url="https://lossmask.example.org:8443")
    assert client.get("/api/strategies").status_code == 200
    assert client.get("/api/strategies", headers={"host": "evil.example"}).status_code == 400


@pytest.mark.parametrize(
    "text", ["lossmask.example.org", "https://a b", "https://a?x", "javascript:alert(1)"]
)
def test_what_is_no_address_is_refused_at_the_start(text: str) -> None:
    with pytest.raises(OptionError, match="LOSSMASK_PUBLIC_URL"):
        public_url(Settings({"LOSSMASK_PUBLIC_URL": text}))


def test_a_lifetime_that_is_not_offered_is_seen_at_the_start() -> None:
    with pytest.raises(OptionError, match="30-days"):
        create_app(Settings({"LOSSMASK_SNAPSHOT_LIFETIMES": "1-day"}))


@pytest.mark.parametrize(
    ("text", "sources"),
    [
        ("self", "'self'"),
        ("none", "'none'"),
        ("", "'none'"),
        (
            "'self' https://*.example.org http://localhost:3000",
            "'self' https://*.example.org http://localhost:3000",
        ),
        ("*", "*"),
        ("https: example.org:8443 http://127.0.0.1:*", "https: example.org:8443 http://127.0.0.1:*"),
    ],
)
def test_frame_ancestors(text: str, sources: str) -> None:
    assert frame_ancestors(Settings({"LOSSMASK_FRAME_ANCESTORS": text})) == sources


@pytest.mark.parametrize("text", ["self; script-src *", "https://a,https://b", "self 'unsafe-inline'"])
def test_a_policy_cannot_be_smuggled_in(text: str) -> None:
    with pytest.raises(OptionError, match="LOSSMASK_FRAME_ANCESTORS"):
        create_app(Settings({"LOSSMASK_FRAME_ANCESTORS": text}))
