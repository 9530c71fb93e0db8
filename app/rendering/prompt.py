"""The generation prompt of a template that writes it last and without a look at the messages.

Most templates end in one `{% if add_generation_prompt %}` whose body depends on template
arguments at most. There the text can be had from the body alone, told by the syntax tree;
for every other template the answer is None, and a render of the conversation tells.

>>> fixed_prompt("…{% if add_generation_prompt %}<bot>{% endif %}", {})
'<bot>'
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache

from jinja2 import Template, nodes
from jinja2.exceptions import TemplateError

from .environment import TracingEnvironment
from .variables import ALWAYS_SET

FLAG = "add_generation_prompt"


def fixed_prompt(source: str, values: dict[str, object]) -> str | None:
    """What the template adds under `add_generation_prompt`, if that depends on `values` alone.

    `values` are the special tokens and the template arguments.
    """
    body = _compiled_body(source)
    if body is None:
        return None
    try:
        return "".join(body.root_render_func(body.new_context(values)))
    except (TemplateError, TypeError, ValueError):
        return None


@lru_cache(maxsize=64)
def _compiled_body(source: str) -> Template | None:
    environment = TracingEnvironment()
    tree = environment.parse(source)
    block = _last_block(tree)
    if block is None or not _depends_on_arguments_alone(block, tree, environment):
        return None
    return environment.from_string(nodes.Template(block.body, lineno=1))


def _last_block(tree: nodes.Template) -> nodes.If | None:
    """The closing `{% if add_generation_prompt %}`, if the flag is read nowhere else."""
    written = [node for node in tree.body if not _is_empty(node)]
    if sum(name.name == FLAG for name in tree.find_all(nodes.Name)) != 1 or not written:
        return None
    last = written[-1]
    if not isinstance(last, nodes.If) or last.elif_ or last.else_:
        return None
    return last if isinstance(last.test, nodes.Name) and last.test.name == FLAG else None


def _is_empty(node: nodes.Node) -> bool:
    return isinstance(node, nodes.Output) and all(
        isinstance(part, nodes.TemplateData) and not part.data for part in node.nodes
    )


def _depends_on_arguments_alone(
    block: nodes.If, tree: nodes.Template, environment: TracingEnvironment
) -> bool:
    given = {*_assigned(tree), *ALWAYS_SET, *environment.globals}
    read = {name.name for statement in block.body for name in _names(statement)}
    calls = any(next(statement.find_all(nodes.Call), None) for statement in block.body)
    return not calls and not read & given


def _names(node: nodes.Node) -> Iterator[nodes.Name]:
    if isinstance(node, nodes.Name):
        yield node
    yield from node.find_all(nodes.Name)


def _assigned(tree: nodes.Template) -> Iterator[str]:
    """Every name that the template itself gives a value."""
    for name in tree.find_all(nodes.Name):
        if name.ctx in ("store", "param"):
            yield name.name
    for macro in tree.find_all(nodes.Macro):
        yield macro.name
