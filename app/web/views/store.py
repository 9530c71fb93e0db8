"""What the dialog for sharing says of storing and embedding on this server."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from ...settings import Settings
from ...storage import lifetimes

_LASTING: Mapping[lifetimes.Lifetime, str] = {
    "1-day": "for 1 day",
    "30-days": "for 30 days",
    "1-year": "for 1 year",
    "unlimited": "until it is deleted",
}


class Lasting(NamedTuple):
    """One lifetime to choose."""

    name: str
    phrase: str
    chosen: bool


class StoreOffer(NamedTuple):
    """Whether storing is offered; whether links open on this computer only; where embeds may stand.

    `embeds` is `own` for pages of this server alone, `none`, or `some` where the operator names sites.
    """

    offered: bool
    only_here: bool
    lifetimes: tuple[Lasting, ...]
    base: str
    embeds: str

    @property
    def phrase(self) -> str:
        """How long a copy is kept unless something else is chosen."""
        return next(one.phrase for one in self.lifetimes if one.chosen)


def store_offer(settings: Settings, base: str, only_here: bool, frame_ancestors: str) -> StoreOffer:
    """What the dialog offers."""
    default = lifetimes.chosen(None, settings)
    choices = tuple(Lasting(name, _LASTING[name], name == default) for name in lifetimes.offered(settings))
    offered = settings.flag("snapshots") and not only_here
    embeds = {"'self'": "own", "'none'": "none"}.get(frame_ancestors, "some")
    return StoreOffer(offered, only_here, choices, base, embeds)
