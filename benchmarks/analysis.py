"""What an analysis costs beside the least anyone could do: one plain render and one encode with offsets.

Run it with `uv run python benchmarks/analysis.py [TOKENIZER_FOLDER]`. Both sides take the same
conversation in one run, turn by turn, and the ratio of each pair is taken, since the speed
of a machine drifts. Without a folder, the bundled tokenizer is used. What findings cost on
top of this is measured by `benchmarks/findings.py`.
"""

from __future__ import annotations

import random
import statistics
import sys
import time
from functools import partial
from pathlib import Path
from typing import Any

from lossmask.core.request import AnalysisRequest
from lossmask.engine.analyse import analyse
from lossmask.rendering.library import bundled_template
from lossmask.settings import Settings
from lossmask.tokenization.locate import BUNDLED
from transformers import AutoTokenizer

SIZES = ((200, 40, 300, 2.0), (12_000, 150, 25, 1.5), (116_000, 400, 9, 1.3))
"""Tokens aimed at, words of a reply, pairs, and the most that the median ratio may be."""

TEXT = """
the loss at position t is the negative log probability of token t given what came before it
model training template tokenizer conversation assistant answers, questions; because (sometimes)
a wrong colour costs a run: 3.14159 def render(messages): return 'text' # comment
"""
WORDS = TEXT.split()


def conversation(tokens: int, reply: int, per_word: float) -> list[dict[str, str]]:
    """About as many tokens, in turns of a question and a longer reply."""
    chance = random.Random(1)
    messages = [{"role": "system", "content": "Be brief."}]
    length = 0.0
    while length < tokens:
        for role, words in (("user", reply // 3), ("assistant", reply)):
            messages.append({"role": role, "content": " ".join(chance.choices(WORDS, k=words))})
            length += words * per_word
    return messages


def request_for(folder: Path, messages: list[dict[str, str]]) -> tuple[AnalysisRequest, Settings]:
    """A request, and the settings under which it finds the folder."""
    name = "bundled" if folder == BUNDLED else f"local:{folder.name}"
    body = {"tokenizer": name, "conversation": {"messages": messages}, "today": "2026-11-23"}
    return AnalysisRequest.from_json(body), Settings({"LOSSMASK_TOKENIZERS": str(folder.parent)})


def least(tokenizer: Any, messages: list[dict[str, str]]) -> int:
    """One plain render, one encode, ids and offsets taken out."""
    text = tokenizer.apply_chat_template(messages, tokenize=False)
    encoding = tokenizer.backend_tokenizer.encode(text, add_special_tokens=False)
    return len(encoding.ids) + len(encoding.offsets)


def seconds(call: Any, *arguments: Any) -> float:
    start = time.perf_counter()
    call(*arguments)
    return time.perf_counter() - start


def main() -> None:
    folder = Path(sys.argv[1]).resolve() if len(sys.argv) > 1 else BUNDLED
    tokenizer = AutoTokenizer.from_pretrained(folder)
    if tokenizer.chat_template is None:
        tokenizer.chat_template = bundled_template("chatml")
    per_word = len(tokenizer(" ".join(WORDS))["input_ids"]) / len(WORDS)
    for size, reply, pairs, most in SIZES:
        messages = conversation(size, reply, per_word)
        request, settings = request_for(folder, messages)
        tokens = analyse(request, settings).statistics["tokens"]
        least(tokenizer, messages)
        plain, ours = [], []
        for _ in range(pairs):
            plain.append(seconds(least, tokenizer, messages))
            ours.append(seconds(partial(analyse, findings=False), request, settings))
        ratio = statistics.median(b / a for a, b in zip(plain, ours, strict=True))
        print(
            f"{tokens:7} tokens, {len(messages):4} messages: least {statistics.median(plain) * 1e3:8.2f} ms, "
            f"analysis {statistics.median(ours) * 1e3:8.2f} ms, ratio {ratio:.2f} (at most {most})"
        )


if __name__ == "__main__":
    main()
