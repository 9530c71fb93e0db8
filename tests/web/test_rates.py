from __future__ import annotations

import pytest
from lossmask.errors import TooMany
from lossmask.web import rates
from lossmask.web.rates import Rate, network_of


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
    return Rate(2, "That was twice", clock)


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
    with pytest.raises(TooMany):
        Rate(0, "Nobody may", clock).check("a")


def test_memory_is_bounded_and_the_quiet_are_forgotten_first(
    rate: Rate, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rates, "MOST_CLIENTS", 3)
    for client in ("a", "b", "a", "c", "d"):
        rate.count(client)
    assert list(rate._times) == ["a", "c", "d"]
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
