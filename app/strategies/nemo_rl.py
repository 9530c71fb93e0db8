"""NeMo-RL: what each message adds to the rendering of the messages so far is tokenized alone.

Source: NeMo-RL commit 7ea279ab, `nemo_rl/data/llm_message_utils.py`, `nemo_rl/data/processors.py`
and `nemo_rl/algorithms/sft.py`.
Rule: the first message, the first two, and so on are rendered. A message's chunk is its
rendering from the first character that differs from the one before. Chunks are tokenized one by
one, and an assistant's chunk is trained whole: without `add_generation_prompt` its header too.
Quirks, kept: where the template writes earlier messages otherwise once more follow (Qwen3 drops
old thinking), the next chunk restarts there, and what follows that point stands in the row
twice; `add_eos` looks past newlines only, so a template that ends turns with another token
than EOS gets one more, trained token; `only_unmask_final` trains the last message whoever wrote
it; a row of `max_seq_length` tokens or more counts nothing.
Covered: text conversations, `chat_template_kwargs` (the request's template arguments).
Not covered: the task prompt, images and audio, padding.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from ..core.conversation import Conversation
from ..core.example import Columns, Example, Reason, Refusal
from ..core.parts import PART_ID
from ..core.provenance import NO_MESSAGE, Origin, Rendering
from .base import Option, Options, Strategy
from .chunks import Chunk, chunks
from .context import Context
from .joined import Piece, columns, join, join_renderings, literal
from .sheet import Sheet

_PROMPTED = ("user", "tool")


def examples(context: Context, options: Options) -> list[Example]:
    """One example: the chunks' own tokens, one after the other."""
    roles = _roles(context.conversation)
    asks = [options["add_generation_prompt"] and role in _PROMPTED for role in roles]
    found = chunks(context, "NeMo-RL", asks)
    texts = [_with_ends(context, chunk, options) for chunk in found]
    pieces = [Piece(text, context.tokenizer.encode(text.text)) for text in texts]
    _check_length(sum(len(piece.tokens) for piece in pieces), options["max_seq_length"])
    known = _columns(context, found, pieces, asks[-1])
    return [_labelled(roles, found, pieces, known, options["only_unmask_final"])]


def _roles(conversation: Conversation) -> list[str]:
    return [conversation.role(index) for index in range(len(conversation.messages))]


def _with_ends(context: Context, chunk: Chunk, options: Options) -> Rendering:
    """The chunk with BOS before the first, and EOS after the last, unless it is there already."""
    special, text = context.tokenizer.special_tokens, chunk.rendering.text
    bos, eos = special.get("bos_token"), special.get("eos_token")
    last = len(context.conversation.messages) - 1
    parts = [chunk.rendering]
    if chunk.message == 0 and options["add_bos"] and bos and not text.startswith(bos):
        parts.insert(0, literal(bos, Origin("variable", name="bos_token")))
        text = bos + text
    if chunk.message == last and options["add_eos"] and eos and not text.rstrip("\n").endswith(eos):
        parts.append(literal(eos, Origin("variable", name="eos_token"), last))
    return join_renderings(parts)


def _check_length(length: int, most: int) -> None:
    if length < most:
        return
    raise Refusal(
        "dropped",
        f"The row has {length} tokens and `max_seq_length` is {most}: NeMo-RL keeps at most 4 tokens of "
        "each message and multiplies the row's loss by 0.",
    )


def _columns(
    context: Context, found: Sequence[Chunk], pieces: Sequence[Piece], prompted: bool
) -> Columns | None:
    """Turns and parts, where the row cannot tell them: a message stands in it twice, or a prompt ends it."""
    if not prompted and not any(chunk.repeated for chunk in found):
        return None
    known = columns(context.conversation, pieces, context.tokenizer)
    prompt, text, last = context.generation_prompt, found[-1].rendering.text, pieces[-1].tokens
    if prompted and prompt and text.endswith(prompt):
        tail = len(known.parts) - len(last) + np.flatnonzero(last.offsets[:, 0] >= len(text) - len(prompt))
        known.messages[tail] = NO_MESSAGE
        known.parts[tail] = PART_ID["generation_prompt"]
    return known


def _labelled(
    roles: Sequence[str],
    found: Sequence[Chunk],
    pieces: Sequence[Piece],
    known: Columns | None,
    final: bool,
) -> Example:
    row = join(pieces)
    sheet = Sheet(row.rendering, row.tokens, _FINAL_REST if final else _REST)
    kept = sheet.row(_FINAL if final else _KEPT, 1.0)
    start = 0
    for chunk, piece in zip(found, pieces, strict=True):
        stretch = slice(start, start + len(piece.tokens))
        trains = chunk is found[-1] if final else roles[chunk.message] == "assistant"
        if trains:
            sheet.put(stretch, kept)
        if chunk.repeated and known is not None:
            _again(sheet, stretch, known, chunk, trains)
        start = stretch.stop
    return replace(sheet.example(), columns=known)


def _again(sheet: Sheet, stretch: slice, known: Columns, chunk: Chunk, trains: bool) -> None:
    """Say of what an earlier message said that it stands here for the second time."""
    messages = known.messages[stretch]
    earlier = (messages < chunk.message) & (messages != NO_MESSAGE)
    if not earlier.any():
        return
    sentence = (
        f"{'Trained' if trains else 'Masked'}: repeated, since the template writes an earlier message "
        f"otherwise once message {chunk.message + 1} follows; here it is in the chunk of that one."
    )
    again = Reason("nemo-rl-repeated", sentence, {"message": chunk.message})
    sheet.put(stretch.start + np.flatnonzero(earlier), sheet.row(again, float(trains)))


_REST = Reason("nemo-rl", "Masked: in the chunk of a message that is not the assistant's.")
_KEPT = Reason(
    "nemo-rl-assistant",
    "Trained: in the chunk that an assistant message adds to the rendering, trained whole.",
)
_FINAL_REST = Reason("nemo-rl-final", "Masked: not in the last message's chunk, `only_unmask_final: true`.")
_FINAL = Reason("nemo-rl-final", "Trained: in the last message's chunk, `only_unmask_final: true`.")


STRATEGY = Strategy(
    name="nemo-rl",
    title="NeMo-RL SFT",
    meaning="Tokenizes what each message adds to the rendering, and trains what the assistant's add.",
    framework="NeMo-RL",
    version="7ea279ab",
    source="NeMo-RL 7ea279ab, nemo_rl/data/llm_message_utils.py",
    options=(
        Option(
            "add_bos",
            "flag",
            True,
            "Write BOS before the first chunk unless it begins with it.",
            config="data.add_bos: {value}",
        ),
        Option(
            "add_eos",
            "flag",
            True,
            "Write EOS after the last chunk unless it ends with it, newlines aside.",
            config="data.add_eos: {value}",
        ),
        Option(
            "add_generation_prompt",
            "flag",
            False,
            "Put the assistant's header into the chunk before, which is masked.",
            config="data.add_generation_prompt: {value}",
        ),
        Option(
            "only_unmask_final",
            "flag",
            False,
            "Train the last message only, whoever wrote it.",
            config="sft.only_unmask_final: {value}",
        ),
        Option(
            "max_seq_length",
            "integer",
            1024,
            "A row of this many tokens or more counts nothing.",
            least=1,
            config="policy.max_total_sequence_length: {value}",
        ),
    ),
    examples=examples,
    known_differences=("A row that is too long is shown as dropped; NeMo-RL keeps a weightless stub of it.",),
)
