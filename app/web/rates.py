"""How often one client may do something within an hour, counted in this process's memory alone.

A client is the address that the connection came from, as the web server tells it; of IPv6 the /64
that one customer has. A header that anyone can send counts for nothing here: uvicorn takes a proxy's
word for who asks from 127.0.0.1 alone, or from where `FORWARDED_ALLOW_IPS` says, and behind any
other proxy everyone is one client.
Not covered: several servers, each of which counts for itself. Nothing of it is ever written down.
"""

from __future__ import annotations

import math
import time
from collections import deque
from collections.abc import Callable
from ipaddress import IPv6Address, ip_address

from starlette.requests import Request

from ..errors import TooMany

SECONDS = 3600
MOST_CLIENTS = 10_000
"""Clients remembered at once; beyond that the one that was quiet longest is forgotten."""


class Rate:
    """At most `limit` times for each client within any hour; `what` ends the sentence that refuses.

    >>> rate = Rate(2, "Two cups have been poured for you within an hour")
    >>> rate.count("192.0.2.1"), rate.count("192.0.2.1"), rate.is_spent("192.0.2.1")
    (None, None, True)
    """

    def __init__(self, limit: int, what: str, clock: Callable[[], float] = time.monotonic) -> None:
        self._limit, self._what, self._clock = limit, what, clock
        self._times: dict[str, deque[float]] = {}

    def check(self, client: str) -> None:
        """Refuse a client that has used up its share.

        Raises:
            TooMany: with the seconds until it may try again.
        """
        if self.is_spent(client):
            raise self._refusal(client)

    def is_spent(self, client: str) -> bool:
        """Whether a client has used up its share."""
        return len(self._recent(client)) >= self._limit

    def count(self, client: str) -> None:
        """Note that a client did it once."""
        times = self._recent(client)
        times.append(self._clock())
        # At the end of the table, so that its beginning is who was quiet longest.
        self._times.pop(client, None)
        self._times[client] = times
        if len(self._times) > MOST_CLIENTS:
            del self._times[next(iter(self._times))]

    def take_back(self, client: str) -> None:
        """Forget the last time, which came to nothing."""
        times = self._times.get(client)
        if times:
            times.pop()

    def _recent(self, client: str) -> deque[float]:
        times = self._times.get(client, deque())
        while times and times[0] <= self._clock() - SECONDS:
            times.popleft()
        if not times:
            self._times.pop(client, None)
        return times

    def _refusal(self, client: str) -> TooMany:
        times = self._times.get(client)
        wait = SECONDS if not times else max(1, math.ceil(times[0] + SECONDS - self._clock()))
        error = TooMany(f"{self._what}; try again in {-(-wait // 60)} min.")
        error.retry_after = wait
        return error


def client_of(request: Request) -> str:
    """The client of a request."""
    return "" if request.client is None else network_of(request.client.host)


def network_of(host: str) -> str:
    """What counts as one client.

    >>> network_of("2001:db8:1:2:3:4:5:6"), network_of("192.0.2.1")
    ('2001:db8:1:2::', '192.0.2.1')
    """
    try:
        address = ip_address(host)
    except ValueError:
        return host
    if not isinstance(address, IPv6Address):
        return host
    if address.ipv4_mapped is not None:
        return str(address.ipv4_mapped)
    return str(IPv6Address(int(address) >> 64 << 64))
