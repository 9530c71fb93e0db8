"""Rows to begin the batch page with, in our own words: short and long replies, one with thinking."""

from __future__ import annotations

import json

TEMPLATE = "bundled:chatml-thinking"

_ROWS: tuple[tuple[str, str, str | None], ...] = (
    ("Is the tide out?", "Yes, until six.", None),
    (
        "How do I read a tide table?",
        "Find your harbour and the day. Each line is a high or a low water with its time and its height "
        "above the chart's zero. Between two of them the water moves slowly at first, fastest in the middle "
        "and slowly again: count a twelfth of the rise in the first hour, two in the second, three in the "
        "third and the fourth, two in the fifth and one in the last. Add the hour of summer time yourself, "
        "since most tables leave it out, and expect the water to be higher when the wind blows onshore.",
        None,
    ),
    ("Capital of Norway?", "Oslo.", None),
    (
        "A train of 120 m passes a post in 6 s. How fast is it?",
        "72 km/h.",
        "The post has no length, so the train covers its own 120 m while it passes. That takes 6 s, which "
        "makes 120 / 6 = 20 m/s. An hour has 3600 s, so 20 m/s is 72,000 m an hour, or 72 km/h.",
    ),
    (
        "Write a line about rain.",
        "All night the gutters talked in their sleep, and by morning the street had learned to shine.",
        None,
    ),
    ("Thanks!", "You are welcome.", None),
)


def _row(question: str, answer: str, thinking: str | None) -> str:
    reply = {"role": "assistant", "content": answer}
    if thinking is not None:
        reply["reasoning_content"] = thinking
    return json.dumps({"messages": [{"role": "user", "content": question}, reply]})


TEXT = "\n".join(_row(*row) for row in _ROWS)
"""JSONL, one conversation a line."""
