"""Which files of a model's repository make its tokenizer; nothing else is ever asked for."""

from __future__ import annotations

import re
from collections.abc import Iterable
from importlib.util import find_spec

WRITTEN = "tokenizer.json"
"""The vocabulary of a fast tokenizer; beside it no other vocabulary is needed."""

BESIDE = frozenset(
    {
        "tokenizer_config.json",
        "special_tokens_map.json",
        "added_tokens.json",
        "chat_template.jinja",
        "chat_template.json",
        "config.json",
    }
)
NAMED_TEMPLATE = re.compile(r"additional_chat_templates/[A-Za-z0-9_][A-Za-z0-9_.-]*\.jinja")

CONVERTIBLE: tuple[frozenset[str], ...] = (
    frozenset({"vocab.json", "merges.txt"}),
    frozenset({"vocab.txt"}),
)
"""Sets of files that transformers builds a fast tokenizer from with no further library."""

SENTENCEPIECE = ("tokenizer.model", "spiece.model", "sentencepiece.bpe.model")
"""Readable only where the libraries `sentencepiece` and `protobuf` are installed too."""


def vocabulary(names: Iterable[str]) -> frozenset[str]:
    """The vocabulary files to load out of these names; empty where none can be loaded.

    >>> sorted(vocabulary(["tokenizer.json", "vocab.json", "merges.txt"]))
    ['tokenizer.json']
    """
    present = frozenset(names)
    if WRITTEN in present:
        return frozenset({WRITTEN})
    for files in (*CONVERTIBLE, *_sentencepiece()):
        if files <= present:
            return files
    return frozenset()


def wanted(names: Iterable[str]) -> list[str]:
    """The files to download, in the order given; empty where there is no tokenizer among them."""
    names = list(names)
    found = vocabulary(names)
    if not found:
        return []
    return [name for name in names if name in found or name in BESIDE or NAMED_TEMPLATE.fullmatch(name)]


def unreadable(names: Iterable[str]) -> list[str]:
    """Vocabulary files that are there but that the installed libraries cannot convert."""
    return sorted({"tekken.json", "tiktoken.model", *SENTENCEPIECE} & set(names))


def _sentencepiece() -> list[frozenset[str]]:
    if find_spec("sentencepiece") is None or find_spec("google") is None:
        return []
    return [frozenset({name}) for name in SENTENCEPIECE]
