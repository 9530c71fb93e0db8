"""An Analysis read back from its JSON, so that a stored one is shown without being computed again.

The JSON may come from a stranger's file: every column's type, length and range is checked
before an array is made of it. Not restored, since no view needs them: `generation_spans`, and
the turns of runs of characters (the tokens' own are).
"""

from __future__ import annotations

from .analysis import restored

__all__ = ["restored"]
