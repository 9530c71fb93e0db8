"""Labels equal to those that open-instruct gave for every golden case of `open-instruct`."""

from __future__ import annotations

import pytest

from tests.parity.compare import mismatches, report

pytestmark = pytest.mark.parity


def test_every_golden_case() -> None:
    total, different = mismatches("open-instruct")
    figures = report("open-instruct", total, different)
    print(figures)
    assert total >= 726
    assert not different, figures
