"""Which variables of a template are open, told from its syntax tree."""

from __future__ import annotations

import pytest
from lossmask.rendering.variables import open_variables


@pytest.mark.parametrize(
    ("source", "names"),
    [
        ("{{ messages }}{{ tools }}{{ add_generation_prompt }}", ()),
        ("{{ second }}{{ first }}{{ second }}", ("second", "first")),
        ("{% if enable_thinking is defined and not enable_thinking %}x{% endif %}", ("enable_thinking",)),
        ("{% if not date is defined %}{% set date = strftime_now('%d') %}{% endif %}{{ date }}", ("date",)),
        ("{% set ns = namespace(x=1) %}{{ ns.x }}{{ range(3) }}", ()),
        ("{% for m in messages %}{{ m }}{{ loop.index }}{% endfor %}", ()),
        ("{% macro f(a) %}{{ a }}{{ b }}{% endmacro %}{{ f(1) }}", ("b",)),
        ("{{ bos_token }}", ("bos_token",)),
        ("{% if messages %}{% set x = 1 %}{% endif %}{{ x }}", ()),
        ("{% set x = x | default('') %}{{ x }}", ("x",)),
    ],
)
def test_open_variables(source: str, names: tuple[str, ...]) -> None:
    assert open_variables(source) == names
