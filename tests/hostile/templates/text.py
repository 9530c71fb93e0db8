"""Templates that write what is hard to encode or to show, change what they were given, or fail loudly."""

from __future__ import annotations

from tests.hostile.case import Template

TEMPLATES = [
    Template("half a character", "lone-surrogate", "{{ '\\ud800' }}"),
    Template("the other half", "lone-surrogate", "a{{ '\\udfff' }}b"),
    Template("half a character in the source", "lone-surrogate", "a\udc80b"),
    Template("a NUL", "ok", "a{{ '\\x00' }}b", writes="a\0b"),
    Template("a NUL in the source", "ok", "a\0b", writes="a\0b"),
    Template("every control character", "ok", "".join(map(chr, range(1, 32))) + "\x7f\x9b"),
    Template(
        "text turned round",
        "ok",
        "\u202e\u2066\u2067abc\u202d\u2069",
        writes="\u202e\u2066\u2067abc\u202d\u2069",
    ),
    Template("marks piled up", "ok", "e" + "\u0301" * 20_000),
    Template("joined emoji", "ok", "\U0001f468\u200d\U0001f469\u200d" * 5_000),
    Template("a ligature that grows", "ok", "\ufdfa" * 9_000),
    Template("no characters of width", "ok", "\u200b\u200c\u200d\ufeff" * 9_000),
    Template("private and unassigned characters", "ok", "\ue000\U0010ffff\uffff\U000e0001" * 999),
    Template("markup", "ok", "<script>alert(1)</script><img src=x onerror=alert(1)>"),
    Template("nothing", "ok", "", writes=""),
    Template("special tokens by the thousand", "ok", "<|im_end|><|im_start|>" * 2_500),
    Template("too much text", "too-large", "{{ 'ab ' * 999999 }}", says="2,000,000"),
    Template("an error without words", "template-error", "{{ raise_exception('') }}"),
    Template(
        "an error of a million letters",
        "template-error",
        "{{ raise_exception('a' * 9999999) }}",
        says="left out",
    ),
    Template("an error that is no text", "template-error", "{{ raise_exception(messages) }}"),
    Template("an error that is none", "template-error", "{{ raise_exception(none) }}", says="None"),
    Template("an error of a generator", "template-error", "{{ raise_exception(range(5)|map('string')) }}"),
    Template("an error of markup", "template-error", "{{ raise_exception('<script>') }}", says="<script>"),
    Template("an error of half a character", "template-error", "{{ raise_exception('\\ud800') }}"),
    Template("an error without arguments", "template-error", "{{ raise_exception() }}"),
    Template(
        "an error of control characters", "template-error", "{{ raise_exception('\\x1b[2J\\x00\\u202e') }}"
    ),
    Template("a division by zero", "template-error", "{{ 1 // 0 }}", says="zero"),
    Template("a key as long as memory allows", "template-error", "{{ {}['a'] + 1 }}"),
    Template("an attribute of nothing", "template-error", "{{ nothing.more.of.it }}", says="undefined"),
    Template("an unknown method of a huge text", "template-error", "{{ ('a' * 1000000).nothing() }}"),
    Template("a wrong argument of a filter", "template-error", "{{ 'a'|center('b') }}"),
    Template("a negative width", "ok", "{{ 'a'|center(-5) }}", writes="a"),
    Template(
        "a range beyond its limit", "template-error", "{{ range(1000000000)|list }}", says="Range too big"
    ),
    Template("a huge number as text", "template-error", "{{ (10 ** 10000)|string }}"),
    Template("a number that is none", "ok", "{{ ('inf'|float - 'inf'|float)|string }}", writes="nan"),
    Template("JSON of what is none", "ok", "{{ 'nan'|float|tojson }}", writes="NaN"),
    Template("JSON of a generator", "template-error", "{{ range(3)|map('string')|tojson }}"),
    Template("JSON of a function", "template-error", "{{ strftime_now|tojson }}"),
    Template("JSON of the undefined", "template-error", "{{ nothing|tojson }}"),
    Template("JSON of keys that are lists", "template-error", "{{ {(1, 2): 3}|tojson }}"),
    Template(
        "a generator read twice",
        "ok",
        "{% set g = [1, 2]|map('string') %}{{ g|join }}{{ g|join }}",
        writes="12",
    ),
    Template("a clock's format of junk", "ok", "{{ strftime_now('%Q%%x') }}"),
    Template("a clock's format that is no text", "template-error", "{{ strftime_now(1) }}"),
    Template("a clock's format of a NUL", "ok", "{{ strftime_now('\\x00%Y') }}", writes=""),
    Template("a clock's format of half a character", "template-error", "{{ strftime_now('\\ud800') }}"),
    Template("a message written over", "ok", "{% set messages = [] %}{{ messages|length }}", writes="0"),
    Template(
        "functions written over", "ok", "{% set range = 1 %}{% set namespace = 2 %}{{ range }}", writes="1"
    ),
    Template("a random choice", "ok", "{% set x = [1, 2, 3]|random %}ok", writes="ok"),
    Template("a shuffled reading of nothing", "ok", "{{ []|first }}{{ []|last }}{{ []|max }}", writes=""),
    Template("a namespace in itself", "ok", "{% set n = namespace() %}{% set n.n = n %}ok", writes="ok"),
    Template(
        "a namespace in itself, written",
        "ok",
        "{% set n = namespace(a=1) %}{% set n.n = [n] %}{{ n.n|length }}",
        writes="1",
    ),
    Template("a cycler of nothing", "template-error", "{{ cycler() }}"),
    Template(
        "a cycler asked for its inside", "ok", "{% set c = cycler(1) %}{{ c.items|length }}", writes="1"
    ),
    Template("awaiting", "template-error", "{{ await(1) }}"),
    Template("a loop over a number", "template-error", "{% for x in 5 %}{% endfor %}"),
    Template(
        "a loop that changes its list",
        "template-error",
        "{% for m in messages %}{{ messages.append(m) }}{% endfor %}",
    ),
    Template("a loop's own past", "ok", "{% for x in [1, 2] %}{{ loop.previtem }}{% endfor %}", writes="1"),
    Template(
        "a depth of loops", "ok", "{% for x in [1] recursive %}{{ loop.depth }}{% endfor %}", writes="1"
    ),
]
