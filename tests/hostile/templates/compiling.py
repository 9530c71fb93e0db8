"""Templates that cost before they run: constants to fold, much source, source that is none."""

from __future__ import annotations

import random

from tests.hostile.case import Template

LIMIT = 64 * 1024


def junk(seed: int, alphabet: str) -> str:
    return "".join(random.Random(seed).choices(alphabet, k=LIMIT))


UNRUN = "{% if false %}{{ BOMB }}{% endif %}ok"

TEMPLATES = [
    Template(
        "a folded repetition that never runs",
        "ok",
        UNRUN.replace("BOMB", "('a' * 9999999999)|length"),
        writes="ok",
    ),
    Template(
        "a folded width that never runs", "ok", UNRUN.replace("BOMB", "'%9999999999d' % 1"), writes="ok"
    ),
    Template(
        "a folded filter that never runs", "ok", UNRUN.replace("BOMB", "'a'|center(9999999999)"), writes="ok"
    ),
    Template("a folded list that never runs", "ok", UNRUN.replace("BOMB", "[0] * 9999999999"), writes="ok"),
    Template(
        "a constant in an argument's default",
        "ok",
        "{% macro f(x='a' * 9999999999) %}{% endmacro %}ok",
        writes="ok",
    ),
    Template("a repetition as a condition", "template-memory", "{% if 'a' * 9999999999 %}ok{% endif %}"),
    Template("a repetition in an argument", "template-memory", "{{ dict(a='a' * 9999999999) }}"),
    Template("a repetition as a test", "template-memory", "{{ 1 is sameas('a' * 9999999999) }}"),
    Template("a repetition as a key", "template-memory", "{{ messages['a' * 9999999999] }}"),
    Template("a repetition as a slice", "template-memory", "{{ ('a' * 9999999999)[::2] }}"),
    Template("too long", "too-large", "a" * (LIMIT + 1), says="65,536"),
    Template("as long as may be", "ok", "a" * LIMIT),
    Template("one long line of expressions", "ok", "a{{ 1 }}" * 2_000),
    Template("one name of 60,000 letters", "ok", "{{ " + "a" * 60_000 + " }}ok", writes="ok"),
    Template("one text of 60,000 letters", "ok", "{{ '" + "a" * 60_000 + "' }}"),
    Template("one number of 60,000 digits", "template-error", "{{ " + "9" * 60_000 + " }}"),
    Template("one float that is infinite", "template-error", "{{ 9e999 }}", says="inf"),
    Template("one exponent of 60,000 digits", "template-error", "{{ 1e" + "9" * 60_000 + " }}"),
    Template("one comment of 60,000 letters", "ok", "{# " + "{# " * 20_000 + " #}ok", writes="ok"),
    Template("a comment without end", "template-error", "{#" * 30_000),
    Template("a block without end", "template-error", "{% if true %}" * 50),
    Template("a raw block without end", "template-error", "{% raw %}" + "{{" * 30_000),
    Template("ends without a beginning", "template-error", "{% endif %}" * 5_000),
    Template("braces alone", "template-error", "{" * LIMIT),
    Template("a tag of 60,000 letters", "template-error", "{% " + "a" * 60_000 + " %}"),
    Template("a text without end", "template-error", "{{ '" + "a" * 60_000),
    Template("a filter that is none", "template-error", "{{ 1|" + "x" * 30_000 + " }}"),
    Template("a test that is none", "template-error", "{{ 1 is " + "x" * 30_000 + " }}"),
    Template(
        "thousands of names",
        "ok",
        "".join(f"{{% set v{i} = {i} %}}" for i in range(2_000)) + "ok",
        writes="ok",
    ),
    Template(
        "thousands of arguments",
        "ok",
        "{% macro f(" + ",".join(f"a{i}" for i in range(3_000)) + ") %}{% endmacro %}ok",
        writes="ok",
    ),
    Template("a macro of the same name twice", "template-error", "{% macro f(a, a) %}{% endmacro %}"),
    Template(
        "two blocks of one name", "template-error", "{% block a %}{% endblock %}{% block a %}{% endblock %}"
    ),
    Template("junk of signs", "template-error", "{{" + junk(1, "{}%#()[]|.,'\" ab10+*~\n")[: LIMIT - 2]),
    Template("junk of letters", "template-error", "{%" + junk(2, "abcdefgh \n")[: LIMIT - 2]),
    Template("junk of all characters", "ok", junk(3, "".join(map(chr, range(1, 0x3000))).replace("{", ""))),
    Template("lines without number", "ok", "\n" * LIMIT),
    Template("lines of every kind", "ok", "\r\n\x0b\x0c\x1c\x1d\x1e\x85\u2028\u2029" * 6_000),
    Template(
        "a name that is a word of Python",
        "ok",
        "{% set None_ = 1 %}{% set class = 2 %}{{ class }}",
        writes="2",
    ),
    Template("an assignment to nothing", "template-error", "{% set none = 1 %}"),
    Template("an assignment to a call", "template-error", "{% set f() = 1 %}"),
    Template("a break outside a loop", "template-error", "{% break %}"),
    Template("an unknown extension", "template-error", "{% trans %}a{% endtrans %}"),
    Template("a do", "template-error", "{% do messages.append(1) %}"),
]
