"""One number for what a fine-tune would learn: equal where ids and labels are.

Covered: the ids and the labels of every example, in their order. Not covered: text, weights,
reasons, findings. Two analyses with one digest train the same tokens.
"""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .analysis import Analysis


def digest(analysis: Analysis) -> str:
    """SHA-256, in hexadecimal, of the compact JSON `[[input_ids, labels], …]`, a pair for each example.

    >>> digest(analysis with ids [5, 6] and labels [-100, 6])  # of "[[[5,6],[-100,6]]]"
    '1bc6…'
    """
    pairs = [[one.example.tokens.ids.tolist(), one.example.labels.tolist()] for one in analysis.examples]
    return hashlib.sha256(json.dumps(pairs, separators=(",", ":")).encode()).hexdigest()
