"""What a template looks up on a variable, by its syntax tree."""

from __future__ import annotations

import pytest
from lossmask.rendering.properties import properties_of


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("{{ message.role }}{{ message['content'] }}", {"role", "content"}),
        ("{{ message.tool_calls[0].function.name }}", {"tool_calls", "function", "name"}),
        ("{{ m.role }}", set()),
        ("{{ messages[0].role }}", set()),
        ("{{ message[0] }}{{ message[key] }}{{ message[1:] }}", set()),
        ("{{ message.content.split('x')[0].strip() }}", {"content", "split"}),
        (
            "{% if message.tools is defined %}{% generation %}{{ message.x }}{% endgeneration %}{% endif %}",
            {"tools", "x"},
        ),
    ],
)
def test_properties(source: str, expected: set[str]) -> None:
    assert properties_of(source, "message") == expected
