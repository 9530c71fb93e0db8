"""LM704, LM705 and LM709: a row that the framework puts together from more renders than one."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from ..core.analysis import ExampleAnalysis
from ..core.difference import Difference
from ..core.example import Refusal
from ..core.tokens import Tokens
from ..errors import LossmaskError
from .base import Found, Rule, Severity
from .spans import runs
from .subject import Subject
from .words import tokens, turns

_PER_MESSAGE = ("verl", "nemo-rl")
_REWRITING = ("split_thinking", "drop_system_message", "message_property_mappings", "roles", "eos_token")
"""Options with which a user asks for a text of the row's own."""


def find_parts_differ(subject: Subject) -> Iterator[Found]:
    """LM704."""
    first = subject.first or _unchecked(subject)
    if first is None or not first.difference or any(find_repeated(subject)):
        return
    ends = _ends(subject)
    telling = [row for row in first.difference if not _only_adds(row, first, ends)]
    where, there = (telling or first.difference)[0]
    count = len(first.difference)
    sentence = (
        f"{subject.strategy.framework} trains on other tokens than the chat template gives for the whole "
        f"conversation: {_stretches(count)} at token {where[0]}, "
        f"{_quoted(first, *where)} here and {_rendered(subject, *there)} there."
    )
    if subject.first is None:
        sentence += f" {subject.strategy.framework} refuses the row for it."
    spans = () if subject.first is None else tuple(_shown(row) for row in first.difference)
    fix = "Use a chat template that reads every field of a message."
    if subject.strategy.name in _PER_MESSAGE:
        fix = "Use a chat template that writes a message the same whatever stands before and after it."
    yield Found(sentence, spans, fix, _severity_of(subject, first))


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
    ends = _ends(subject)
    added = all(_only_adds(row, first, ends) for row in first.difference or ())
    return "note" if asked or added else "warning"


def _ends(subject: Subject) -> set[int | None]:
    return {subject.context.tokenizer.bos_id, subject.context.tokenizer.eos_id}


def _only_adds(row: Difference, first: ExampleAnalysis, ends: set[int | None]) -> bool:
    (start, stop), (there, there_stop) = row
    return there == there_stop and set(first.example.tokens.ids[start:stop].tolist()) <= ends


def _stretches(count: int) -> str:
    return "one stretch differs," if count == 1 else f"{count} stretches differ, one"


def _shown(row: Difference) -> tuple[int, int]:
    start, stop = row.example
    return (start, stop) if start < stop else (max(start - 1, 0), max(start, 1))


def _quoted(first: ExampleAnalysis, start: int, stop: int) -> str:
    return _clipped(first.example.rendering.text, first.example.tokens.part(slice(start, stop)))


def _rendered(subject: Subject, start: int, stop: int) -> str:
    return _clipped(subject.context.rendering.text, subject.context.tokens.part(slice(start, stop)))


def _clipped(text: str, part: Tokens) -> str:
    if not len(part):
        return "nothing"
    found = text[int(part.offsets[:, 0].min()) : int(part.offsets[:, 1].max())]
    said = repr(found if len(found) <= 40 else found[:37] + "…")
    return said if len(part) > 3 else f"{said} {part.ids.tolist()}"


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
        f"tokens. The completion is taken to begin there, at {_quoted(first, shared, shared + 8)}"
    )
    if len(trained):
        sentence += f", so {tokens(len(trained))} of the prompt's own turns train"
    fix = "Use a chat template that writes the prompt alone as it begins the row."
    yield Found(f"{sentence}.", ((shared, min(shared + 1, len(first.example.tokens))),), fix)


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
    messages = sorted({int(message) for start, stop in spans for message in first.messages[start:stop]})
    count = sum(stop - start for start, stop in spans)
    sentence = (
        f"{tokens(count)} of {turns(messages)} stand in the training row a second time, beginning with "
        f"{_quoted(first, *spans[0])}: the template writes earlier turns otherwise once more follow."
    )
    fix = "Use a chat template that keeps the thinking of earlier turns, or leave it out of the conversation."
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
_EMPTY_THOUGHT = _LAST_THINKS.replace("assistant\\n'", "assistant\\n<think>\\n\\n</think>\\n\\n'")


def _fields(strategy: str, template: str = "bundled:chatml", **options: object) -> dict[str, object]:
    choice = {"name": strategy, "options": options}
    return {"conversation": {"messages": _TALK}, "strategy": choice, "chat_template": template}


RULES: tuple[Rule, ...] = (
    Rule(
        "LM704",
        "warning",
        "The parts, put together, are not the whole",
        "The framework renders messages apart or rewrites them, and the row it trains on is not the text "
        "that inference will build from the same conversation.",
        find_parts_differ,
        failing=_fields("verl", _LAST_THINKS),
        mended={"chat_template": "bundled:chatml"},
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
        "otherwise without the reply, training begins too early, inside the prompt.",
        find_not_a_prefix,
        failing=_fields("trl-completion-only", _EMPTY_THOUGHT),
        mended={"chat_template": "bundled:chatml"},
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
        mended={"chat_template": "bundled:chatml"},
        healthy={**_fields("nemo-rl", add_generation_prompt=True), "conversation": {"messages": _PLAIN}},
    ),
)
