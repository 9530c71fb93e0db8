"""The one render function: a chat template and a conversation give text and its origins.

What is covered: text equal to `apply_chat_template(tokenize=False)` of transformers 5.23, and
an origin for every character. What is not: `continue_final_message`, and templates that
are Python callables.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time
from types import TracebackType
from typing import Any

import jinja2

from ..core.conversation import Conversation
from ..core.provenance import Rendering
from ..errors import OptionError, TemplateError, Where
from .assemble import Block, assemble
from .environment import TracingEnvironment
from .inputs import trace_argument, trace_messages, trace_variable
from .tracker import Tracker

RESERVED = ("messages", "tools", "documents", "conversation", "chat_template")


@dataclass(frozen=True, slots=True)
class Template:
    """A compiled chat template; `compile_template` makes one."""

    source: str
    compiled: jinja2.Template
    environment: TracingEnvironment


@dataclass(frozen=True, slots=True)
class Variables:
    """What a template reads beside the messages: special tokens, arguments, and the date."""

    special_tokens: Mapping[str, str] = field(default_factory=dict)
    arguments: Mapping[str, Any] = field(default_factory=dict)
    today: date | None = None

    def with_arguments(self, **arguments: Any) -> Variables:
        """The same with further arguments."""
        return Variables(self.special_tokens, {**self.arguments, **arguments}, self.today)


@functools.lru_cache(maxsize=32)
def compile_template(source: str) -> Template:
    """Compile a chat template's source.

    Raises:
        TemplateError: with the line where the syntax is wrong.
    """
    return _compiled(source, TracingEnvironment())


@functools.lru_cache(maxsize=8)
def compile_plain(source: str) -> Template:
    """Compile a chat template's source as Jinja alone would, without what transformers sets."""
    return _compiled(source, TracingEnvironment(plain=True))


def _compiled(source: str, environment: TracingEnvironment) -> Template:
    try:
        return Template(source, environment.from_string(source), environment)
    except jinja2.TemplateSyntaxError as error:
        raise _failure(error, error.lineno) from None
    except (SyntaxError, RecursionError, ValueError, OverflowError) as error:
        raise _failure(error, None) from None


def render(template: Template, conversation: Conversation, variables: Variables) -> Rendering:
    """The conversation as text, with the origin of every character.

    Raises:
        TemplateError: with the template's line, and the kind of exception that transformers raises.
        OptionError: an argument has a reserved name.
    """
    blocks = _run(template, conversation, variables)
    return assemble(blocks, template.environment.tracker)


def render_plain(template: Template, conversation: Conversation, values: Mapping[str, Any]) -> Rendering:
    """The messages alone as text, the template seeing these values and nothing else; raises as `render`."""

    def inputs(tracker: Tracker) -> dict[str, Any]:
        add = tracker.add_source
        given = {
            name: trace_variable(name, value, add) if isinstance(value, str) else value
            for name, value in values.items()
        }
        return {**given, "messages": trace_messages(conversation.messages, add)}

    return assemble(_blocks(template, None, inputs), template.environment.tracker)


def render_text(template: Template, conversation: Conversation, variables: Variables) -> str:
    """The text alone; raises as `render` does."""
    return "".join(block for block, _ in _run(template, conversation, variables))


def _run(template: Template, conversation: Conversation, variables: Variables) -> list[Block]:
    return _blocks(template, variables.today, lambda tracker: _inputs(tracker, conversation, variables))


def _blocks(
    template: Template, today: date | None, inputs: Callable[[Tracker], dict[str, Any]]
) -> list[Block]:
    environment, tracker = template.environment, template.environment.tracker
    tracker.reset()
    environment.clock = _clock(today)
    context = template.compiled.new_context(inputs(tracker))
    blocks: list[Block] = []
    try:
        for text in template.compiled.root_render_func(context):
            tracker.emitted += len(text)
            blocks.append((text, tracker.turn))  # type: ignore[arg-type]
    except MemoryError:
        # Not the template's own failure: the worker's limit, which the engine words itself.
        raise
    except Exception as error:
        raise _failure(error, _line(error.__traceback__, template.compiled)) from None
    return blocks


def _inputs(tracker: Tracker, conversation: Conversation, variables: Variables) -> dict[str, Any]:
    for name in variables.arguments:
        if name in RESERVED:
            raise OptionError(f"`{name}` is part of the conversation and no template argument.")
    add = tracker.add_source
    inputs: dict[str, Any] = {
        name: trace_variable(name, token, add) for name, token in variables.special_tokens.items()
    }
    inputs["add_generation_prompt"] = False
    for name, value in variables.arguments.items():
        inputs[name] = trace_argument(name, value, add)
    tools = None if conversation.tools is None else list(conversation.tools)
    inputs["messages"] = trace_messages(conversation.messages, add)
    inputs["tools"] = trace_argument("tools", tools, add)
    inputs["documents"] = trace_argument("documents", conversation.extra.get("documents"), add)
    return inputs


def _clock(today: date | None) -> Any:
    if today is None:
        return datetime.now
    return lambda: datetime.combine(today, time())


def _failure(error: BaseException, line: int | None) -> TemplateError:
    # A traced text has to become a plain one, since the failure leaves this process.
    sentence = str.__str__(str(error)) or type(error).__name__
    failure = TemplateError(sentence, where=None if line is None else Where(line))
    failure.kind = type(error).__name__
    return failure


def _line(traceback: TracebackType | None, compiled: jinja2.Template) -> int | None:
    """The innermost line of the template that was being run."""
    line = None
    while traceback is not None:
        if traceback.tb_frame.f_globals.get("__jinja_template__") is compiled:
            line = compiled.get_corresponding_lineno(traceback.tb_lineno)
        traceback = traceback.tb_next
    return line
