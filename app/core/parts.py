"""The closed set of parts a turn is made of; a column holds indices into `PARTS`."""

from __future__ import annotations

from typing import Literal, TypeAlias, get_args

Part: TypeAlias = Literal[
    "bos",
    "system",
    "tools",
    "header",
    "content",
    "thinking",
    "tool_call",
    "end_of_turn",
    "separator",
    "generation_prompt",
    "eos",
    "other",
]

PARTS: tuple[Part, ...] = get_args(Part)
PART_ID: dict[Part, int] = {part: index for index, part in enumerate(PARTS)}
