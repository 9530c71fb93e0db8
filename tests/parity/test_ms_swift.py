"""Labels equal to those that ms-swift gave for every golden case of `ms-swift`."""

from __future__ import annotations

import pytest

from tests.parity.compare import mismatches, report

pytestmark = pytest.mark.parity


def test_every_golden_case() -> None:
    total, different = mismatches("ms-swift")
    figures = report("ms-swift", total, different)
    print(figures)
    assert total >= 1716
    assert not different, figures
