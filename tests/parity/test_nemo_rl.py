"""Ids, labels and outcomes equal to those that NeMo-RL gave for every golden case."""

from __future__ import annotations

import pytest

from tests.parity.compare import mismatches, report

pytestmark = pytest.mark.parity


def test_every_golden_case() -> None:
    total, different = mismatches("nemo-rl")
    print(report("nemo-rl", total, different))
    assert total >= 1338
    assert different == [], report("nemo-rl", total, different)
