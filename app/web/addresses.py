"""Where this server is for others: the base of its short links, and who may show it in a frame.

Covered: the operator's settings, and what a request itself says where there are none. Not covered:
whether the address really leads here from outside, which only its operator knows.
"""

from __future__ import annotations

import re
from functools import lru_cache
from ipaddress import ip_address
from urllib.parse import urlsplit

from starlette.requests import Request

from ..errors import OptionError
from ..settings import Settings
from .views.store import StoreOffer, store_offer

LOOPBACK_NAME = "localhost"
_WORDS = {"self": "'self'", "none": "'none'", "*": "*"}
_SOURCE = re.compile(r"https?:|(https?://)?(\*\.)?[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)*(:([0-9]{1,5}|\*))?")
_NAMES = re.compile(r"https?://[^/?#@\s]+(/[^?#\s]*)?")


def base_of(request: Request) -> str:
    """What short links begin with, without a slash at the end."""
    settings: Settings = request.app.state.settings
    return public_url(settings) or str(request.base_url).rstrip("/")


def public_url(settings: Settings) -> str:
    """The address that the operator names, without a slash at the end; empty where none is named.

    Raises:
        OptionError: it is no address of a site.
    """
    text = settings.text("public_url").strip().rstrip("/")
    if text and not _NAMES.fullmatch(text):
        raise OptionError(f"LOSSMASK_PUBLIC_URL is an address such as https://example.org, not {text!r}.")
    return text


def only_here(request: Request) -> bool:
    """Whether links of this server open on this computer alone, as far as anyone can tell here."""
    if public_url(request.app.state.settings):
        return False
    server = request.scope.get("server")
    names = (request.url.hostname or "", server[0] if server else "")
    return any(is_loopback(name) for name in names)


@lru_cache(maxsize=1024)
def is_loopback(name: str) -> bool:
    """Whether a name or an address is this computer's own.

    >>> is_loopback("127.0.0.1"), is_loopback("::1"), is_loopback("lossmask.example.org")
    (True, True, False)
    """
    if name == LOOPBACK_NAME or name.endswith(f".{LOOPBACK_NAME}"):
        return True
    try:
        return ip_address(name.strip("[]")).is_loopback
    except ValueError:
        return False


def offer_of(request: Request) -> StoreOffer:
    """What the dialog for sharing offers on this server."""
    settings: Settings = request.app.state.settings
    return store_offer(settings, base_of(request), only_here(request), frame_ancestors(settings))


def allowed_hosts(settings: Settings) -> list[str]:
    """The names that this server answers to."""
    public = urlsplit(public_url(settings)).hostname
    return [*settings.text("hosts").split(), *([public] if public else [])]


def frame_ancestors(settings: Settings) -> str:
    """The sources that the policy of `/embed` names.

    >>> frame_ancestors(Settings({"LOSSMASK_FRAME_ANCESTORS": "self https://blog.example.org"}))
    "'self' https://blog.example.org"

    Raises:
        OptionError: something in it is neither a word nor an address of a site.
    """
    return " ".join(map(_source, settings.text("frame_ancestors").split())) or "'none'"


def _source(text: str) -> str:
    plain = text.strip("'")
    if plain in _WORDS:
        return _WORDS[plain]
    if not _SOURCE.fullmatch(text):
        raise OptionError(
            f"LOSSMASK_FRAME_ANCESTORS takes self, none, * and addresses of sites, not {text!r}."
        )
    return text
