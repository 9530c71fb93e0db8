"""ms-swift: its own formats, text joined by weight before it is tokenized, and weights by `loss_scale`.

Source: ms_swift 4.6.0, `template/base.py`, `loss_scale/`, `agent_template/`, `template/template_inputs.py`.
Rule: questions are masked, replies and what ends the last one are trained. Neighbouring texts of one
weight are tokenized as one, so a weight that changes is a boundary between tokens.
Ends of earlier turns: a masked stretch after a trained one is searched for the format's end of turn,
which is then trained with weight 1. An empty reply has no trained stretch, so its end stays masked.
Position 0: its label is always masked; so is the first of a row that was cut or split.
Replies that follow each other are written without anything between them, and may share a token.
Covered: the formats in `ms_swift_formats`, every loss scale, a message's `loss` and `loss_scale`,
truncation, the backend `jinja`, which masks nothing. Not covered: other agent templates than
hermes', llama3's and llama4's, images and audio, packing, encoder-decoders.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any

import numpy as np

from ..core.conversation import Conversation
from ..core.example import Example, Refusal
from ..core.provenance import NO_MESSAGE
from ..errors import TemplateError
from ..rendering.traced import Traced, derived
from .base import Options, Strategy
from .context import Context
from .families.text import Scribe, joined
from .joined import Piece, join, renumbered
from .ms_swift_agents import agent, wrapped
from .ms_swift_contexts import simplified, stripped, weighed
from .ms_swift_formats import FORMATS, Format
from .ms_swift_models import format_of
from .ms_swift_options import OPTIONS
from .ms_swift_read import Read, Said, prepared, read
from .ms_swift_rows import Row, rows
from .ms_swift_weights import LossScale, loss_scale
from .ms_swift_write import Writer


def examples(context: Context, options: Options) -> list[Example]:
    """One example, or several where a long row is split.

    Raises:
        Refusal: as ms-swift deletes the row or raises.
    """
    options = {**options, "template": options["template"] or format_of(context.tokenizer.name)}
    chosen = _format(options["template"])
    scale = loss_scale(options["loss_scale"])
    scribe = Scribe(context.conversation, f"ms-swift's format {options['template']}")
    found = read(scribe)
    native = options["template_backend"] == "jinja"
    find_agent = partial(agent, options["agent_template"] or chosen.agent, options["template"])
    if scribe.tools:
        find_agent()
    found.said = prepared(found.said, find_agent, chosen, native)
    if chosen.between is None and any(one.results and one.results.kind == "question" for one in found.said):
        raise Refusal("error", f"The format {options['template']} has one round, and results need another.")
    write = _native if native else _own
    return rows(write(context, options, chosen, scale, scribe, found), options)


def _format(name: str | None) -> Format:
    if name in FORMATS:
        return FORMATS[name]
    known = ", ".join(FORMATS)
    if name is None:
        raise Refusal(
            "error",
            "ms-swift takes the format from the model's name, and none is known here for this one; name one "
            f"in `template`: {known}.",
        )
    raise Refusal("error", f"The format {name!r} is not covered here; covered are: {known}.")


def _own(
    context: Context, options: Options, chosen: Format, scale: LossScale, scribe: Scribe, found: Read
) -> Row:
    """The row in ms-swift's own format."""
    _think(scribe, options, chosen, scale, found.said)
    system = _system(scribe, options, chosen, found)
    today = context.rendered("{{ strftime_now('%d %b %Y') }}").text if "{{DATE}}" in chosen.prefix else ""
    writer = Writer(scribe, chosen, context.tokenizer, today, _thinks(options, chosen))
    contexts = weighed(writer.contexts(found.said, system), found.said, scale)
    contexts = simplified(stripped(contexts) if chosen.strips_newline else contexts)
    pieces = [one.piece or scribe.piece(one.text, context.tokenizer, one.message) for one in contexts]
    counts = [len(piece.tokens) for piece in pieces]
    weights = np.repeat(np.array([one.weight for one in contexts], dtype=np.float64), counts)
    end = [slot.tokens.ids for slot in writer.suffix()]
    suffix = np.concatenate([np.zeros(0, dtype=np.int32), *end])
    return Row(join(pieces), weights, suffix, scale.is_binary)


def _think(scribe: Scribe, options: Options, chosen: Format, scale: LossScale, said: Sequence[Said]) -> None:
    """Empty blocks put before replies that do not think, and thinking taken out of earlier replies."""
    roles = [one.role for one in said]
    last = max((place for place, role in enumerate(roles) if role in ("user", "tool")), default=-1)
    of_last = scale.base == "last_round"
    if options["add_non_thinking_prefix"] and chosen.no_thought:
        first = last if of_last and not chosen.preserves else -1
        for place, one in enumerate(said):
            follows = not chosen.after_user_only or (place > 0 and roles[place - 1] == "user")
            if place >= first and one.role == "assistant" and follows:
                _begin_without_thought(scribe, chosen, one)
    if _preserves(options, chosen, of_last):
        return
    for one in said[: max(last, 0)]:
        text = one.starts() if one.role == "assistant" else None
        if text is not None:
            kept = Traced(text).split("</think>")[-1].strip()
            one.begin(joined([scribe.own(chosen.history_thought, one.message), kept]))


def _begin_without_thought(scribe: Scribe, chosen: Format, one: Said) -> None:
    text = one.starts()
    if text is not None and not text.startswith(("<think>", chosen.no_thought)):
        one.begin(joined([scribe.own(chosen.no_thought, one.message), text]))


def _thinks(options: Options, chosen: Format) -> bool:
    given = options["enable_thinking"]
    return bool(chosen.thinks and not chosen.no_thought) if given is None else bool(given)


def _preserves(options: Options, chosen: Format, of_last: bool) -> bool:
    if options["preserve_thinking"] is not None:
        return bool(options["preserve_thinking"])
    if chosen.preserves is not None:
        return chosen.preserves
    return not of_last if chosen.thinks or _thinks(options, chosen) else True


def _system(scribe: Scribe, options: Options, chosen: Format, found: Read) -> Any:
    """The system prompt, with the tools that an agent template puts there."""
    supports = chosen.system_prefix is not None or chosen.system_prompt is not None
    if found.system is not None and not supports:
        raise Refusal("error", f"The format {options['template']} takes no system prompt.")
    system = chosen.default_system if found.system is None else found.system
    if system and not isinstance(system, str):
        raise Refusal("error", "The system prompt is no text.")
    if not scribe.tools:
        return system
    template = agent(options["agent_template"] or chosen.agent, options["template"])
    if not found.said:
        raise Refusal("error", "ms-swift finds no first message to put the tools to.")
    first = found.said[0]
    ahead = template.tools_before_question(scribe.tools)
    if ahead:
        first.content = joined([scribe.from_tools(ahead, first.message), _as_text(first.content)])
    owner = 0 if found.system is not None else NO_MESSAGE
    return joined([system or "", scribe.from_tools(template.tools_in_system(scribe.tools), owner)])


def _as_text(content: Any) -> Traced:
    """The content as Python formats it, where it is null or in several parts."""
    return content if isinstance(content, Traced) else derived(f"{content}", content)


def _native(
    context: Context, options: Options, chosen: Format, scale: LossScale, scribe: Scribe, found: Read
) -> Row:
    """The row as the chat template writes it, all of it trained."""
    system = chosen.default_system if found.system is None else found.system
    said = [*found.said] if system is None else [Said("system", system, 0), *found.said]
    if said and said[-1].content is None:
        said.pop()
    if not said:
        raise Refusal("error", "ms-swift finds no message.")
    arguments: dict[str, Any] = {"add_generation_prompt": said[-1].role != "assistant"}
    thinks = _thinks(options, chosen)
    if chosen.thinks or thinks:
        arguments[chosen.thinks_by] = thinks
        arguments["preserve_thinking"] = _preserves(options, chosen, scale.base == "last_round")
    tools = tuple(wrapped(tool) for tool in scribe.tools) if scribe.tools else None
    conversation = Conversation(tuple(_message(context, one) for one in said), tools)
    try:
        rendering = context.rendered(conversation=conversation, **arguments)
    except TemplateError as error:
        raise Refusal("error", f"The chat template refuses the messages: {error.detail}") from None
    rendering = renumbered(rendering, [_origin(context, one) for one in said])
    tokens = context.tokenizer.encode(rendering.text)
    pieces = Piece(rendering, tokens)
    suffix = np.zeros(0, dtype=np.int32)
    return Row(pieces, np.ones(len(tokens)), suffix, scale.is_binary)


def _message(context: Context, one: Said) -> dict[str, Any]:
    """The message with its other fields, which ms-swift leaves out where it had calls."""
    own = context.conversation.messages[one.message]
    kept = {} if one.role == "system" or own.get("tool_calls") else own
    return {**kept, "role": one.role, "content": one.content}


def _origin(context: Context, one: Said) -> int:
    """The message that a rewritten one is, or none of them where its content was made of several."""
    own = context.conversation.messages[one.message]
    return one.message if own.get("content") == one.content else NO_MESSAGE


STRATEGY = Strategy(
    name="ms-swift",
    title="ms-swift",
    meaning="Writes turns in formats of its own, and weighs what is trained by `loss_scale`.",
    framework="ms-swift",
    version="4.6.0",
    source="ms_swift 4.6.0, swift/template/base.py, swift/loss_scale, swift/agent_template",
    options=OPTIONS,
    examples=examples,
    known_differences=(
        "Agent templates other than hermes, llama3 and llama4 are not covered.",
        "Under the backend `jinja`, a reply that ends with `<|observation|>` keeps it in `glm4_5`.",
        "Under hermes, results of a conversation without tools and calls are written as the format writes "
        "them; ms-swift writes them as ChatML until it has read a row with tools or calls.",
        "Formats of models that see or hear, or with code of their own, are not covered.",
        "The command line adds `+ignore_empty_think` to `loss_scale` for models that may or may not think; "
        "write it into the option.",
    ),
    renders_itself=True,
    own_format=True,
)
