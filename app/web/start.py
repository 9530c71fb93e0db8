"""What is looked at before a server starts: every setting, so that a wrong one ends the start in a sentence.

Not covered: what only shows in use, such as a database that cannot be reached.
"""

from __future__ import annotations

from ..errors import OptionError
from ..losses.endpoint import check_endpoint
from ..settings import Settings
from ..storage import lifetimes
from .addresses import frame_ancestors, public_url
from .proxies import Proxies


def check(settings: Settings) -> None:
    """Read every setting.

    Raises:
        OptionError, StorageError, LossesError: naming the first that is wrong.
    """
    settings.check()
    public_url(settings)
    frame_ancestors(settings)
    Proxies.of(settings)
    _check_lifetimes(settings)
    check_endpoint(settings)
    _check_database(settings)


def _check_lifetimes(settings: Settings) -> None:
    try:
        lifetimes.chosen(None, settings)
    except OptionError as error:
        named = "LOSSMASK_SNAPSHOT_LIFETIME and LOSSMASK_SNAPSHOT_LIFETIMES"
        raise OptionError(f"{named} do not fit: {error.detail}", code=error.code) from None


def _check_database(settings: Settings) -> None:
    if not settings.text("database_url"):
        return
    # Here, since the database's library takes a while to load, and a server may never need it.
    from ..storage.location import url_of

    url_of(settings)
