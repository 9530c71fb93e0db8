from __future__ import annotations

import pytest
from lossmask.errors import TooMany
from lossmask.settings import Settings
from lossmask.web import rates
from lossmask.web.app import create_app
from lossmask.web.rates import MINUTE, Rate, client_of, network_of
from starlette.requests import Request


class Clock:
    def __init__(self) -> None:
        self.now = 1_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def rate(clock: Clock) -> Rate:
    return Rate(2, "That was twice", clock=clock)


def test_a_client_that_used_up_its_share_waits_for_its_oldest_time(rate: Rate, clock: Clock) -> None:
    rate.count("a")
    clock.now += 600
    rate.count("a")
    with pytest.raises(TooMany, match="That was twice; try again in 50 min") as refused:
        rate.check("a")
    assert refused.value.retry_after == 3_000
    clock.now += 3_000
    rate.check("a")
    rate.count("a")
    assert rate.is_spent("a")


def test_clients_count_apart(rate: Rate) -> None:
    rate.count("a")
    rate.count("a")
    rate.check("b")
    assert rate.is_spent("a")


def test_what_came_to_nothing_is_taken_back(rate: Rate) -> None:
    rate.count("a")
    rate.count("a")
    rate.take_back("a")
    rate.check("a")
    rate.take_back("nobody")


def test_a_share_of_nothing_is_always_spent(clock: Clock) -> None:
    for amount in (0, 1, 50):
        with pytest.raises(TooMany):
            Rate(0, "Nobody may", clock=clock).check("a", amount)


def test_memory_is_bounded_and_the_quiet_are_forgotten_first(
    rate: Rate, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rates, "MOST_CLIENTS", 3)
    for client in ("a", "b", "a", "c", "d"):
        rate.count(client)
    assert list(rate._doings) == ["a", "c", "d"]
    assert rate.is_spent("a")


@pytest.mark.parametrize(
    ("host", "network"),
    [
        ("192.0.2.1", "192.0.2.1"),
        ("2001:db8:1:2:aaaa::1", "2001:db8:1:2::"),
        ("2001:db8:1:2:bbbb::9", "2001:db8:1:2::"),
        ("2001:db8:1:3::1", "2001:db8:1:3::"),
        ("::ffff:192.0.2.1", "192.0.2.1"),
        ("testclient", "testclient"),
    ],
)
def test_a_customers_whole_ipv6_network_is_one_client(host: str, network: str) -> None:
    assert network_of(host) == network


def test_an_amount_fits_as_a_whole_or_waits(clock: Clock) -> None:
    rate = Rate(100, "That was much", MINUTE, clock)
    rate.check("a", 50)
    rate.count("a", 50)
    clock.now += 10
    rate.count("a", 30)
    rate.check("a", 20)
    with pytest.raises(TooMany, match="try again in 50 s") as refused:
        rate.check("a", 21)
    assert refused.value.retry_after == 50
    clock.now += 50
    rate.check("a", 21)


def test_an_amount_beyond_the_limit_is_had_by_who_had_nothing_else(clock: Clock) -> None:
    rate = Rate(10, "That was much", MINUTE, clock)
    rate.check("a", 50)
    rate.count("a", 50)
    with pytest.raises(TooMany):
        rate.check("a", 1)
    clock.now += MINUTE
    rate.check("a", 50)


def test_what_is_known_only_afterwards_may_begin_while_anything_is_left(clock: Clock) -> None:
    rate = Rate(60, "That took long", MINUTE, clock)
    rate.count("a", 59.5)
    rate.check("a")
    rate.count("a", 5.0)
    with pytest.raises(TooMany, match="try again in 60 s"):
        rate.check("a")


def test_nobody_is_never_refused(rate: Rate) -> None:
    for _ in range(9):
        rate.count(None)
    rate.check(None)
    rate.check(None, 100)
    rate.take_back(None)
    assert not rate.is_spent(None)
    assert rate._doings == {}


def request(peer: str, host: str = "127.0.0.1:8000", proxies: str = "", **headers: str) -> Request:
    """A request that a connection from this address brings."""
    app = create_app(Settings({"LOSSMASK_TRUSTED_PROXIES": proxies}))
    sent = {"host": host, **{name.replace("_", "-"): value for name, value in headers.items()}}
    raw = [(name.encode(), value.encode()) for name, value in sent.items()]
    scope = {"type": "http", "method": "GET", "path": "/", "query_string": b"", "scheme": "http", "app": app}
    return Request(scope | {"headers": raw, "client": (peer, 5_000), "server": ("127.0.0.1", 8000)})


@pytest.mark.parametrize(("peer", "host"), [("127.0.0.1", "localhost:8000"), ("::1", "[::1]:8000")])
def test_whoever_sits_at_this_computer_is_not_counted(peer: str, host: str) -> None:
    assert client_of(request(peer, host)) is None


@pytest.mark.parametrize(
    "asked",
    [
        request("192.0.2.7"),
        request("192.0.2.7", host="localhost:8000"),
        request("127.0.0.1", host="lossmask.example.org"),
        request("127.0.0.1", x_forwarded_for="127.0.0.1"),
        request("127.0.0.1", forwarded="for=127.0.0.1"),
        request("127.0.0.1", via="1.1 proxy"),
        request("127.0.0.1", proxies="127.0.0.1"),
    ],
    ids=["elsewhere", "another name", "a proxy's name", "forwarded", "RFC 7239", "via", "a named proxy"],
)
def test_a_proxy_on_this_computer_is_not_whoever_sits_at_it(asked: Request) -> None:
    assert client_of(asked) in ("192.0.2.7", "127.0.0.1")
