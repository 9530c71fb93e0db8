"""Labels equal to those that Axolotl gave for every golden case."""

from __future__ import annotations

import pytest

from tests.parity.compare import mismatches, report

pytestmark = pytest.mark.parity


def test_every_golden_case() -> None:
    total, different = mismatches("axolotl")
    print(report("axolotl", total, different))
    assert total >= 3368
    assert different == [], report("axolotl", total, different)
