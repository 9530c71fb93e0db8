"""Templates that render a message otherwise once others follow, and checks of glued rows."""

from __future__ import annotations

from lossmask.core.analysis import Analysis, ExampleAnalysis
from lossmask.core.parts import PARTS

FORGETFUL = """\
{%- for message in messages %}
    {{- '<|im_start|>' + message.role + '\n' }}
    {%- if message.role == 'assistant' and loop.last %}
        {{- '<think>\n' + (message.reasoning_content or '') + '\n</think>\n\n' }}
    {%- endif %}
    {{- message.content + '<|im_end|>\n' }}
{%- endfor %}
{%- if add_generation_prompt %}
    {{- '<|im_start|>assistant\n' }}
{%- endif %}
"""
"""Thinking in the last reply only, as Qwen3 writes it."""

SYSTEM = """\
{%- if messages[0].role != 'system' %}
    {{- '<|im_start|>system\nBe kind.<|im_end|>\n' }}
{%- endif %}
{%- for message in messages %}
    {{- '<|im_start|>' + message.role + '\n' + message.content + '<|im_end|>\n' }}
{%- endfor %}
{%- if add_generation_prompt %}
    {{- '<|im_start|>assistant\n' }}
{%- endif %}
"""
"""A system prompt of the template's own, as Qwen2.5 has it."""


def first(analysis: Analysis) -> ExampleAnalysis:
    """The only example."""
    assert analysis.outcome.kind == "ok", analysis.outcome.reason
    [example] = analysis.examples
    return example


def text_of(analysis: Analysis) -> str:
    """The text that the row's tokens spell out, by their offsets."""
    row = first(analysis).example
    return "".join(row.rendering.text[start:end] for start, end in row.tokens.offsets.tolist())


def trained_parts(analysis: Analysis) -> set[str]:
    """Parts that have a trained token."""
    example = first(analysis)
    return {PARTS[part] for part in example.parts[example.example.labels != -100].tolist()}


def assert_true_origins(analysis: Analysis, messages: list[dict[str, object]]) -> None:
    """Runs tile the text, and exact ones hold what they say."""
    rendering = first(analysis).example.rendering
    position = 0
    for start, end, number in rendering.runs():
        assert start == position < end
        position = end
        origin = rendering.origins[number]
        if origin.kind == "message":
            assert origin.message is not None
            assert origin.start is not None
            field = messages[origin.message][str(origin.field)]
            assert str(field)[origin.start : origin.start + end - start] == rendering.text[start:end]
    assert position == len(rendering.text)
