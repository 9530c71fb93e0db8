"""Which generation prompts can be told from the template alone, and that they are the real ones."""

from __future__ import annotations

import pytest
from lossmask.core.conversation import Conversation
from lossmask.rendering.library import bundled_templates
from lossmask.rendering.prompt import fixed_prompt
from lossmask.rendering.render import Variables, compile_template, render_text

LOOP = "{% for m in messages %}{{ m.content }}{% endfor %}"
CHAT = Conversation(({"role": "user", "content": "hi"},))


@pytest.mark.parametrize(
    ("ending", "prompt"),
    [
        ("{% if add_generation_prompt %}<bot>\n{% endif %}", "<bot>\n"),
        ("{%- if add_generation_prompt -%} {{ '<bot>' }} {%- endif -%}\n", "<bot>"),
        ("{% if add_generation_prompt %}a{% if not think %}b{% endif %}{% endif %}", "ab"),
        ("{% if add_generation_prompt %}{{ eos_token }}{% endif %}", "</s>"),
        ("{% if add_generation_prompt %}{{ messages[0].role }}{% endif %}", None),
        ("{% set x = messages %}{% if add_generation_prompt %}{{ x }}{% endif %}", None),
        ("{% if add_generation_prompt and true %}<bot>{% endif %}", None),
        ("{% if add_generation_prompt %}<bot>{% else %}<end>{% endif %}", None),
        ("{% if add_generation_prompt %}<bot>{% endif %}<after>", None),
        ("{% if add_generation_prompt %}{{ strftime_now('%d') }}{% endif %}", None),
        ("{% macro f() %}x{% endmacro %}{% if add_generation_prompt %}{{ f() }}{% endif %}", None),
        ("{{ add_generation_prompt }}{% if add_generation_prompt %}<bot>{% endif %}", None),
    ],
)
def test_fixed_prompt(ending: str, prompt: str | None) -> None:
    assert fixed_prompt(LOOP + ending, {"eos_token": "</s>"}) == prompt


@pytest.mark.parametrize("source", [template.source for template in bundled_templates()])
def test_fixed_prompts_are_those_that_a_render_adds(source: str) -> None:
    prompt = fixed_prompt(source, {})
    if prompt is not None:
        template, prompted = compile_template(source), Variables(arguments={"add_generation_prompt": True})
        assert render_text(template, CHAT, prompted) == render_text(template, CHAT, Variables()) + prompt


def test_some_bundled_template_has_one() -> None:
    assert any(fixed_prompt(template.source, {}) for template in bundled_templates())
