"""How much one client may do within some time, counted in this process's memory alone.

A client is an address, see `proxies`; of IPv6 the /64 that one customer has. Whoever uses the server on
the computer that it runs on is no client, and nothing is counted. Everyone behind one address, such as
a lecture hall, is one client.
Not covered: several servers, each of which counts for itself. Nothing of it is ever written down.
"""

from __future__ import annotations

import math
import time
from collections import deque
from collections.abc import Callable
from functools import lru_cache
from ipaddress import IPv6Address
from typing import NamedTuple, TypeAlias
from urllib.parse import urlsplit

from starlette.requests import Request

from ..errors import TooMany
from .addresses import is_loopback
from .proxies import FORWARDED, Proxies, address_of

HOUR, MINUTE = 3600, 60
MOST_CLIENTS = 10_000
"""Clients remembered at once; beyond that the one that was quiet longest is forgotten."""

Client: TypeAlias = str | None
"""None is nobody whose doings are counted."""


class _Doing(NamedTuple):
    time: float
    amount: float


class Rate:
    """At most `limit` for each client within any `seconds`; `what` begins the sentence that refuses.

    >>> rate = Rate(2, "Two cups have been poured for you within an hour")
    >>> rate.count("192.0.2.1"), rate.count("192.0.2.1"), rate.is_spent("192.0.2.1")
    (None, None, True)
    """

    def __init__(
        self, limit: float, what: str, seconds: int = HOUR, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._limit, self._what, self._seconds, self._clock = limit, what, seconds, clock
        self._doings: dict[str, deque[_Doing]] = {}

    def check(self, client: Client, amount: float = 0) -> None:
        """Refuse a client that has used up its share, or would with this amount.

        An amount beyond the whole limit is let pass where nothing else was done.

        Raises:
            TooMany: with the seconds until it may try again.
        """
        if client is not None and not self._fits(self._recent(client), amount):
            raise self._refusal(client, amount)

    def is_spent(self, client: Client) -> bool:
        """Whether a client has used up its share."""
        return client is not None and not self._fits(self._recent(client), 0)

    def count(self, client: Client, amount: float = 1) -> None:
        """Note that a client did so much."""
        if client is None:
            return
        doings = self._recent(client)
        doings.append(_Doing(self._clock(), amount))
        # At the end of the table, so that its beginning is who was quiet longest.
        self._doings.pop(client, None)
        self._doings[client] = doings
        if len(self._doings) > MOST_CLIENTS:
            del self._doings[next(iter(self._doings))]

    def take_back(self, client: Client) -> None:
        """Forget the last, which came to nothing."""
        doings = self._doings.get(client) if client is not None else None
        if doings:
            doings.pop()

    def _recent(self, client: str) -> deque[_Doing]:
        doings = self._doings.get(client, deque())
        while doings and doings[0].time <= self._clock() - self._seconds:
            doings.popleft()
        if not doings:
            self._doings.pop(client, None)
        return doings

    def _fits(self, doings: deque[_Doing], amount: float) -> bool:
        return self._has_room(sum(doing.amount for doing in doings), amount)

    def _has_room(self, used: float, amount: float) -> bool:
        # What is only known afterwards, an amount of 0, may begin as long as anything is left.
        return used < self._limit if amount == 0 else used + min(amount, max(1, self._limit)) <= self._limit

    def _refusal(self, client: str, amount: float) -> TooMany:
        wait = max(1, math.ceil(self._wait(self._recent(client), amount)))
        shown = f"{wait} s" if wait < 2 * MINUTE else f"{-(-wait // MINUTE)} min"
        error = TooMany(f"{self._what}; try again in {shown}.")
        error.retry_after = wait
        return error

    def _wait(self, doings: deque[_Doing], amount: float) -> float:
        """Seconds until enough of what was done is long enough ago."""
        used = sum(doing.amount for doing in doings)
        for doing in doings:
            used -= doing.amount
            if self._has_room(used, amount):
                return doing.time + self._seconds - self._clock()
        return self._seconds


def client_of(request: Request) -> Client:
    """The client of a request; None for whoever sits at this computer.

    A request through a proxy, even one on this computer, comes from elsewhere.
    """
    host = "" if request.client is None else request.client.host
    return None if _is_here(request, host) else network_of(host)


def _is_here(request: Request, host: str) -> bool:
    if not is_loopback(host) or not is_loopback(_name_of(request.headers.get("host", ""))):
        return False
    proxies: Proxies = request.app.state.proxies
    return not proxies.trusts(host) and not any(name in request.headers for name in FORWARDED)


@lru_cache(maxsize=1024)
def _name_of(host: str) -> str:
    """The name in a `Host` header, without a port."""
    try:
        return urlsplit(f"//{host}").hostname or ""
    except ValueError:
        return ""


def network_of(host: str) -> str:
    """What counts as one client.

    >>> network_of("2001:db8:1:2:3:4:5:6"), network_of("192.0.2.1")
    ('2001:db8:1:2::', '192.0.2.1')
    """
    address = address_of(host)
    if not isinstance(address, IPv6Address):
        return host if address is None else str(address)
    return str(IPv6Address(int(address) >> 64 << 64))
