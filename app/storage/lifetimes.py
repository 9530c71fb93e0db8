"""How long a snapshot is kept: a closed set, of which the operator offers some."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Literal, get_args

from ..errors import OptionError
from ..settings import Settings

Lifetime = Literal["1-day", "30-days", "1-year", "unlimited"]

LIFETIMES: tuple[Lifetime, ...] = get_args(Lifetime)

_DAYS: Mapping[Lifetime, int | None] = {"1-day": 1, "30-days": 30, "1-year": 365, "unlimited": None}


def offered(settings: Settings) -> tuple[Lifetime, ...]:
    """The lifetimes that may be chosen, in the operator's order.

    Raises:
        OptionError: the operator names one that there is not.
    """
    return tuple(_known(name) for name in settings.text("snapshot_lifetimes").split())


def chosen(name: str | None, settings: Settings) -> Lifetime:
    """The lifetime of a name; the default one where none is named.

    Raises:
        OptionError: there is no such lifetime, or the operator does not offer it.
    """
    lifetime = _known(name or settings.text("snapshot_lifetime"))
    if lifetime not in offered(settings):
        known = ", ".join(offered(settings))
        raise OptionError(f"Nothing is kept here for {lifetime!r}; known: {known}.", code="bad-lifetime")
    return lifetime


def end_of(lifetime: Lifetime, start: datetime) -> datetime | None:
    """When a snapshot of this lifetime expires; None for never."""
    days = _DAYS[lifetime]
    return None if days is None else start + timedelta(days=days)


def _known(name: str) -> Lifetime:
    if name not in LIFETIMES:
        raise OptionError(
            f"There is no lifetime {name!r}; known: {', '.join(LIFETIMES)}.", code="bad-lifetime"
        )
    return name
