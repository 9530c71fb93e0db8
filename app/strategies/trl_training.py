"""stub"""

from __future__ import annotations
from .base import Options

KNOWN_DIFFERENCES: tuple[str, ...] = ()


def training_template(source: str, options: Options) -> str:
    return source
