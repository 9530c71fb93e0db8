"""The sandboxed Jinja environment for chat templates: transformers' own, with tracing.

Globals, filters and extensions follow transformers 5.23, `utils/chat_template_utils.py`.
There is no loader, and no other environment in the project ever sees a chat template.
"""

from __future__ import annotations

import functools
import json
from collections.abc import Callable
from datetime import datetime
from typing import Any

import jinja2
import jinja2.ext
import jinja2.filters
from jinja2 import nodes
from jinja2.exceptions import SecurityError, TemplateError
from jinja2.parser import Parser
from jinja2.runtime import LoopContext, Macro
from jinja2.sandbox import ImmutableSandboxedEnvironment
from jinja2.utils import Namespace

from .codegen import SEARCHES, TracingCodeGenerator
from .inputs import MessageDict, trace_variable
from .traced import Traced, derived
from .tracker import Tracker, concat

_PLAIN_DATA = (MessageDict, dict)
_DICT_ATTRIBUTES = frozenset(dir(dict))
_INERT = (bool, int, Traced, MessageDict)
_STRING_METHODS = SEARCHES | {"replace", "removeprefix", "removesuffix", "lower", "upper", "join"}


class TracingEnvironment(ImmutableSandboxedEnvironment):
    """One environment per template, since the tracker holds the literals of one.

    A *plain* one is Jinja's own, as frameworks have it that do not take transformers': white space
    around blocks stays, what is not defined raises, and there is neither a date nor a loop control.
    """

    code_generator_class = TracingCodeGenerator
    concat = staticmethod(concat)

    def __init__(self, plain: bool = False) -> None:
        self.tracker = Tracker()
        self.clock: Callable[[], datetime] = datetime.now
        super().__init__(
            trim_blocks=not plain,
            lstrip_blocks=not plain,
            extensions=[] if plain else [GenerationTags, jinja2.ext.loopcontrols],
            undefined=jinja2.StrictUndefined if plain else jinja2.Undefined,
            optimized=False,
        )
        self.filters = {name: _traced_filter(function) for name, function in self.filters.items()}
        self.filters |= {"join": _join} if plain else {"tojson": _tojson, "join": _join}
        self.globals |= {"raise_exception": _raise_exception, "dict": _Dict(), "namespace": _Namespace}
        if not plain:
            self.globals["strftime_now"] = self._strftime_now

    def getattr(self, obj: Any, attribute: str) -> Any:
        """As the sandbox does, but at once where it would find nothing to object to.

        These are most look-ups of a chat template: a key of plain data that names no attribute,
        a method of a string that returns data, and plain data in a namespace or a loop.
        """
        if attribute in _STRING_METHODS and type(obj) is Traced:
            return getattr(obj, attribute)
        if type(obj) in _PLAIN_DATA and attribute not in _DICT_ATTRIBUTES and attribute in obj:
            return obj[attribute]
        if type(obj) in _HOLDERS and not attribute.startswith("_"):
            value = getattr(obj, attribute, None)
            if type(value) in _INERT:
                return value
        return super().getattr(obj, attribute)

    def _strftime_now(self, format: str) -> Traced:
        return trace_variable("strftime_now", self.clock().strftime(format), self.tracker.add_source)


class GenerationTags(jinja2.ext.Extension):
    """`{% generation %}` … `{% endgeneration %}`: what the model writes, as a span of characters.

    As in transformers, a span starts after what the template has put out so far; text that
    a macro or a `set` block has collected but not put out yet is not counted.
    """

    tags = {"generation"}  # noqa: RUF012

    def parse(self, parser: Parser) -> nodes.Node:
        line = next(parser.stream).lineno
        body = parser.parse_statements(("name:endgeneration",), drop_needle=True)
        return nodes.CallBlock(self.call_method("_record"), [], [], body).set_lineno(line)

    def _record(self, caller: Macro) -> str:
        text: str = caller()
        tracker: Tracker = self.environment.tracker  # type: ignore[attr-defined]
        tracker.generation_spans.append((tracker.emitted, tracker.emitted + len(text)))
        return text


def _traced_filter(function: Callable[..., Any]) -> Callable[..., Any]:
    """A filter whose plain text is marked as derived from its inputs."""

    @functools.wraps(function)
    def traced(*args: Any, **kwargs: Any) -> Any:
        result = function(*args, **kwargs)
        return derived(result, *args, *kwargs.values()) if type(result) is str else result

    return traced


def _tojson(
    x: Any,
    ensure_ascii: bool = False,
    indent: int | None = None,
    separators: tuple[str, str] | None = None,
    sort_keys: bool = False,
) -> Traced:
    text = json.dumps(x, ensure_ascii=ensure_ascii, indent=indent, separators=separators, sort_keys=sort_keys)
    return derived(text, x)


@jinja2.pass_eval_context
def _join(context: Any, value: Any, d: str = "", attribute: str | int | None = None) -> Any:
    if attribute is not None:
        value = map(jinja2.filters.make_attrgetter(context.environment, attribute), value)
    separator = d if isinstance(d, Traced) else Traced(str(d))
    return separator.join(map(str, value))


def _raise_exception(message: str) -> None:
    raise TemplateError(message)


class _Dict:
    """`dict` without the type's own attributes."""

    def __call__(self, *args: Any, **kwargs: Any) -> dict[Any, Any]:
        return dict(*args, **kwargs)

    def fromkeys(self, *args: Any, **kwargs: Any) -> dict[Any, Any]:
        return dict.fromkeys(*args, **kwargs)


class _Namespace(Namespace):
    """A namespace that takes no underscored names, as in transformers."""

    def __init__(*args: Any, **kwargs: Any) -> None:
        # `self` is not named, so that a template may store an attribute of that name.
        self, given = args[0], args[1:]
        attributes = dict(*given, **kwargs)
        for name in attributes:
            _refuse_underscore(name)
        Namespace.__init__(self, attributes)

    def __setitem__(self, name: str, value: Any) -> None:
        _refuse_underscore(name)
        super().__setitem__(name, value)


def _refuse_underscore(name: object) -> None:
    if isinstance(name, str) and name.startswith("_"):
        raise SecurityError(f"A namespace takes no name that begins with an underscore, such as {name!r}.")


_HOLDERS = (_Namespace, LoopContext)
