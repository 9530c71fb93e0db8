"""Writes docs/findings from the rules: a page for each code, and the list of them.

python scripts/findings_docs.py
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from lossmask.core.analysis import Finding
from lossmask.core.request import AnalysisRequest
from lossmask.engine.analyse import analyse
from lossmask.findings.base import Fields
from lossmask.findings.docs import TODAY, pages
from lossmask.findings.registry import RULES
from lossmask.settings import Settings

FOLDER = Path(__file__).resolve().parents[1] / "docs" / "findings"


def main() -> None:
    """Write every page, and remove those of codes that are gone."""
    FOLDER.mkdir(exist_ok=True)
    current = pages(RULES, diagnosed)
    for stale in {file.name for file in FOLDER.glob("*.md")} - set(current):
        (FOLDER / stale).unlink()
    for name, text in current.items():
        (FOLDER / name).write_text(text, encoding="utf-8")


def diagnosed(fields: Fields) -> Sequence[Finding]:
    """What the rules find in a request, with no folder of tokenizers at hand."""
    request = AnalysisRequest.from_json({"today": TODAY, **fields})
    return analyse(request, Settings({})).findings


if __name__ == "__main__":
    main()
