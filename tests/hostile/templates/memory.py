"""Templates that would take all memory, at once or by doubling."""

from __future__ import annotations

from tests.hostile.case import Template

TEMPLATES = [
    Template("a text repeated", "template-memory", "{{ 'a' * 10000000000 }}"),
    Template("a text of wide characters repeated", "template-memory", "{{ '\U0001f9e8' * 999999999 }}"),
    Template("a list repeated", "template-memory", "{% set x = [0] * 10000000000 %}"),
    Template("a tuple repeated", "template-memory", "{% set x = (0, 1) * 10000000000 %}"),
    Template("a power as large as memory", "template-memory", "{{ 2 ** 99999999999 }}"),
    Template("a text centred", "template-memory", "{{ 'a' | center(10000000000) }}"),
    Template("a text centred by its method", "template-memory", "{{ 'a'.center(10000000000) }}"),
    Template("a text padded left", "template-memory", "{{ 'a'.ljust(10000000000) }}"),
    Template("a text padded right", "template-memory", "{{ 'a'.rjust(10000000000, 'é') }}"),
    Template("a number filled with zeros", "template-memory", "{{ '1'.zfill(10000000000) }}"),
    Template("tabs made wide", "template-memory", "{{ ('\\t' * 1000).expandtabs(100000000) }}"),
    Template("a wide field of format", "template-memory", "{{ '{:>9999999999}'.format(1) }}"),
    Template("a precise field of format", "template-memory", "{{ '{:.2147483000f}'.format(1.0) }}"),
    Template("a width given to format", "template-memory", "{{ '{:{w}}'.format(1, w=9999999999) }}"),
    Template("a wide field of %", "template-memory", "{{ '%9999999999d' % 1 }}"),
    Template("a width given to %", "template-memory", "{{ '%*d' % (2147483647, 1) }}"),
    Template("a wide field of the filter", "template-memory", "{{ '%9999999999d' | format(1) }}"),
    Template("an indent of JSON", "template-memory", "{{ {'a': [1]} | tojson(indent=9999999999) }}"),
    Template(
        "a separator of JSON",
        "template-memory",
        "{{ range(9999) | list | tojson(separators=('a' * 999999, ':')) }}",
    ),
    Template("an indent", "template-memory", "{{ ('a\n' * 999) | indent(9999999) }}"),
    Template("every letter replaced", "template-memory", "{{ ('a' * 100).replace('a', 'b' * 9999999) }}"),
    Template("nothing replaced by much", "template-memory", "{{ ('a' * 100000).replace('', 'b' * 100000) }}"),
    Template("a join by much", "template-memory", "{{ range(99) | join('b' * 9999999) }}"),
    Template("a join by much, its method", "template-memory", "{{ ('b' * 9999999).join(['a'] * 100) }}"),
    Template("a batch filled up", "template-memory", "{{ [1] | batch(9999999999, 0) | list | length }}"),
    Template(
        "a text doubled",
        "template-memory",
        "{% set ns = namespace(s='abc') %}{% for i in range(40) %}{% set ns.s = ns.s ~ ns.s %}{% endfor %}",
    ),
    Template(
        "a text doubled by adding",
        "template-memory",
        "{% set ns = namespace(s='abc') %}{% for i in range(40) %}{% set ns.s = ns.s + ns.s %}{% endfor %}",
    ),
    Template(
        "a list doubled",
        "template-memory",
        "{% set ns = namespace(l=[1]) %}{% for i in range(40) %}{% set ns.l = ns.l + ns.l %}{% endfor %}",
    ),
    Template(
        "a message doubled",
        "template-memory",
        "{% set ns = namespace(s=messages[0].content) %}{% for i in range(40) %}"
        "{% set ns.s = ns.s ~ messages[0].content ~ ns.s %}{% endfor %}{{ ns.s }}",
    ),
    Template(
        "a block collected and doubled",
        "template-memory",
        "{% set x %}{{ 'a' * 1000000 }}{% endset %}{% set y %}{% for i in range(9999) %}{{ x }}{% endfor %}"
        "{% endset %}{{ y }}",
    ),
    Template("much put out", "template-memory", "{% for i in range(99999) %}{{ 'a' * 1000000 }}{% endfor %}"),
    Template("a list of lists as text", "template-memory", "{{ (['a' * 1000000] * 999) | string }}"),
    Template("a list of lists as JSON", "template-memory", "{{ (['a' * 1000000] * 999) | tojson }}"),
    Template(
        "a list of lists summed", "template-memory", "{{ ([[0] * 9999999] * 99) | sum(start=[]) | length }}"
    ),
    Template("a text of letters as a list", "template-memory", "{% set x = ('a' * 300000000) | list %}"),
    Template("a text split at every letter", "template-memory", "{% set x = ('a ' * 90000000).split(' ') %}"),
    Template("a huge text escaped", "template-memory", "{{ ('<' * 200000000) | e }}"),
    Template("a huge text in capitals", "template-memory", "{{ ('ŉ' * 100000000) | upper }}"),
    Template("a huge text encoded for a link", "template-memory", "{{ ('é' * 90000000) | urlencode }}"),
    Template("attributes without number", "template-memory", "{{ {'a': 'b' * 600000000} | xmlattr }}"),
    Template(
        "dictionaries without end",
        "template-memory",
        "{% set ns = namespace(d=[]) %}{% for i in range(99999) %}"
        "{% set ns.d = [ns.d, 'x' * 99999 ~ i] %}{% endfor %}",
    ),
    Template("a year of a billion digits", "template-memory", "{{ strftime_now('%Y' * 100000000) }}"),
    Template("an error as long as memory", "template-memory", "{{ raise_exception('a' * 10000000000) }}"),
]
