"""The chat templates that came with a tokenizer, by name."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

ONLY = "default"


def chat_templates(found: object, folder: Path) -> Mapping[str, str]:
    """What transformers found, and failing that, the file that processors of images and text keep theirs in.

    >>> chat_templates("{{ messages }}", Path("folder"))
    {'default': '{{ messages }}'}
    """
    if isinstance(found, Mapping):
        return {str(name): str(source) for name, source in found.items()}
    if isinstance(found, str):
        return {ONLY: found}
    return _of_processor(folder / "chat_template.json")


def _of_processor(path: Path) -> Mapping[str, str]:
    if not path.is_file():
        return {}
    source = json.loads(path.read_text(encoding="utf-8"))
    found = source.get("chat_template") if isinstance(source, dict) else None
    return {ONLY: found} if isinstance(found, str) else {}
