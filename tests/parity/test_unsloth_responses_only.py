"""Labels equal to those that Unsloth gave for every golden case of `unsloth-responses-only`."""

from __future__ import annotations

import pytest

from tests.parity.compare import mismatches, report

pytestmark = pytest.mark.parity


def test_every_golden_case() -> None:
    total, different = mismatches("unsloth-responses-only")
    figures = report("unsloth-responses-only", total, different)
    print(figures)
    assert total >= 1400
    assert not different, figures
