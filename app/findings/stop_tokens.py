"""LM2: the token that ends a turn: masked, missing, doubled, or taken for padding."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from ..strategies.turns import NO_TOKEN
from .base import Found, Rule, Severity
from .intent import config_line, is_left_out, needs_marks
from .mends import ended_reply, marked_reply, message_line, strategy_line
from .replies import Reply, learned, replies, tail_of
from .spans import spans_of
from .stop_doubled import find_doubled_stop
from .stop_eos import find_no_stop, find_only_eos, find_other_eos
from .stop_options import is_switched_off, reason_of, stands_for_eos
from .stop_padding import find_padding
from .subject import Subject
from .words import quoted, tokens, turns_named


def find_untrained_stop(subject: Subject) -> Iterator[Found]:
    """LM201."""
    stops = [reply for reply in learned(subject) if reply.stop != NO_TOKEN]
    # Those that the collator takes for padding are found by LM204.
    masked = [
        reply
        for reply in stops
        if not subject.trained[reply.stop] and reason_of(subject, reply.stop) != "pad-token"
    ]
    for_eos = [reply for reply in masked if stands_for_eos(subject, reply, stops[-1])]
    off = [reply for reply in masked if is_switched_off(subject, reply, stops[-1]) and reply not in for_eos]
    on = [reply for reply in masked if reply not in (*off, *for_eos)]
    if on:
        yield _untrained(subject, on)._replace(fix=_mend(subject, on[0]))
    if off:
        yield _untrained(subject, off)._replace(fix=_switch(subject), severity="note")
    if for_eos:
        yield _in_place_of_eos(subject, for_eos, stops[-1])
    yield from _untrained_text(subject)
    yield from _silent(subject)


def _untrained(subject: Subject, rows: list[Reply]) -> Found:
    named = turns_named([row.number for row in rows])
    piece = quoted(_piece(subject, rows[0]))
    ends = f"The {piece} that ends {named} is" if len(rows) == 1 else f"The {piece} that end {named} are"
    owner = "" if rows[0].stop < rows[0].turn.end else " as part of the next turn"
    sentence = f"{ends} masked{owner}, so the model never learns to stop there."
    return Found(sentence, spans_of(np.array([row.stop for row in rows])))


def _in_place_of_eos(subject: Subject, rows: list[Reply], last: Reply) -> Found:
    named, eos = turns_named([row.number for row in rows]), quoted(_piece(subject, last))
    ends = "ends" if len(rows) == 1 else "end"
    sentence = (
        f"The {quoted(_piece(subject, rows[0]))} that {ends} {named} is masked; the template writes it there "
        f"in place of {eos}, which is trained where it ends turn {last.number}."
    )
    return Found(sentence, spans_of(np.array([row.stop for row in rows])), None, "note")


def _piece(subject: Subject, reply: Reply) -> str:
    return subject.text_of(reply.stop, reply.stop + 1).strip()


def _switch(subject: Subject) -> str | None:
    if subject.strategy.name == "axolotl":
        return config_line(subject, "train_on_eos", "turn")
    if "end_of_turn" not in subject.options:
        return None
    given = {**subject.request.strategy.options, "end_of_turn": True}
    return strategy_line(subject.strategy.name, **given)


def _mend(subject: Subject, reply: Reply) -> str:
    piece = _piece(subject, reply)
    if subject.strategy.name == "axolotl" and piece in subject.context.source:
        return config_line(subject, "eot_tokens", [piece]) or ""
    content = subject.context.conversation.messages[reply.turn.message].get("content")
    if isinstance(content, str) and piece in content:
        return message_line("content", f"replace({piece!r}, '')")
    if subject.strategy.name == "unsloth-responses-only" and reply.stop < reply.turn.end:
        return f"tokenizer.eos_token = {piece!r}"
    if reply.stop >= reply.turn.end:
        fix = "In the chat template, end every reply with a token of its own:\n"
        return fix + "{{ message.content + eos_token }}"
    if needs_marks(subject):
        return f"In the chat template, write it inside the block:\n{marked_reply(subject)}"
    return f"In the chat template, write it right after the words:\n{ended_reply(subject)}"


def _untrained_text(subject: Subject) -> Iterator[Found]:
    """What ends a turn may be ordinary text, such as ChatML's marks under a tokenizer without them."""
    tails = [(reply, tail_of(subject, reply)) for reply in learned(subject)]
    masked = [(reply, tail) for reply, tail in tails if len(tail) and not subject.trained[tail[0]]]
    if not masked:
        return
    first = masked[0][1]
    text = subject.text_of(int(first[0]), int(first[-1]) + 1).strip()
    named = turns_named([reply.number for reply, _ in masked])
    sentence = (
        f"The {quoted(text)} after {named} is {tokens(len(first))} of ordinary text "
        "to this tokenizer, and masked, so the model never learns to stop there."
    )
    fix = f'tokenizer.add_special_tokens({{"additional_special_tokens": ["{text}"]}})'
    severity: Severity | None = None if subject.options.get("end_of_turn", True) else "note"
    yield Found(sentence, spans_of(np.concatenate([tail for _, tail in masked])), fix, severity)


def _silent(subject: Subject) -> Iterator[Found]:
    """A reply without words whose end is masked, where the ends of others are trained."""
    ended = [reply for reply in replies(subject) if reply.stop != NO_TOKEN and not reply.is_cut]
    rows = [
        reply
        for reply in ended
        if reply.words.start == reply.words.stop
        and not subject.trained[reply.stop]
        and not is_left_out(subject, reply.turn.message)
    ]
    if rows and any(subject.trained[reply.stop] for reply in ended):
        named, says = turns_named([row.number for row in rows]), "says" if len(rows) == 1 else "say"
        sentence = f"The end of {named}, which {says} nothing, is masked; those of other turns are trained."
        yield Found(sentence, spans_of(np.array([row.stop for row in rows])), None, "note")


_TALK = [
    {"role": "user", "content": "give me a recipe to bake pancakes"},
    {"role": "assistant", "content": "to bake pancakes, one takes a pan"},
]
_TWICE = [
    *_TALK,
    {"role": "user", "content": "How long does that take?"},
    {"role": "assistant", "content": "About twenty minutes."},
]
_CHATML = (
    "{% for message in messages %}{{ '<|im_start|>' + message.role + '\\n' }}"
    "{% if message.role == 'assistant' %}"
    "{% generation %}{{ message.content + INSIDE }}{% endgeneration %}{{ OUTSIDE + '\\n' }}"
    "{% else %}{{ message.content + '<|im_end|>\\n' }}{% endif %}{% endfor %}"
    "{% if add_generation_prompt %}{{ '<|im_start|>assistant\\n' }}{% endif %}"
)
_OPEN = (
    "{% for message in messages %}{{ '### ' + message.role + '\\n' }}{{ ENDED }}{{ '\\n\\n' }}"
    "{% endfor %}{% if add_generation_prompt %}{{ '### assistant\\n' }}{% endif %}"
)


def _chatml(inside: str, outside: str = "''") -> str:
    return _CHATML.replace("INSIDE", inside).replace("OUTSIDE", outside)


_HEALTHY = {"conversation": {"messages": _TWICE}, "chat_template": "bundled:chatml"}

RULES: tuple[Rule, ...] = (
    Rule(
        "LM201",
        "error",
        "The token that ends a turn is not trained",
        "The model learns what to say and not when to stop: it writes on, often the user's next turn, "
        "until the limit of new tokens. A note where an option asks for it, and where the template ends "
        "earlier turns with another token than the last one's EOS, which is what generation stops at.",
        find_untrained_stop,
        failing={
            "conversation": {"messages": _TWICE},
            "chat_template": _chatml("''", "'<|im_end|>'"),
            "strategy": {"name": "generation-tags"},
        },
        mended={"chat_template": _chatml("'<|im_end|>'")},
        healthy=_HEALTHY,
        sources=(
            "https://github.com/huggingface/trl/pull/7230",
            "https://github.com/huggingface/trl/pull/5988",
            "https://github.com/PrimeIntellect-ai/renderers/pull/66",
            "https://github.com/modelscope/ms-swift/issues/4732",
        ),
    ),
    Rule(
        "LM202",
        "warning",
        "Only EOS is trained, and turns end with another token",
        "Axolotl trains the tokens of `eot_tokens`, which is EOS where it is not set. A template that ends "
        "turns with a token of its own leaves the end of every turn masked, with a loss that looks healthy.",
        find_only_eos,
        failing={
            "conversation": {"messages": _TALK},
            "chat_template": "bundled:gemma",
            "strategy": {"name": "axolotl"},
        },
        mended={"strategy": {"name": "axolotl", "options": {"eot_tokens": ["<end_of_turn>"]}}},
        healthy={**_HEALTHY, "strategy": {"name": "axolotl"}},
        sources=("https://github.com/axolotl-ai-cloud/axolotl/issues/3754",),
    ),
    Rule(
        "LM203",
        "warning",
        "EOS is trained twice in a row",
        "A second EOS right after the first teaches the model that one is not enough. It comes of a template "
        "that writes EOS and a message, or a framework, that brings its own.",
        find_doubled_stop,
        failing={
            "conversation": {"messages": _TALK},
            "chat_template": _chatml("'<|im_end|><|im_end|>'"),
            "strategy": {"name": "generation-tags"},
        },
        mended={"chat_template": _chatml("'<|im_end|>'")},
        healthy=_HEALTHY,
        sources=("https://github.com/hiyouga/LlamaFactory/issues/8263",),
    ),
    Rule(
        "LM204",
        "error",
        "The padding token masks the end of turns",
        "The collator masks every id that is the padding token's, wherever it stands. Where EOS, or the "
        "token that ends turns, pads too, the model never learns to write it.",
        find_padding,
        failing={
            **_HEALTHY,
            "strategy": {"name": "hf-causal-lm-collator", "options": {"pad_token": "<|im_end|>"}},
        },
        mended={"strategy": {"name": "hf-causal-lm-collator", "options": {"pad_token": "<|endoftext|>"}}},
        healthy={**_HEALTHY, "strategy": {"name": "hf-causal-lm-collator"}},
        sources=(
            "https://github.com/huggingface/trl/issues/976",
            "https://github.com/huggingface/transformers/issues/23530",
        ),
    ),
    Rule(
        "LM205",
        "note",
        "Turns end with another token than EOS",
        "Training is right, and generation that waits for EOS alone still runs on: the token that ends turns "
        "has to be among those that stop it.",
        find_other_eos,
        failing={
            "conversation": {"messages": _TALK},
            "chat_template": "bundled:gemma",
            "strategy": {"name": "trl-assistant-only"},
        },
        mended={"strategy": {"name": "trl-assistant-only", "options": {"eos_token": "<end_of_turn>"}}},
        healthy=_HEALTHY,
        sources=("https://github.com/axolotl-ai-cloud/axolotl/issues/3754",),
    ),
    Rule(
        "LM206",
        "warning",
        "No token ends the turns",
        "The template writes nothing after a reply that could end it, and EOS never occurs, so nothing in "
        "the data shows the model how to stop. Some stock templates are so: GLM's ends a turn with the "
        "marker of the next one, and a last turn with nothing.",
        find_no_stop,
        failing={
            "conversation": {"messages": _TALK},
            "chat_template": _OPEN.replace("ENDED", "message.content"),
            "strategy": {"name": "open-instruct"},
        },
        mended={"chat_template": _OPEN.replace("ENDED", "message.content + eos_token")},
        healthy=_HEALTHY,
        sources=("https://github.com/PrimeIntellect-ai/prime-rl/pull/2644",),
    ),
)
