"""Ids, labels and outcomes equal to those that verl gave for every golden case."""

from __future__ import annotations

import pytest

from tests.parity.compare import mismatches, report

pytestmark = pytest.mark.parity


def test_every_golden_case() -> None:
    total, different = mismatches("verl")
    print(report("verl", total, different))
    assert total >= 748
    assert different == [], report("verl", total, different)
