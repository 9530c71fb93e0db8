"""Variables that a chat template reads and that somebody has to set: its arguments, from its syntax tree.

>>> open_variables("{% if enable_thinking %}{{ messages[0].content }}{% endif %}")
('enable_thinking',)
"""

from __future__ import annotations

from functools import lru_cache

from jinja2 import nodes
from jinja2.meta import find_undeclared_variables

from .environment import TracingEnvironment

ALWAYS_SET = frozenset({"messages", "tools", "documents", "add_generation_prompt"})


@lru_cache(maxsize=64)
def open_variables(source: str) -> tuple[str, ...]:
    """Names that the template may look up and nothing here sets, in the order of their first use."""
    environment = TracingEnvironment()
    tree = environment.parse(source)
    undeclared = find_undeclared_variables(tree) - ALWAYS_SET - set(environment.globals)
    first: dict[str, int] = {}
    for order, name in enumerate(tree.find_all(nodes.Name)):
        if name.name in undeclared:
            first.setdefault(name.name, order)
    return tuple(sorted(first, key=lambda name: first[name]))
