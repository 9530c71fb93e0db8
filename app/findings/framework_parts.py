"""LM704, LM705 and LM709: a row that the framework puts together from more renders than one."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from ..core.analysis import ExampleAnalysis
from ..core.example import Refusal
from ..core.parts import PART_ID
from ..errors import LossmaskError
from ..rendering.inputs import REASONING_FIELDS
from .base import Found, Rule, Severity
from .difference import ends_of_row, only_adds, other_tokens, quoted_here, shown
from .mends import KEEPS_THINKING, is_stock, request_line, strategy_line
from .spans import runs
from .subject import Subject
from .words import tokens, turns_named

_PER_MESSAGE = ("verl", "nemo-rl")
_WORDS = tuple(PART_ID[part] for part in ("content", "thinking", "tool_call"))
_REWRITING = ("split_thinking", "drop_system_message", "message_property_mappings", "roles", "eos_token")
"""Options with which a user asks for a text of the row's own."""


def find_parts_differ(subject: Subject) -> Iterator[Found]:
    """LM704."""
    first = subject.first or _unchecked(subject)
    if subject.strategy.own_format or first is None or not first.difference or any(find_repeated(subject)):
        return
    sentence = other_tokens(subject, first, first.difference)
    if subject.first is None:
        sentence += f" {subject.strategy.framework} refuses the row for it."
    spans = () if subject.first is None else tuple(shown(row) for row in first.difference)
    yield Found(sentence, spans, _one_text(subject, first), _severity_of(subject, first))


def _one_text(subject: Subject, first: ExampleAnalysis) -> str:
    if subject.strategy.name not in _PER_MESSAGE:
        return _as_rendered(subject)
    if first.example.rendering.text == subject.context.rendering.text:
        return f"Train with a framework that tokenizes the row whole:\n{strategy_line('axolotl')}"
    return (
        "Use a chat template that writes a message the same whatever stands before and after it, such as:\n"
        + _steady_template(subject)
    )


def _as_rendered(subject: Subject) -> str:
    """The options that rewrite the row, back at their defaults."""
    asked = [option for option in subject.strategy.options if subject.options.get(option.name)]
    kind = subject.strategy.config_kind
    lines = [option.config_line(option.default, kind) for option in asked if option.name in _REWRITING]
    return "\n".join(filter(None, lines)) or "Use a chat template that reads every field of a message."


def _steady_template(subject: Subject) -> str:
    """A bundled template that writes every turn the same, with thinking where the conversation has some."""
    messages = subject.context.conversation.messages
    thinks = any(
        message.get(name) for message in messages for name in REASONING_FIELDS
    ) or "</think>" in repr(messages)
    return KEEPS_THINKING if thinks else request_line("chat_template", "bundled:chatml")


def _unchecked(subject: Subject) -> ExampleAnalysis | None:
    """The row that verl refuses, since its parts are not the whole."""
    is_mismatch = "`ignore_input_ids_mismatch`" in (subject.outcome.reason or "")
    if subject.options.get("ignore_input_ids_mismatch") is not False or not is_mismatch:
        return None
    try:
        found = subject.analyse_again({**subject.options, "ignore_input_ids_mismatch": True})
    except (Refusal, LossmaskError):
        return None
    return found[0] if found else None


def _severity_of(subject: Subject, first: ExampleAnalysis) -> Severity:
    """An added BOS or EOS, and what a user asked for, deserve a note only."""
    if subject.first is None:
        return "error"
    asked = any(subject.options.get(name) for name in _REWRITING)
    ends = ends_of_row(subject)
    added = all(only_adds(row, first, ends) for row in first.difference or ())
    return "note" if asked or added else "warning"


def find_not_a_prefix(subject: Subject) -> Iterator[Found]:
    """LM705."""
    first = subject.first
    if first is None or subject.strategy.name != "trl-completion-only":
        return
    table = first.example.reason_table
    row = next((number for number, reason in enumerate(table) if reason.rule == "trl-prompt"), None)
    if row is None or first.example.cut_tokens:
        return
    prompt = int((table[row].detail or {})["prompt_tokens"])
    shared = int(np.count_nonzero(first.example.reasons == row))
    if shared >= prompt:
        return
    last = len(subject.context.conversation.messages) - 1
    trained = np.flatnonzero(subject.trained & (first.messages != last) & (first.messages >= 0))
    sentence = (
        f"The row continues its prompt only up to token {shared}; the prompt rendered alone has {prompt} "
        f"tokens. The completion is taken to begin there, at {quoted_here(first, shared, shared + 8)}"
    )
    if len(trained):
        sentence += f", so {tokens(len(trained))} of the prompt's own turns train"
    severity: Severity | None = None
    if not len(trained) and is_stock(subject) and first.parts[shared : shared + 1] in _WORDS:
        severity = "note"
        sentence += "; the labels are right, and inference begins the reply otherwise than this row does"
    spans = ((shared, min(shared + 1, len(first.example.tokens))),)
    yield Found(f"{sentence}.", spans, _same_prompt(subject, shared), severity)


def _same_prompt(subject: Subject, shared: int) -> str:
    """A generation prompt like the row's, unless the two part before the last reply."""
    assert subject.first is not None, "a row needs an example"
    row, turn = subject.first.example, subject.turns.turns[-1]
    if int(row.tokens.offsets[min(shared, len(row.tokens) - 1), 0]) < turn.first_character:
        return f"Use a chat template that keeps earlier turns as they were:\n{_steady_template(subject)}"
    header = row.rendering.text[turn.first_character : turn.content_from]
    return (
        "In the chat template, let the generation prompt be what the row has:\n"
        f"{{% if add_generation_prompt %}}{{{{ {header!r} }}}}{{% endif %}}"
    )


def find_repeated(subject: Subject) -> Iterator[Found]:
    """LM709."""
    first = subject.first
    if first is None or subject.strategy.name != "nemo-rl":
        return
    table = first.example.reason_table
    again = [number for number, reason in enumerate(table) if reason.rule == "nemo-rl-repeated"]
    spans = runs(np.isin(first.example.reasons, again)) if again else []
    if not spans:
        return
    numbers = sorted({int(message) + 1 for start, stop in spans for message in first.messages[start:stop]})
    count = sum(stop - start for start, stop in spans)
    sentence = (
        f"{tokens(count)} of {turns_named(numbers)} stand in the training row a second time, beginning with "
        f"{quoted_here(first, *spans[0])}: the template writes earlier turns otherwise once more follow."
    )
    fix = f"Use a chat template that keeps earlier turns as they were:\n{_steady_template(subject)}"
    yield Found(sentence, tuple(spans), fix)


_TALK = [
    {"role": "user", "content": "pancakes?"},
    {"role": "assistant", "content": "take a pan", "reasoning_content": "a recipe"},
    {"role": "user", "content": "how long?"},
    {"role": "assistant", "content": "a while", "reasoning_content": "minutes"},
]
_PLAIN = [
    {"role": "user", "content": "pancakes?"},
    {"role": "assistant", "content": "take a pan"},
]
_LAST_THINKS = r"""{%- for message in messages %}
    {{- '<|im_start|>' + message.role + '\n' }}
    {%- if message.role == 'assistant' and loop.last %}
        {{- '<think>\n' + (message.reasoning_content or '') + '\n</think>\n\n' }}
    {%- endif %}
    {{- message.content + '<|im_end|>\n' }}
{%- endfor %}
{%- if add_generation_prompt %}
    {{- '<|im_start|>assistant\n' }}
{%- endif %}
"""
_PROMPT = r"{{- '<|im_start|>assistant\n' }}"
_THINKING_PROMPT = _LAST_THINKS.replace(_PROMPT, r"{{- '<|im_start|>assistant\n<think>\n' }}")
_EMPTY_THOUGHT = _LAST_THINKS.replace(_PROMPT, r"{{- '<|im_start|>assistant\n<think>\n\n</think>\n\n' }}")


def _fields(strategy: str, template: str = "bundled:chatml", **options: object) -> dict[str, object]:
    choice = {"name": strategy, "options": options}
    return {"conversation": {"messages": _TALK}, "strategy": choice, "chat_template": template}


RULES: tuple[Rule, ...] = (
    Rule(
        "LM704",
        "warning",
        "The parts, put together, are not the whole",
        "The framework renders messages apart or rewrites them, and the row it trains on is not the text "
        "that inference will build from the same conversation. verl refuses such a row, NeMo-RL trains it. "
        "With vocabularies that join a space to the word after it, every message that begins with plain text "
        "is tokenized otherwise apart. Where only BOS or EOS is added, or an option "
        "asks for another text, it is a note.",
        find_parts_differ,
        failing=_fields("verl", _LAST_THINKS),
        mended={"chat_template": "bundled:chatml-thinking"},
        healthy={**_fields("verl"), "conversation": {"messages": _PLAIN}},
        sources=(
            "https://github.com/verl-project/verl/issues/7807",
            "https://github.com/verl-project/verl/pull/7322",
        ),
    ),
    Rule(
        "LM705",
        "warning",
        "The prompt is not the beginning of prompt and completion",
        "The completion is found by comparing the row with its prompt. Where the template writes the prompt "
        "otherwise without the reply, training begins too early, inside the prompt. A note where the "
        "tokenizer's own template opens a thinking block that a finished turn lacks: the labels are right.",
        find_not_a_prefix,
        failing=_fields("trl-completion-only", _EMPTY_THOUGHT),
        mended={"chat_template": _THINKING_PROMPT},
        healthy={**_fields("trl-completion-only"), "conversation": {"messages": _PLAIN}},
        sources=(
            "https://github.com/huggingface/trl/issues/6105",
            "https://github.com/huggingface/trl/issues/5213",
        ),
    ),
    Rule(
        "LM709",
        "error",
        "Text stands in the training row twice",
        "A message's part is what differs from the render before. Where the template takes back what it "
        "wrote of an earlier turn, the next part repeats that turn, and the model learns to repeat itself.",
        find_repeated,
        failing=_fields("nemo-rl", _LAST_THINKS),
        mended={"chat_template": "bundled:chatml-thinking"},
        healthy={**_fields("nemo-rl", add_generation_prompt=True), "conversation": {"messages": _PLAIN}},
    ),
)
