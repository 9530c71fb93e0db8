"""Variables that a chat template reads and that somebody has to set: its arguments, from its syntax tree.

>>> open_variables("{% if enable_thinking %}{{ messages[0].content }}{% endif %}")
('enable_thinking',)
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache

from jinja2 import nodes
from jinja2.meta import find_undeclared_variables

from .environment import TracingEnvironment

ALWAYS_SET = frozenset({"messages", "tools", "documents", "add_generation_prompt"})


@lru_cache(maxsize=64)
def open_variables(source: str) -> tuple[str, ...]:
    """Names that the template looks up before it sets them itself, in the order of their first use."""
    environment = TracingEnvironment()
    tree = environment.parse(source)
    undeclared = find_undeclared_variables(tree) - ALWAYS_SET - set(environment.globals)
    first: dict[str, str] = {}
    stored = set()
    for name in _in_order(tree):
        first.setdefault(name.name, name.ctx)
        if name.ctx != "load":
            stored.add(name.name)
    # A name that the template sets is an argument only where it asks whether somebody else has.
    own = stored - _asked_for(tree)
    return tuple(
        name for name, use in first.items() if use == "load" and name in undeclared and name not in own
    )


def _asked_for(tree: nodes.Template) -> set[str]:
    """Names of which the template asks whether they are defined, or for which it has a default."""
    asked: list[nodes.Node | None] = [
        test.node for test in tree.find_all(nodes.Test) if test.name in ("defined", "undefined", "none")
    ]
    asked += [given.node for given in tree.find_all(nodes.Filter) if given.name in ("default", "d")]
    return {node.name for node in asked if isinstance(node, nodes.Name)}


def _in_order(node: nodes.Node) -> Iterator[nodes.Name]:
    """Every name under a node, in the order in which a template comes to them."""
    if isinstance(node, nodes.Name):
        yield node
    children = list(node.iter_child_nodes())
    # What is assigned is read before what it is assigned to is written.
    for child in reversed(children) if isinstance(node, nodes.Assign) else children:
        yield from _in_order(child)
