"""Templates that call themselves, nest without end or ask for other templates."""

from __future__ import annotations

from tests.hostile.case import Template


def nested(before: str, after: str, times: int, middle: str = "") -> str:
    return before * times + middle + after * times


TEMPLATES = [
    Template(
        "a macro that calls itself",
        "template-error",
        "{% macro f() %}{{ f() }}{% endmacro %}{{ f() }}",
        says="recursion",
    ),
    Template(
        "two macros that call each other",
        "template-error",
        "{% macro f() %}{{ g() }}{% endmacro %}{% macro g() %}{{ f() }}{% endmacro %}{{ f() }}",
    ),
    Template(
        "a call block in itself",
        "template-error",
        "{% macro f() %}{{ caller() }}{% call f() %}{% endcall %}{% endmacro %}{% call f() %}{% endcall %}",
        says="recursion",
    ),
    Template(
        "a loop that calls itself",
        "template-error",
        "{% for x in [1] recursive %}{{ loop([1]) }}{% endfor %}",
        says="recursion",
    ),
    Template(
        "a block in itself", "template-error", "{% block a %}{{ self.a() }}{% endblock %}", says="recursion"
    ),
    Template(
        "a list in itself",
        "template-error",
        "{% set ns = namespace(l=[]) %}{% for i in range(9999) %}{% set ns.l = [ns.l] %}{% endfor %}"
        "{{ ns.l }}",
        says="recursion",
    ),
    Template(
        "a list in itself as JSON",
        "template-error",
        "{% set ns = namespace(l=[]) %}{% for i in range(9999) %}{% set ns.l = [ns.l] %}{% endfor %}"
        "{{ ns.l | tojson }}",
    ),
    Template("an include", "template-error", "{% include 'other' %}"),
    Template("an include of a file", "template-error", "{% include '/etc/passwd' %}"),
    Template("an include that may be missing", "template-error", "{% include 'x' ignore missing %}ok"),
    Template("an import", "template-error", "{% import 'other' as o %}"),
    Template("an import of a name", "template-error", "{% from 'other' import f %}{{ f() }}"),
    Template("an extends", "template-error", "{% extends 'other' %}"),
    Template("an extends of itself", "template-error", "{% extends self %}"),
    Template("an extends of a list", "template-error", "{% extends messages %}"),
    Template("parentheses", "template-error", "{{ " + nested("(", ")", 20_000, "1") + " }}"),
    Template("lists", "template-error", "{{ " + nested("[", "]", 20_000) + " }}"),
    Template("dictionaries", "template-error", "{{ " + nested("{1:", "}", 10_000, "1") + " }}"),
    Template("minus signs", "template-error", "{{ " + "-" * 60_000 + "1 }}"),
    Template("nots", "template-error", "{{ " + "not " * 15_000 + "1 }}"),
    Template("filters in a row", "template-error", "{{ 'a'" + "|upper" * 9_000 + " }}"),
    Template("attributes in a row", "template-error", "{{ a" + ".b" * 30_000 + " }}"),
    Template("calls in a row", "template-error", "{{ a" + "()" * 30_000 + " }}"),
    Template("sums in a row", "template-error", "{{ 1" + "+1" * 30_000 + " }}"),
    Template("conditions in a row", "template-error", "{{ " + "1 if 1 else " * 5_000 + "1 }}"),
    Template("ands in a row", "template-error", "{{ 1" + " and 1" * 9_000 + " }}"),
    Template("powers in a row", "template-error", "{{ 1" + "**1" * 20_000 + " }}"),
    Template("nested ifs", "template-error", nested("{% if 1 %}", "{% endif %}", 3_000)),
    Template("nested fors", "template-error", nested("{% for x in [1] %}", "{% endfor %}", 2_000)),
    Template("thirty nested fors", "template-error", nested("{% for x in [1] %}", "{% endfor %}", 30)),
    Template("nested sets", "template-error", nested("{% set x %}", "{% endset %}", 2_500)),
    Template("nested filters", "template-error", nested("{% filter upper %}", "{% endfilter %}", 1_900)),
    Template("nested withs", "template-error", nested("{% with %}", "{% endwith %}", 2_800)),
    Template(
        "nested generation tags",
        "template-error",
        nested("{% generation %}", "{% endgeneration %}", 1_700),
    ),
    Template(
        "nested macros",
        "template-error",
        "".join(f"{{% macro m{i}() %}}" for i in range(1_500)) + "{% endmacro %}" * 1_500,
    ),
]
