"""Tokenizers that are heavy: merges without number, vocabularies that fill the memory or the time."""

from __future__ import annotations

import json

from tests.hostile.tokenizers.making import SOUND, Folder, Make, Spec, changed, model, text


def many_merges(count: int) -> Make:
    """Merges by the hundred thousand, each of which makes an entry of its own."""

    def change(spec: Spec) -> None:
        vocabulary, merges = spec["model"]["vocab"], spec["model"]["merges"]
        left = "a"
        for index in range(count):
            entry = f"{index:x}"
            vocabulary.setdefault(entry, 1_000 + 2 * index)
            vocabulary.setdefault(left + entry, 1_001 + 2 * index)
            merges.append([left, entry])

    return changed(change)


def one_merge(count: int) -> Make:
    """One merge, over and over."""
    pair = json.dumps(SOUND["model"]["merges"][0])
    spec = json.dumps({**SOUND, "model": {**SOUND["model"], "merges": ["HERE"]}})
    return text(spec.replace('"HERE"', ", ".join([pair] * count)))


def growing(count: int) -> Make:
    """Entries each a letter longer than the last, which together are as long as the square."""
    vocabulary = {**SOUND["model"]["vocab"], **{"a" * (2 + i): 1_000 + i for i in range(count)}}
    merges = [["a" * (1 + i), "a"] for i in range(count)]
    return model(vocab=vocabulary, merges=merges)


FOLDERS = [
    Folder(
        "an entry of a megabyte",
        "ok",
        changed(lambda spec: spec["model"]["vocab"].update({"x" * 999_999: 999})),
    ),
    Folder("200,000 merges", "tokenizer-memory", many_merges(200_000)),
    Folder("a million times one merge", "tokenizer-memory", one_merge(1_000_000)),
    Folder("entries that grow by a letter", "ok", growing(1_000)),
    Folder("a member of ten megabytes", "broken-tokenizer", text(json.dumps({"x" * 10_000_000: 1}))),
]
