"""Names that a chat template looks up on one of its variables, from its syntax tree.

>>> sorted(properties_of("{{ message.role }}{{ message['content'].strip() }}{{ m.name }}", "message"))
['content', 'role', 'strip']
"""

from __future__ import annotations

from functools import lru_cache

from jinja2 import nodes

from .environment import TracingEnvironment


@lru_cache(maxsize=64)
def properties_of(source: str, variable: str) -> frozenset[str]:
    """Attributes and constant keys, of the variable itself and of what is found under it."""
    tree = TracingEnvironment().parse(source)
    looked_up = (
        _key(node) for node in tree.find_all((nodes.Getattr, nodes.Getitem)) if _base(node) == variable
    )
    return frozenset(key for key in looked_up if key is not None)


def _base(node: nodes.Node) -> str | None:
    """The variable that a chain of look-ups begins with; none where a call comes first."""
    while isinstance(node, (nodes.Getattr, nodes.Getitem)):
        node = node.node
    return node.name if isinstance(node, nodes.Name) else None


def _key(node: nodes.Node) -> str | None:
    if isinstance(node, nodes.Getattr):
        return node.attr
    argument = node.arg if isinstance(node, nodes.Getitem) else None
    constant = argument.value if isinstance(argument, nodes.Const) else None
    return constant if isinstance(constant, str) else None
