"""One number for what a fine-tune would learn: equal where ids and labels are.

Covered: the ids and the labels of every example, in their order. Not covered: text, weights,
reasons, findings. Two analyses with one digest train the same tokens.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .analysis import Analysis


def digest(analysis: Analysis) -> str:
    """SHA-256, in hexadecimal, of the compact JSON `[[input_ids, labels], …]`, a pair for each example.

    >>> digest(analysis with ids [5, 6] and labels [-100, 6])  # of "[[[5,6],[-100,6]]]"
    '1bc6…'
    """
    pairs = [[one.example.tokens.ids.tolist(), one.example.labels.tolist()] for one in analysis.examples]
    # Lists of whole numbers are JSON as they are shown, and a fifth as long in the making.
    return hashlib.sha256(repr(pairs).replace(" ", "").encode()).hexdigest()
