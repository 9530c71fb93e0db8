"""What a batch costs beside `encode_batch` alone: 256 conversations, half a million tokens.

Run it with `uv run python benchmarks/batch.py [TOKENIZER_FOLDER …]`. Both sides take the same texts in
one process and with the same setting of threads, turn by turn, and the ratio of each pair is taken,
since the speed of a machine drifts. Without a folder, the bundled tokenizer is used.
"""

from __future__ import annotations

import os
import random
import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from lossmask.core.batch.request import BatchRequest
from lossmask.engine.batch import analyse_batch
from lossmask.engine.threads import encoding_threads
from lossmask.rendering.library import bundled_template
from lossmask.settings import Settings
from lossmask.tokenization.locate import BUNDLED

CONVERSATIONS, TOKENS, PAIRS, MOST = 256, 500_000, 9, 2.0
"""The most that the median ratio may be, and what it is measured over."""

TEXT = """
the loss at position t is the negative log probability of token t given what came before it
model training template tokenizer conversation assistant answers, questions; because (sometimes)
a wrong colour costs a run: 3.14159 def render(messages): return 'text' # comment
"""
WORDS = TEXT.split()


def conversations(words: int) -> list[dict[str, Any]]:
    """About so many words in all, in conversations of one to five exchanges of any length."""
    chance = random.Random(1)
    sizes = [chance.lognormvariate(0, 1) for _ in range(CONVERSATIONS)]
    share = words / sum(sizes)
    return [_conversation(chance, int(size * share)) for size in sizes]


def _conversation(chance: random.Random, words: int) -> dict[str, Any]:
    exchanges = chance.randint(1, 5)
    messages = []
    for _ in range(exchanges):
        for role, part in (("user", 4), ("assistant", 1)):
            count = max(words // exchanges * (1 if part == 4 else 3) // 4, 1)
            messages.append({"role": role, "content": " ".join(chance.choices(WORDS, k=count))})
    return {"messages": messages}


def request_for(folder: Path, rows: list[dict[str, Any]]) -> tuple[BatchRequest, Settings]:
    """A request, and the settings under which it finds the folder."""
    is_bundled = folder == BUNDLED
    body = {
        "tokenizer": "bundled" if is_bundled else f"local:{folder.name}",
        "chat_template": "bundled:chatml" if is_bundled else None,
        "conversations": rows,
        "today": "2026-11-23",
        "batch": {"micro_batch_size": 8, "gradient_accumulation_steps": 4},
    }
    return BatchRequest.from_json(body), Settings({"LOSSMASK_TOKENIZERS": str(folder.parent)})


def texts_of(request: BatchRequest, tokenizer: Any) -> list[str]:
    """What is encoded, rendered by transformers."""
    return [
        tokenizer.apply_chat_template(list(row.messages), tokenize=False) for row in request.conversations
    ]


def seconds(call: Callable[..., Any], *arguments: Any) -> float:
    start = time.perf_counter()
    call(*arguments)
    return time.perf_counter() - start


def measure(folder: Path) -> float:
    """Print one line; gives the median ratio."""
    from transformers import AutoTokenizer

    tokenizer = AutoTokenizer.from_pretrained(folder)
    if tokenizer.chat_template is None:
        tokenizer.chat_template = bundled_template("chatml")
    per_word = len(tokenizer(" ".join(WORDS))["input_ids"]) / len(WORDS)
    request, settings = request_for(folder, conversations(int(TOKENS / per_word)))
    texts, encode = texts_of(request, tokenizer), tokenizer.backend_tokenizer.encode_batch
    tokens = analyse_batch(request, settings).statistics["tokens"]
    alone, ours = [], []
    for _ in range(PAIRS):
        alone.append(seconds(lambda: encode(texts, add_special_tokens=False)))
        ours.append(seconds(analyse_batch, request, settings))
    ratio = statistics.median(b / a for a, b in zip(alone, ours, strict=True))
    print(
        f"{folder.name:40} {tokens:8,} tokens: encode_batch {statistics.median(alone):6.3f} s, "
        f"batch {statistics.median(ours):6.3f} s, ratio {ratio:.2f} (at most {MOST})"
    )
    return ratio


def main() -> int:
    folders = [Path(given).resolve() for given in sys.argv[1:]] or [BUNDLED]
    with encoding_threads() as threads:
        print(f"{CONVERSATIONS} conversations, {threads} threads of {os.cpu_count()} cores")
        ratios = [measure(folder) for folder in folders]
    return int(max(ratios) > MOST)


if __name__ == "__main__":
    sys.exit(main())
