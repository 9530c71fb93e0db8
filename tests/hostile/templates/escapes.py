"""Templates that reach for what Python holds: types, globals, the environment, files.

None gets it: each is refused, or finds nothing and writes nothing of it.
"""

from __future__ import annotations

from tests.hostile.case import Template

REFUSED = {
    "the class of a text": "{{ ''.__class__.__mro__[1].__subclasses__() }}",
    "the class by item": "{{ ''['__class__']['__mro__'] }}",
    "the class by a built name": "{{ (''|attr('__cla' ~ 'ss__')).__mro__ }}",
    "the class in escapes": "{{ (''|attr('\\x5f\\x5fclass\\x5f\\x5f')).__mro__ }}",
    "the bases of a list": "{{ [].__class__.__base__.__subclasses__()[0] }}",
    "the globals of cycler": "{{ cycler.__init__.__globals__.os.popen('id').read() }}",
    "the globals of joiner": "{{ joiner.__init__.__globals__['os'] }}",
    "the globals of lipsum": "{{ lipsum.__globals__['os'].environ }}",
    "the globals of namespace": "{{ namespace.__init__.__globals__.os }}",
    "the globals of dict": "{{ dict.__call__.__globals__.json }}",
    "the code of raise_exception": "{{ raise_exception.__code__.co_consts }}",
    "the globals of raise_exception": "{{ raise_exception.__globals__['__builtins__'] }}",
    "the object behind the clock": "{{ strftime_now.__self__.globals }}",
    "the function behind the clock": "{{ strftime_now.__func__.__globals__ }}",
    "the globals of a macro": "{% macro m() %}{% endmacro %}{{ m.__init__.__globals__ }}",
    "the environment of a macro": "{% macro m() %}{% endmacro %}{{ m._environment.globals }}",
    "the function of a macro": "{% macro m() %}{% endmacro %}{{ m._func.__globals__ }}",
    "the globals of a loop": "{% for x in [1] %}{{ loop.__init__.__globals__ }}{% endfor %}",
    "the inside of a loop": "{% for x in [1] %}{{ loop._iterator.gi_frame }}{% endfor %}",
    "the frame of a generator": "{{ ([1]|map('string')).gi_frame.f_globals }}",
    "the code of a generator": "{{ ([1]|select).gi_code.co_consts }}",
    "self's context": "{{ self._TemplateReference__context.environment }}",
    "the globals of an undefined": "{{ nothing.__init__.__globals__ }}",
    "an attribute by a path": "{{ ['']|map(attribute='__class__.__mro__')|list }}",
    "an attribute by sum": "{{ ['']|sum(attribute='__class__.__mro__') }}",
    "an attribute by unique": "{{ ['']|unique(attribute='__class__.__subclasses__')|list }}",
    "an attribute by selectattr": "{{ ['']|selectattr('__class__.__mro__')|list }}",
    "an attribute by join": "{{ ['']|join(',', attribute='__class__.__mro__') }}",
    "format's attributes": "{{ '{0.__class__.__mro__}'.format('') }}",
    "format's items": "{{ '{0[0].__class__.__init__.__globals__}'.format([cycler]) }}",
    "format_map's attributes": "{{ '{a.__class__.__mro__}'.format_map({'a': ''}) }}",
    "a stored format": "{% set f = '{0.__class__.__mro__}'.format %}{{ f('') }}",
    "a format by attr": "{{ ('{0.__class__.__mro__}'|attr('format'))('') }}",
    "a format by map, called": "{{ (['{0.__class__.__mro__}']|map(attribute='format')|first)('') }}",
    "a format of a message": "{{ (messages[0].content ~ '{0.__class__.__mro__}').format('') }}",
    "a format of a joined text": "{{ '{0.__cla'.__add__('ss__}').format('') }}",
    "a name of a namespace": "{% set ns = namespace() %}{% set ns.__class__ = 1 %}{{ ns.__class__.x }}",
    "an argument of a namespace": "{% set ns = namespace(**{'__class__': 1}) %}",
    "messages appended to": "{{ messages.append(1) }}",
    "messages cleared": "{{ messages.clear() }}",
    "a message updated": "{{ messages[0].update({'content': 'x'}) }}",
    "a message's key taken": "{{ messages[0].pop('content') }}",
    "a message's default set": "{{ messages[0].setdefault('x', 1) }}",
    "messages sorted in place": "{{ messages.sort() }}",
    "messages turned round": "{{ messages.reverse() }}",
    "a tool added": "{{ ([] if tools is none else tools).insert(0, 1) }}",
    "a mutation by attr": "{{ (messages|attr('append'))(1) }}",
    "a mutation by map": "{{ [messages]|map(attribute='clear')|map('string')|list }}{{ messages.clear() }}",
    "a type called": "{{ ''.__class__('x') }}",
    "an undefined's hint": "{{ nothing._fail_with_undefined_error() }}",
    "code of transformers": "{{ messages.__class__.__init__.__globals__ }}",
}

EMPTY = {
    "the class by filter": ("{{ (''|attr('__class__'))|attr('__mro__') }}", ""),
    "self's class": ("{{ self.__class__ }}", ""),
    "the undefined's class": ("{{ nothing.__class__ }}", ""),
    "the runs of a traced text": ("{{ messages[0].content.__init__ }}", ""),
    "a format by map, of one step": ("{{ (['{0.__class__}']|map(attribute='format')|first)('') }}", ""),
    "the module of a message": ("{{ messages[0].__class__.__module__ }}", ""),
    "an attribute by map": ("{{ ['']|map(attribute='__class__')|list }}", "[Undefined]"),
    "an attribute by sort": ("{{ ['', 'a']|sort(attribute='__class__') }}", "['', 'a']"),
    "an attribute by groupby": ("{{ ['']|groupby('__class__') }}", "[(Undefined, [''])]"),
    "the filter attr by map": (
        "{{ ['']|map('attr', '__class__')|map('attr', '__mro__')|list }}",
        "[Undefined]",
    ),
    "the exception's frame": ("{{ nothing._undefined_exception.__init__ }}", ""),
    "a translation table": ("{{ 'a'.translate.__self__.__class__ }}", ""),
    "nothing is called environment": ("{{ environment }}{{ request }}{{ config }}{{ settings }}{{ os }}", ""),
    "nothing is called open": (
        "{{ open is defined }}{{ exec is defined }}{{ __import__ is defined }}",
        "FalseFalseFalse",
    ),
    "nothing is called __builtins__": (
        "{{ __builtins__ is defined }}{{ __loader__ is defined }}",
        "FalseFalse",
    ),
    "nothing is called context": ("{{ context is defined }}{{ _context is defined }}", "FalseFalse"),
}
"""What finds nothing, and what is then written."""

TEMPLATES = [
    *(Template(name, "template-error", source) for name, source in REFUSED.items()),
    *(Template(name, "ok", source, writes=writes) for name, (source, writes) in EMPTY.items()),
]
