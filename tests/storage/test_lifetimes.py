from __future__ import annotations

from datetime import UTC, datetime

import pytest
from lossmask.errors import OptionError
from lossmask.settings import Settings
from lossmask.storage.lifetimes import chosen, end_of, offered


def test_thirty_days_unless_another_is_chosen() -> None:
    assert chosen(None, Settings({})) == "30-days"
    assert chosen("1-year", Settings({})) == "1-year"
    assert offered(Settings({})) == ("1-day", "30-days", "1-year")


def test_the_operator_has_the_last_word() -> None:
    settings = Settings(
        {"LOSSMASK_SNAPSHOT_LIFETIMES": "unlimited 1-day", "LOSSMASK_SNAPSHOT_LIFETIME": "1-day"}
    )
    assert offered(settings) == ("unlimited", "1-day")
    assert chosen(None, settings) == "1-day"
    assert chosen("unlimited", settings) == "unlimited"
    with pytest.raises(OptionError, match=r"'1-year'; known: unlimited, 1-day\."):
        chosen("1-year", settings)


@pytest.mark.parametrize("name", ["2-days", "UNLIMITED", "1-day 30-days"])
def test_what_is_no_lifetime(name: str) -> None:
    with pytest.raises(OptionError) as caught:
        chosen(name, Settings({}))
    assert caught.value.code == "bad-lifetime"
    with pytest.raises(OptionError):
        offered(Settings({"LOSSMASK_SNAPSHOT_LIFETIMES": f"1-day {name.replace(' ', ',')}"}))


def test_ends() -> None:
    start = datetime(2026, 12, 31, 23, 59, 59, tzinfo=UTC)
    assert end_of("1-day", start) == datetime(2027, 1, 1, 23, 59, 59, tzinfo=UTC)
    assert end_of("30-days", start) == datetime(2027, 1, 30, 23, 59, 59, tzinfo=UTC)
    assert end_of("1-year", start) == datetime(2027, 12, 31, 23, 59, 59, tzinfo=UTC)
    assert end_of("unlimited", start) is None
