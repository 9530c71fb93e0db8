"""Writes docs/frameworks.md from the registry of masking rules.

python scripts/frameworks_docs.py             from the figures in docs/parity.json
python scripts/frameworks_docs.py --measure   measure them all first, which takes minutes
python scripts/frameworks_docs.py --measure trl-full verl
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from lossmask.strategies.docs import frameworks_page
from lossmask.strategies.registry import STRATEGIES

from tests.parity.compare import mismatches, report
from tests.shared import ROOT, shared_folder

FIGURES = ROOT / "docs" / "parity.json"
PAGE = ROOT / "docs" / "frameworks.md"


def main() -> None:
    """Write the page, and the figures where they are measured."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--measure", nargs="*", metavar="STRATEGY")
    given = parser.parse_args()
    figures = json.loads(FIGURES.read_text(encoding="utf-8")) if FIGURES.exists() else {}
    if given.measure is not None:
        figures |= {name: measured(name) for name in given.measure or with_golden_labels()}
        FIGURES.write_text(json.dumps(figures, indent=2, sort_keys=True) + "\n", encoding="utf-8")
    PAGE.write_text(frameworks_page(figures), encoding="utf-8")


def with_golden_labels() -> list[str]:
    """The rules that have something to be compared with."""
    labels = shared_folder() / "golden" / "labels"
    return [name for name in STRATEGIES if (labels / f"{name}.jsonl").exists()]


def measured(name: str) -> dict[str, int]:
    """How many golden cases a rule has, and how many of them come out equal."""
    total, different = mismatches(name)
    print(report(name, total, different))
    return {"cases": total, "equal": total - len(different)}


if __name__ == "__main__":
    main()
