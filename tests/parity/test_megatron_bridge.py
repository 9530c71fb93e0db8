"""Labels equal to those that Megatron-Bridge gave for every golden case of `megatron-bridge`."""

from __future__ import annotations

import pytest

from tests.parity.compare import mismatches, report

pytestmark = pytest.mark.parity


def test_every_golden_case() -> None:
    total, different = mismatches("megatron-bridge")
    figures = report("megatron-bridge", total, different)
    print(figures)
    assert total >= 510
    assert not different, figures
