from __future__ import annotations

import pytest
from lossmask.errors import OptionError
from lossmask.settings import Settings
from lossmask.web.views.store import Lasting, store_offer


def test_the_operators_lifetimes_are_offered() -> None:
    settings = Settings(
        {"LOSSMASK_SNAPSHOT_LIFETIMES": "1-day unlimited", "LOSSMASK_SNAPSHOT_LIFETIME": "1-day"}
    )
    offer = store_offer(settings, "https://example.org", False, "'self'")
    assert offer.offered
    assert offer.phrase == "for 1 day"
    assert offer.lifetimes == (
        Lasting("1-day", "for 1 day", True),
        Lasting("unlimited", "until it is deleted", False),
    )


@pytest.mark.parametrize(("snapshots", "only_here"), [("off", False), ("on", True), ("off", True)])
def test_storing_is_not_offered(snapshots: str, only_here: bool) -> None:
    settings = Settings({"LOSSMASK_SNAPSHOTS": snapshots})
    assert not store_offer(settings, "", only_here, "'self'").offered


@pytest.mark.parametrize(
    ("ancestors", "embeds"), [("'self'", "own"), ("'none'", "none"), ("'self' https://a.example", "some")]
)
def test_who_may_embed_is_told(ancestors: str, embeds: str) -> None:
    assert store_offer(Settings({}), "", False, ancestors).embeds == embeds


def test_a_default_that_is_not_offered_is_a_fault_of_the_settings() -> None:
    with pytest.raises(OptionError):
        store_offer(Settings({"LOSSMASK_SNAPSHOT_LIFETIMES": "1-day"}), "", False, "'self'")
