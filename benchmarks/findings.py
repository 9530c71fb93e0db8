"""What findings cost: an analysis with all of them over one without, on the same conversation.

Run it with `uv run python benchmarks/findings.py [TOKENIZER_FOLDER]`. Both are measured turn by
turn in one run, and the ratio of each pair is taken, since the speed of a machine drifts.
Without a folder, the bundled tokenizer is used. It exits with 1 where a ratio is too large.
"""

from __future__ import annotations

import statistics
import sys
from collections import Counter
from dataclasses import replace
from functools import partial
from pathlib import Path

from analysis import WORDS, conversation, request_for, seconds
from lossmask.core.request import AnalysisRequest, Choice
from lossmask.engine.analyse import analyse
from lossmask.rendering.library import bundled_template
from lossmask.settings import Settings
from lossmask.tokenization.locate import BUNDLED
from transformers import AutoTokenizer

TOKENS, REPLY, PAIRS = 12_000, 150, 15
MOST = 1.6
CHOICES = (
    Choice("assistant-turns"),
    Choice("trl-full", {"max_length": None}),
    Choice("trl-response-template"),
    Choice("axolotl", {"sequence_len": 2 * TOKENS}),
    Choice("axolotl"),
    Choice("unsloth-responses-only"),
)
"""With nothing cut, and once with the framework's own length, which cuts all but the beginning."""


def main() -> None:
    folder = Path(sys.argv[1]).resolve() if len(sys.argv) > 1 else BUNDLED
    tokenizer = AutoTokenizer.from_pretrained(folder)
    tokenizer.chat_template = tokenizer.chat_template or bundled_template("chatml")
    per_word = len(tokenizer(" ".join(WORDS))["input_ids"]) / len(WORDS)
    request, settings = request_for(folder, conversation(TOKENS, REPLY, per_word))
    ratios = [measured(replace(request, strategy=choice), settings) for choice in CHOICES]
    sys.exit(int(max(ratios) > MOST))


def measured(request: AnalysisRequest, settings: Settings) -> float:
    """The median ratio, printed."""
    analysis = analyse(request, settings)
    found = Counter(finding.code for finding in analysis.findings)
    without, with_all = [], []
    for _ in range(PAIRS):
        without.append(seconds(partial(analyse, findings=False), request, settings))
        with_all.append(seconds(analyse, request, settings))
    ratio = statistics.median(b / a for a, b in zip(without, with_all, strict=True))
    fast, slow = (statistics.median(times) * 1e3 for times in (without, with_all))
    print(
        f"{request.strategy.name:23} {analysis.statistics['tokens']:6} tokens, "
        f"{analysis.statistics['cut']:6} cut: without {fast:6.1f} ms, with {slow:6.1f} ms, "
        f"ratio {ratio:.2f} (at most {MOST}); found {', '.join(sorted(found)) or 'nothing'}"
    )
    return ratio


if __name__ == "__main__":
    main()
