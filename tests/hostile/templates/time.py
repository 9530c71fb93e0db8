"""Templates that would take for ever, in Python's own loops or in one operation that never returns."""

from __future__ import annotations

from tests.hostile.case import Template

NESTED = "{% for a in range(99999) %}{% for b in range(99999) %}{% endfor %}{% endfor %}"

TEMPLATES = [
    Template("nested ranges", "template-timeout", NESTED),
    Template(
        "three nested ranges that write",
        "template-timeout",
        "{% for a in range(99999) %}{% for b in range(99999) %}{% for c in range(99999) %}"
        "{% if a < 0 %}x{% endif %}{% endfor %}{% endfor %}{% endfor %}",
    ),
    Template(
        "a macro that calls itself twice",
        "template-timeout",
        "{% macro f(n) %}{% if n > 0 %}{{ f(n - 1) }}{{ f(n - 1) }}{% endif %}{% endmacro %}{{ f(60) }}",
    ),
    Template("a tower of powers", "template-timeout", "{{ 9 ** (9 ** 9) }}"),
    Template("a tower of powers of a variable", "template-timeout", "{% set n = 99 %}{{ n ** (n ** n) }}"),
    Template("a power below a condition", "template-timeout", "{% if 7 ** (7 ** 10) > 3 %}x{% endif %}"),
    Template(
        "a square forty times",
        "template-timeout",
        "{% set ns = namespace(x=3) %}{% for i in range(40) %}{% set ns.x = ns.x * ns.x %}{% endfor %}",
    ),
    Template(
        "a power that is folded and never run",
        "template-timeout",
        "{% if false %}{{ 9 ** (9 ** 9) }}{% endif %}",
    ),
    Template("slices without number", "template-timeout", "{{ [1] | slice(9999999999) | list | length }}"),
    Template(
        "a remainder of a huge power",
        "template-timeout",
        "{% set big = 3 ** 9999999 %}{% for i in range(99999) %}{% set x = (big * big) % 7 %}{% endfor %}",
    ),
    Template(
        "lipsum without end",
        "template-timeout",
        "{% for i in range(99999) %}{% set x = lipsum(n=1000, html=false) %}{% endfor %}",
    ),
    Template(
        "a list copied in a loop",
        "template-timeout",
        "{% set ns = namespace(l=[]) %}{% for i in range(99999) %}{% set ns.l = ns.l + [i] %}{% endfor %}",
    ),
    Template(
        "sorting in a loop",
        "template-timeout",
        "{% for i in range(99999) %}{% set x = range(99999) | sort(reverse=true) | list %}{% endfor %}",
    ),
    Template(
        "summing in a loop",
        "template-timeout",
        "{% for i in range(99999) %}{% set x = range(99999) | sum %}{% endfor %}",
    ),
    Template(
        "a search that walks back",
        "template-timeout",
        "{% set s = 'a' * 200000 %}{% for i in range(99999) %}{% set x = (s ~ 'b') in (s ~ s) %}{% endfor %}",
    ),
    Template(
        "a cycler turned for ever",
        "template-timeout",
        "{% set c = cycler(1, 2) %}{% for a in range(99999) %}{% for b in range(99999) %}"
        "{% set x = c.next() %}{% endfor %}{% endfor %}",
    ),
    Template(
        "a joiner called for ever",
        "template-timeout",
        "{% set j = joiner() %}{% for a in range(99999) %}{% for b in range(99999) %}"
        "{% set x = j() %}{% endfor %}{% endfor %}",
    ),
    Template(
        "the clock read for ever",
        "template-timeout",
        "{% for a in range(99999) %}{% for b in range(99999) %}"
        "{% set x = strftime_now('%Y') %}{% endfor %}{% endfor %}",
    ),
    Template(
        "JSON written for ever",
        "template-timeout",
        "{% for a in range(99999) %}{% for b in range(99999) %}"
        "{% set x = messages | tojson %}{% endfor %}{% endfor %}",
    ),
    Template(
        "links sought in a long text",
        "template-timeout",
        "{% set s = 'a.' * 300000 %}{% for a in range(99999) %}{% set x = s | urlize %}{% endfor %}",
    ),
    Template(
        "tags struck out of what only opens them",
        "template-timeout",
        "{% set s = '<!--' * 99999 %}{% for a in range(999) %}{% set x = s | striptags %}{% endfor %}",
    ),
    Template(
        "a wrap at every character",
        "template-timeout",
        "{% set s = 'ab ' * 300000 %}{% for a in range(999) %}{% set x = s | wordwrap(1) %}{% endfor %}",
    ),
    Template(
        "a table printed prettily for ever",
        "template-timeout",
        "{% for a in range(99999) %}{% set x = range(99999) | list | pprint %}{% endfor %}",
    ),
    Template(
        "groups of groups",
        "template-timeout",
        "{% set rows = [] %}{% for a in range(99999) %}"
        "{% set x = range(9999) | map('string') | groupby(0) %}{% endfor %}",
    ),
    Template(
        "generation tags for ever",
        "template-timeout",
        "{% for a in range(99999) %}{% for b in range(99999) %}"
        "{% generation %}{% endgeneration %}{% endfor %}{% endfor %}",
    ),
    Template(
        "a recursive loop that branches",
        "template-timeout",
        "{% set deep = [[[[[[[[[[[[1]]]]]]]]]]]] %}{% for x in [deep] * 20 recursive %}"
        "{% if x is sequence %}{{ loop(x * 20) }}{% endif %}{% endfor %}",
    ),
    Template(
        "a call block that calls itself twice",
        "template-timeout",
        "{% macro f(n) %}{{ caller() }}{% if n > 0 %}{% call f(n - 1) %}{% endcall %}"
        "{% call f(n - 1) %}{% endcall %}{% endif %}{% endmacro %}{% call f(50) %}{% endcall %}",
    ),
    Template(
        "all titles of a long text",
        "template-timeout",
        "{% set s = 'word-word ' * 99999 %}{% for a in range(9999) %}{% set x = s | title %}{% endfor %}",
    ),
    Template(
        "a huge number written out",
        "template-timeout",
        "{% for a in range(99999) %}{% for b in range(9999) %}{% set x = '%x' % (3 ** 99999) %}"
        "{% endfor %}{% endfor %}",
    ),
]
