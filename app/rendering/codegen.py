"""Turns a template's syntax tree into code that reports literals, outputs and loops to the tracker.

Everything else is left to Jinja's own code generator, so that a template does what it does
in transformers. A literal that is only compared, looked up or searched for is left plain.
"""

from __future__ import annotations

from typing import Any

from jinja2 import nodes
from jinja2.compiler import CodeGenerator, Frame

SEARCHES = frozenset(
    {
        "split",
        "rsplit",
        "strip",
        "lstrip",
        "rstrip",
        "startswith",
        "endswith",
        "find",
        "rfind",
        "index",
        "count",
    }
)


class TracingCodeGenerator(CodeGenerator):
    """Generates calls of `trace`, the environment's tracker."""

    def visit_Template(self, node: nodes.Template, frame: Frame | None = None) -> None:
        self._plain = _plain_literals(node)
        self._loop_bodies: dict[int, nodes.For] = {}
        super().visit_Template(node, frame)

    def write_commons(self) -> None:
        super().write_commons()
        self.writeline("trace = environment.tracker")

    def _tracker(self) -> Any:
        return self.environment.tracker  # type: ignore[attr-defined]

    def visit_TemplateData(self, node: nodes.TemplateData, frame: Frame) -> None:
        self.write(f"trace.text({self._tracker().literal(node.data, node.lineno)})")

    def visit_Const(self, node: nodes.Const, frame: Frame) -> None:
        if not isinstance(node.value, str) or id(node) in self._plain:
            return super().visit_Const(node, frame)
        self.write(f"trace.text({self._tracker().literal(node.value, node.lineno)})")

    def visit_Concat(self, node: nodes.Concat, frame: Frame) -> None:
        self.write("trace.join((")
        for part in node.nodes:
            self.visit(part, frame)
            self.write(", ")
        self.write(f"), {self._tracker().line(node.lineno)})")

    def _output_child_to_const(self, node: nodes.Expr, frame: Frame, finalize: Any) -> str:
        # Nothing is folded at compile time: a folded constant would lose its line.
        raise nodes.Impossible()

    def _output_child_pre(self, node: nodes.Expr, frame: Frame, finalize: Any) -> None:
        self.write("trace.emit(")

    def _output_child_post(self, node: nodes.Expr, frame: Frame, finalize: Any) -> None:
        self.write(f", {self._tracker().line(node.lineno)})")

    def visit_For(self, node: nodes.For, frame: Frame) -> None:
        self.writeline("trace.push()")
        self._loop_bodies[id(node.body)] = node
        super().visit_For(node, frame)
        self.writeline("trace.pop()")

    def blockvisit(self, nodes_: Any, frame: Frame) -> None:
        loop = self._loop_bodies.pop(id(nodes_), None)
        if loop is not None:
            names = [name.name for name in loop.target.find_all(nodes.Name)]
            names = names or [loop.target.name]  # type: ignore[attr-defined]
            self.writeline(f"trace.enter({', '.join(frame.symbols.ref(name) for name in names)})")
        super().blockvisit(nodes_, frame)

    def visit_Assign(self, node: nodes.Assign, frame: Frame) -> None:
        super().visit_Assign(node, frame)
        if isinstance(node.target, nodes.Name) and isinstance(node.node, nodes.Getitem):
            self.writeline(f"trace.assigned({frame.symbols.ref(node.target.name)})")


def _plain_literals(template: nodes.Template) -> set[int]:
    """The literals that cannot reach the output, by the identity of their nodes."""
    plain: list[nodes.Node] = []
    for compare in template.find_all(nodes.Compare):
        plain += [compare.expr, *(operand.expr for operand in compare.ops)]
    plain += [item.arg for item in template.find_all(nodes.Getitem)]
    plain += [pair.key for pair in template.find_all(nodes.Pair)]
    for call in template.find_all(nodes.Call):
        if isinstance(call.node, nodes.Getattr) and call.node.attr in SEARCHES:
            plain += call.args
    return {id(node) for node in plain if isinstance(node, nodes.Const)}
