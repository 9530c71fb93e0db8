"""Conversations to begin with, in our own words, each with the chat template that suits it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Sample:
    """One prepared conversation."""

    name: str
    title: str
    meaning: str
    template: str
    conversation: Any

    @property
    def text(self) -> str:
        """The conversation as a person would paste it: one message a line where that is short."""
        if isinstance(self.conversation, list):
            return _messages(self.conversation)
        return json.dumps(self.conversation, ensure_ascii=False, indent=2)


def _messages(messages: list[dict[str, Any]]) -> str:
    rows = ",\n".join(_message(message) for message in messages)
    return f"[\n{rows}\n]"


def _message(message: dict[str, Any]) -> str:
    fields = [f'"{key}": {json.dumps(value, ensure_ascii=False)}' for key, value in message.items()]
    return "  {" + ",\n   ".join(fields) + "}"


_WEATHER_TOOL = {
    "type": "function",
    "function": {
        "name": "weather",
        "description": "The weather of a town on a day.",
        "parameters": {
            "type": "object",
            "properties": {"town": {"type": "string"}, "day": {"type": "string"}},
            "required": ["town"],
        },
    },
}

SAMPLES: dict[str, Sample] = {
    sample.name: sample
    for sample in (
        Sample(
            "chat",
            "A short chat",
            "One question, one answer: which of the template's tokens train beside the words?",
            "bundled:llama-3",
            [
                {"role": "user", "content": "give me a recipe to bake pancakes"},
                {"role": "assistant", "content": "to bake pancakes, one takes a pan"},
            ],
        ),
        Sample(
            "tools",
            "A tool call",
            "The model calls a function and reads its result. The call trains; does the result?",
            "bundled:chatml",
            {
                "tools": [_WEATHER_TOOL],
                "messages": [
                    {"role": "user", "content": "Do I need an umbrella in Bergen today?"},
                    {
                        "role": "assistant",
                        "content": "",
                        "tool_calls": [
                            {
                                "type": "function",
                                "function": {"name": "weather", "arguments": {"town": "Bergen"}},
                            }
                        ],
                    },
                    {"role": "tool", "name": "weather", "content": '{"sky": "rain", "degrees": 9}'},
                    {"role": "assistant", "content": "Yes. It rains in Bergen, at 9 degrees."},
                ],
            },
        ),
        Sample(
            "thinking",
            "A train of thought",
            "The model reasons before it answers. What becomes of the reasoning in earlier turns?",
            "bundled:chatml-thinking",
            [
                {"role": "user", "content": "Is 91 a prime number?"},
                {
                    "role": "assistant",
                    "reasoning_content": "91 is odd, and its digits add up to 10. 7 times 13 is 91.",
                    "content": "No: 91 is 7 · 13.",
                },
                {"role": "user", "content": "And 97?"},
                {
                    "role": "assistant",
                    "reasoning_content": "Not divisible by 2, 3, 5 or 7, and 11 squared is 121.",
                    "content": "Yes, 97 is prime.",
                },
            ],
        ),
    )
}
