"""Ids, labels and outcomes equal to those that torchtune gave for every golden case."""

from __future__ import annotations

import pytest

from tests.parity.compare import mismatches, report

pytestmark = pytest.mark.parity


def test_every_golden_case() -> None:
    total, different = mismatches("torchtune")
    print(report("torchtune", total, different))
    assert total >= 1550
    assert different == [], report("torchtune", total, different)
