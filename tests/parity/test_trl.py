"""Labels equal to those that TRL and the Hugging Face collator gave for every golden case."""

from __future__ import annotations

import pytest

from tests.parity.compare import mismatches, report

pytestmark = pytest.mark.parity

STRATEGIES = {
    "hf-causal-lm-collator": 665,
    "trl-full": 576,
    "trl-assistant-only": 936,
    "trl-completion-only": 1200,
    "trl-response-template": 3640,
}


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_every_golden_case(strategy: str) -> None:
    total, different = mismatches(strategy)
    print(report(strategy, total, different))
    assert total >= STRATEGIES[strategy]
    assert not different, report(strategy, total, different)
