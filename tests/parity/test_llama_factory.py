"""Labels equal to those that LLaMA-Factory gave for every golden case of `llama-factory`."""

from __future__ import annotations

import pytest

from tests.parity.compare import mismatches, report

pytestmark = pytest.mark.parity


def test_every_golden_case() -> None:
    total, different = mismatches("llama-factory")
    figures = report("llama-factory", total, different)
    print(figures)
    assert total >= 1340
    assert not different, figures
