"""LM3: the edges of what trains: headers, line breaks, tokens across an edge, and text of others."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from .base import Found, Rule, Severity
from .boundaries_newline import find_masked_newline, find_trained_newline
from .boundaries_text import find_half_character, find_text_of_others, tells_replies
from .intent import config_line, needs_marks, trains_header
from .mends import is_stock, message_line
from .prompt_edges import Edge, edges, retokenized
from .replies import Reply, is_blank, replies
from .spans import spans_of
from .subject import Subject
from .words import quoted, turns_named


def find_header(subject: Subject) -> Iterator[Found]:
    """LM301."""
    if not tells_replies(subject) or trains_header(subject):
        return
    rows = [(reply, _header(subject, reply)) for reply in replies(subject)]
    rows = [(reply, tokens) for reply, tokens in rows if len(tokens)]
    if not rows:
        return
    tokens = np.concatenate([tokens for _, tokens in rows])
    is_blank_only = bool(is_blank(subject, tokens).all())
    severity: Severity | None = "note" if is_blank_only or _is_by_design(subject) else None
    first = rows[0][1]
    piece = quoted(subject.text_of(int(first[0]), int(first[-1]) + 1))
    sentence = (
        f"{piece} at the start of {turns_named([reply.number for reply, _ in rows])} is trained, although "
        "the generation prompt supplies it and the model never writes it."
    )
    yield Found(sentence, spans_of(tokens), _without_header(subject, rows[0][0]), severity)


def _is_by_design(subject: Subject) -> bool:
    """Whether the header trains by the framework's own default, or by marks that the tokenizer brings."""
    if needs_marks(subject):
        return is_stock(subject)
    return subject.strategy.own_format or subject.options.get("add_generation_prompt") is False


def _header(subject: Subject, reply: Reply) -> NDArray[np.intp]:
    """The trained tokens of a turn that the generation prompt supplies whole, but the first of the row."""
    assert subject.first is not None, "a reply needs an example"
    start = max(reply.turn.start, 1)
    ends = subject.first.example.tokens.offsets[start : reply.begin, 1]
    found: NDArray[np.intp] = start + np.flatnonzero(
        subject.trained[start : reply.begin] & (ends <= reply.supplied)
    )
    return found


def _without_header(subject: Subject, reply: Reply) -> str:
    if "add_generation_prompt" in subject.options:
        return config_line(subject, "add_generation_prompt", True) or "add_generation_prompt: true"
    prompt = subject.context.generation_prompt
    for name in ("response_template", "response_part"):
        line = config_line(subject, name, prompt)
        if line:
            return line
    if not needs_marks(subject):
        return (
            "Let the row begin with its prompt: a first message of the user, and a header that never changes."
        )
    assert subject.first is not None, "a reply needs an example"
    header = subject.first.example.rendering.text[reply.turn.first_character : reply.supplied]
    return f"In the chat template, open the block after the header:\n{{{{ {header!r} }}}}{{% generation %}}"


def find_straddling(subject: Subject) -> Iterator[Found]:
    """LM303."""
    found = [edge for edge in edges(subject) if edge.straddles]
    if not found:
        return
    token = found[0].token
    state = "trained" if subject.trained[token] else "masked"
    text = subject.text_of(token, token + 1)
    cut = found[0].reply.supplied - _start(subject, token)
    sentence = (
        f"In {turns_named([edge.reply.number for edge in found])}, one token holds both {quoted(text[:cut])} "
        f"of the generation prompt and {quoted(text[cut:])} of the reply; it is {state} whole."
    )
    yield Found(sentence, tuple((edge.token, edge.token + 1) for edge in found), _strip(subject, found[0]))


def _start(subject: Subject, token: int) -> int:
    assert subject.first is not None, "a token needs an example"
    return int(subject.first.example.tokens.offsets[token, 0])


def _strip(subject: Subject, edge: Edge) -> str:
    """A reply that begins with white space is what joins it to the header."""
    message = subject.context.conversation.messages[edge.reply.turn.message]
    content = message.get("content")
    if isinstance(content, str) and content[:1].isspace():
        return message_line("content", "lstrip()")
    place = "end" if edge.straddles else "begin"
    return f"In the chat template, {place} the header with a special token."


def find_other_at_inference(subject: Subject) -> Iterator[Found]:
    """LM304."""
    for edge in edges(subject):
        ids = retokenized(subject, edge)
        if ids is None:
            continue
        alone, here = ids
        sentence = (
            f"The prompt of turn {edge.reply.number} ends in the ids {alone} when tokenized alone, as at "
            f"inference, and is {here} in the row: the model is trained to go on from other tokens than it "
            "will see."
        )
        yield Found(sentence, ((edge.since, max(edge.token + 1, edge.since + 1)),), _strip(subject, edge))
        return


_TALK = [
    {"role": "user", "content": "give me a recipe to bake pancakes"},
    {"role": "assistant", "content": "to bake pancakes, one takes a pan"},
]
_TURN = (
    "{% for message in messages %}{% if message.role == 'assistant' %}OPEN{{ message.contentCLOSE"
    "{% else %}{{ '<|im_start|>' + message.role + '\\n' + message.content + '<|im_end|>\\n' }}{% endif %}"
    "{% endfor %}{% if add_generation_prompt %}{{ '<|im_start|>assistant\\n' }}{% endif %}"
)
_HEADER = "{{ '<|im_start|>assistant\\n' }}"
_BEGIN, _END = "{% generation %}", "{% endgeneration %}"


def _template(opening: str, closing: str) -> str:
    return _TURN.replace("OPEN", opening).replace("CLOSE", closing)


def _fields(template: str, content: str | None = None) -> dict[str, object]:
    messages = _TALK if content is None else [_TALK[0], {"role": "assistant", "content": content}]
    return {
        "conversation": {"messages": messages},
        "chat_template": template,
        "strategy": {"name": "generation-tags"},
    }


_GOOD = _template(_HEADER + _BEGIN, " + '<|im_end|>' }}" + _END + "{{ '\\n' }}")
_HEALTHY = {"conversation": {"messages": _TALK}, "chat_template": "bundled:chatml"}
_STRAY = (
    "{% for message in messages %}{{ '<|im_start|>' + message.role + '\\n' }}MARK"
    "{{ message.content + '<|im_end|>' }}ENDMARK{{ '\\n' }}{% endfor %}"
    "{% if add_generation_prompt %}{{ '<|im_start|>assistant\\n' }}{% endif %}"
)

RULES: tuple[Rule, ...] = (
    Rule(
        "LM301",
        "warning",
        "The header of a reply is trained",
        "The generation prompt supplies these tokens at inference, and the model never writes them. Trained, "
        "they take a share of the loss, the larger the shorter the replies are. Where the framework does so "
        "by default, or the tokenizer's own chat template has its marks so, it is a note: nothing is learnt "
        "wrong.",
        find_header,
        failing=_fields(_template(_BEGIN + _HEADER, " + '<|im_end|>' }}" + _END + "{{ '\\n' }}")),
        mended={"chat_template": _GOOD},
        healthy=_HEALTHY,
        sources=("https://github.com/NVIDIA-NeMo/Automodel/issues/3738",),
    ),
    Rule(
        "LM302",
        "note",
        "The line break after a turn is trained",
        "Frameworks with the same rule for replies disagree on it. Generation stops at the token before, so "
        "nothing is lost either way; losses of two frameworks differ by it. LM307 tells where it is masked.",
        find_trained_newline,
        failing=_fields(_template(_HEADER + _BEGIN, " + '<|im_end|>\\n' }}" + _END)),
        mended={"chat_template": _GOOD},
        healthy=_HEALTHY,
        sources=("https://github.com/huggingface/trl/pull/5988",),
    ),
    Rule(
        "LM303",
        "note",
        "One token holds the end of the header and the start of the reply",
        "Such a token is trained or masked whole. At inference the prompt ends inside it, so the model never "
        "gets to write it.",
        find_straddling,
        failing=_fields(_GOOD, "\n\nto bake pancakes, one takes a pan"),
        mended={"conversation": {"messages": _TALK}},
        healthy=_HEALTHY,
        sources=("https://github.com/huggingface/trl/issues/6105",),
    ),
    Rule(
        "LM304",
        "warning",
        "The prompt is tokenized otherwise at inference",
        "At inference the prompt is tokenized without the reply. Where its last tokens then differ from "
        "those of the row, the model goes on from tokens that training never showed it.",
        find_other_at_inference,
        failing=_fields(_GOOD, "\n\nto bake pancakes, one takes a pan"),
        mended={"conversation": {"messages": _TALK}},
        healthy=_HEALTHY,
        sources=(
            "https://github.com/huggingface/trl/issues/5213",
            "https://github.com/huggingface/trl/issues/6105",
        ),
    ),
    Rule(
        "LM305",
        "warning",
        "The last character of a reply is trained in part",
        "transformers marks the first token of a block's last character only. Where that character is "
        "several tokens, such as an emoji, the model learns to begin it and not to finish it.",
        find_half_character,
        failing=_fields(
            _template(_HEADER + _BEGIN, " }}" + _END + "{{ '<|im_end|>\\n' }}"), "Great job \U0001f389"
        ),
        mended={"chat_template": _GOOD},
        healthy={**_fields(_GOOD, "Great job \U0001f389")},
        sources=("https://github.com/huggingface/transformers/issues/47325",),
    ),
    Rule(
        "LM306",
        "error",
        "Text of the user, the system or a tool is trained",
        "The model learns to write what others say: it goes on with the user's turn, or invents the results "
        "of its tools.",
        find_text_of_others,
        failing=_fields(_STRAY.replace("ENDMARK", _END).replace("MARK", _BEGIN)),
        mended={"chat_template": _GOOD},
        healthy=_HEALTHY,
        sources=(
            "https://github.com/huggingface/transformers/issues/47325",
            "https://github.com/huggingface/trl/issues/3728",
        ),
    ),
    Rule(
        "LM307",
        "note",
        "The line break after a turn is masked",
        "Most frameworks mask what the template writes after the token that ends a turn. Generation stops at "
        "that token, so nothing is lost; one that trains the line break (LM302) reports another loss.",
        find_masked_newline,
        failing=_HEALTHY,
        mended={"strategy": {"name": "assistant-turns", "options": {"newline": True}}},
        healthy={"conversation": {"messages": _TALK}, "chat_template": "bundled:llama-3"},
        sources=("https://github.com/huggingface/trl/pull/5988",),
    ),
)
