"""Who asks, where proxies stand before this server: the operator's proxies are believed, nobody else.

Covered: `X-Forwarded-For`, read from the right and only through hops that `LOSSMASK_TRUSTED_PROXIES` names,
so that what a client wrote into it itself counts for nothing; `X-Forwarded-Proto` of the nearest such hop.
Not covered: `Forwarded` (RFC 7239), and proxies that speak another protocol than HTTP.
"""

from __future__ import annotations

from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import TypeAlias

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from ..errors import OptionError
from ..settings import Settings

Address: TypeAlias = IPv4Address | IPv6Address

FORWARDED = ("x-forwarded-for", "forwarded", "x-real-ip", "via")
"""Headers that tell that a proxy was on the way."""


class Proxies:
    """The networks whose word is believed.

    >>> Proxies("10.0.0.0/8 ::1").trusts("10.1.2.3")
    True
    """

    def __init__(self, text: str) -> None:
        """Raises OptionError for what is neither an address nor a network."""
        self._networks = tuple(map(_network, text.replace(",", " ").split()))

    @classmethod
    def of(cls, settings: Settings) -> Proxies:
        """Those that the operator names."""
        return cls(settings.text("trusted_proxies"))

    def trusts(self, host: str) -> bool:
        """Whether the word of this address is believed."""
        address = address_of(host)
        return address is not None and any(address in network for network in self._networks)

    def client(self, peer: str, forwarded: str) -> str:
        """Who asks: the last address, from the right, that no proxy of the operator's has.

        >>> Proxies("10.0.0.0/8").client("10.0.0.1", "6.6.6.6, 192.0.2.7, 10.0.0.2")
        '192.0.2.7'
        >>> Proxies("10.0.0.0/8").client("192.0.2.7", "6.6.6.6")
        '192.0.2.7'
        """
        hops = forwarded.split(",") if forwarded else []
        found = peer
        while hops and self.trusts(found):
            address = address_of(hops.pop())
            if address is None:
                return found
            found = str(address)
        return found


class TrustedProxies:
    """Puts who really asks, and by which scheme, into the scope of a request that came through a proxy."""

    def __init__(self, app: ASGIApp, proxies: Proxies) -> None:
        self.app = app
        self.proxies = proxies

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        peer = scope.get("client")
        if scope["type"] == "http" and peer and self.proxies.trusts(peer[0]):
            scope = self._told(scope, peer)
        await self.app(scope, receive, send)

    def _told(self, scope: Scope, peer: tuple[str, int]) -> Scope:
        headers = Headers(scope=scope)
        client = self.proxies.client(peer[0], ",".join(headers.getlist("x-forwarded-for")))
        scheme = headers.get("x-forwarded-proto", "").strip().lower()
        told = {"client": peer if client == peer[0] else (client, 0)}
        return {**scope, **told, **({"scheme": scheme} if scheme in ("http", "https") else {})}


def address_of(text: str) -> Address | None:
    """An address as proxies write it, with or without a port; None where it is none.

    >>> address_of("[2001:db8::1]:443"), address_of("::ffff:192.0.2.1"), address_of("unknown")
    (IPv6Address('2001:db8::1'), IPv4Address('192.0.2.1'), None)
    """
    bare = text.strip().strip('"')
    if bare.startswith("["):
        bare = bare[1:].partition("]")[0]
    elif bare.count(":") == 1:
        bare = bare.partition(":")[0]
    try:
        address = ip_address(bare.partition("%")[0])
    except ValueError:
        return None
    return (isinstance(address, IPv6Address) and address.ipv4_mapped) or address


def _network(text: str) -> IPv4Network | IPv6Network:
    try:
        return ip_network(text, strict=False)
    except ValueError:
        shown = text if len(text) <= 60 else f"{text[:59]}…"
        raise OptionError(
            "LOSSMASK_TRUSTED_PROXIES takes addresses and networks such as 10.0.0.0/8 or ::1, apart by "
            f"spaces, not {shown!r}.",
            code="bad-setting",
        ) from None
