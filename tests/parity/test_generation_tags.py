"""Labels equal to those that transformers gave for every golden case of `generation-tags`."""

from __future__ import annotations

import pytest

from tests.parity.compare import mismatches, report

pytestmark = pytest.mark.parity


def test_every_golden_case() -> None:
    total, different = mismatches("generation-tags")
    assert total >= 455
    assert different == [], report("generation-tags", total, different)
