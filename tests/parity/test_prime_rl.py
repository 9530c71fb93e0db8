"""Ids, labels and outcomes equal to those that prime-rl gave for every golden case."""

from __future__ import annotations

import pytest

from tests.parity.compare import mismatches, report

pytestmark = pytest.mark.parity


def test_every_golden_case() -> None:
    total, different = mismatches("prime-rl")
    print(report("prime-rl", total, different))
    assert total >= 710
    assert different == [], report("prime-rl", total, different)
