"""What a request costs its client: a route says it, and whoever used up a share is refused before any work.

Covered: analyses of any kind, by number and by the time that they take in workers; jobs for losses;
downloads. Not covered here: snapshots, which `snapshots` counts; pages that no worker computes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from fastapi import Depends, Request

from ..engine.meter import METER
from ..settings import Settings
from .rates import HOUR, MINUTE, Client, Rate, client_of

COMPARISON, MATRIX, BATCH = 2, 20, 50
"""What counts as how many analyses."""

ANALYSES = "As many analyses as one client may have within a minute were made for you"
SECONDS = "Your analyses took as much time of the workers as one client may have within a minute"
LOSSES = "As many jobs for losses as one client may start within an hour were started from here"
DOWNLOADS = "As many tokenizers as one client may have downloaded within an hour were downloaded for you"


class Shares:
    """What each client has used of what it may have."""

    def __init__(self, settings: Settings) -> None:
        self.analyses = Rate(settings.integer("analyses_per_minute"), ANALYSES, MINUTE)
        self.seconds = Rate(settings.integer("worker_seconds_per_minute"), SECONDS, MINUTE)
        self.losses = Rate(settings.integer("losses_per_hour"), LOSSES, HOUR)
        self.downloads = Rate(settings.integer("downloads_per_hour"), DOWNLOADS, HOUR)


@dataclass(frozen=True, slots=True)
class Cost:
    """A dependency of a route: so many analyses, perhaps a job for losses, and what time its workers take."""

    analyses: int = 1
    losses: bool = False

    async def __call__(self, request: Request) -> None:
        """Refuse or count; raises TooMany."""
        shares, client = shares_of(request), client_of(request)
        shares.analyses.check(client, self.analyses)
        shares.seconds.check(client)
        if self.losses:
            take_losses(request)
        shares.analyses.count(client, self.analyses)
        METER.set(lambda seconds: shares.seconds.count(client, seconds))


def costs(analyses: int = 1, *, losses: bool = False) -> Sequence[Any]:
    """For `dependencies=` of a route.

    >>> @router.post("/matrices", dependencies=costs(MATRIX))
    """
    return [Depends(Cost(analyses, losses))]


def take_losses(request: Request) -> None:
    """Count one job for losses; raises TooMany."""
    _take(shares_of(request).losses, client_of(request))


def take_download(request: Request) -> None:
    """Count one download that has to begin; raises TooMany."""
    _take(shares_of(request).downloads, client_of(request))


def shares_of(request: Request) -> Shares:
    """The clients' accounts of this server."""
    shares: Shares = request.app.state.shares
    return shares


def _take(rate: Rate, client: Client) -> None:
    rate.check(client, 1)
    rate.count(client)
