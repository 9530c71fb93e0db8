"""open-instruct's Tulu tokenization: trains assistant turns that prefix renders locate.

Source: open-instruct at commit e6c3044a, `dataset_transformation.py`, the functions
`sft_tulu_tokenize_and_truncate_v1` and `last_turn_tulu_tokenize_and_truncate_v1`, each followed
by `sft_tulu_filter_v1`, with the tokenizer of `get_tokenizer_tulu_v2_2`.
Rule: a turn reaches from the end of its generation prompt to the end of the render through
it. Where both are prefixes of the whole text, every token that overlaps a turn is trained.
Where one turn's are not, all turns are placed by the token counts of their prefixes and
verified against the contents of the messages; a turn that fails costs the row. The hole in
it, kept: a turn whose content the template rewrites is not verified, and may train the next.
Reduction: `finetune.py` takes the mean that the model returns for each micro-batch, and accelerate
averages those over accumulation steps and ranks.
Covered: both functions, truncation, `add_bos` and its errors, formats by name, rows filtered
out. Not covered: the formats named in `open_instruct_templates`, the padding token that is
added, and the BOS that a GPTNeoX tokenizer gets.
"""

from __future__ import annotations

from ..core.example import Example, Reason, Refusal
from ..core.request import Choice
from ..core.tokens import Tokens
from ..errors import TemplateError
from .base import Option, Options, Strategy
from .context import Context
from .no_tools import without_empty_tools
from .open_instruct_check import Check, NotVerified
from .open_instruct_templates import BOS, CHAT_TEMPLATES, chosen_template
from .prefixes import Prefixes, Span, overlapping
from .sheet import Sheet

_ALL_TURNS, _LAST_TURN = (f"{turns}_tulu_tokenize_and_truncate_v1" for turns in ("sft", "last_turn"))
_REST = Reason("open-instruct-outside", "Masked: outside every assistant turn that the prefix renders tell.")


def examples(context: Context, options: Options) -> list[Example]:
    """One example, trained inside the assistant turns.

    Raises:
        Refusal: as open-instruct filters the row out or raises.
    """
    _check_bos(context, options)
    context = without_empty_tools(context)
    tokens = _cut(context, options["max_seq_length"])
    sheet = Sheet(context.rendering, tokens, _REST)
    messages = _trainable(context, options)
    prefixes = Prefixes(context)
    spans = _character_spans(prefixes, messages, context.rendering.text)
    if spans is None:
        _train_counted(sheet, context, prefixes, messages, options["max_seq_length"])
    else:
        _train_overlapping(sheet, dict(zip(messages, spans, strict=True)))
    if not sheet.trained.any():
        raise Refusal("dropped", "No label is left to train, so `sft_tulu_filter_v1` filters the row out.")
    return [sheet.example(cut_tokens=len(context.tokens) - len(tokens))]


def _check_bos(context: Context, options: Options) -> None:
    """What `get_tokenizer_tulu_v2_2` refuses."""
    name, add_bos = options["chat_template_name"], options["add_bos"]
    if "olmo" in context.tokenizer.name.lower() and name is not None and ("olmo" in name) == add_bos:
        needs = "must not" if add_bos else "must"
        raise Refusal("error", f"An OLMo tokenizer with `chat_template_name` {name} {needs} have `add_bos`.")
    own, bos = context.source.removeprefix(BOS), context.tokenizer.special_tokens.get("bos_token")
    if add_bos and (own.startswith(BOS) or (bos is not None and own.startswith(bos))):
        raise Refusal("error", "`add_bos` is on, and the chat template begins with BOS already.")


def _cut(context: Context, length: int | None) -> Tokens:
    """The row as the tokenizer cuts it."""
    if length is None or context.tokenizer.truncation_side == "right":
        return context.tokens.head(length)
    return context.tokens.part(slice(max(len(context.tokens) - length, 0), None))


def _trainable(context: Context, options: Options) -> list[int]:
    conversation = context.conversation
    found = [index for index in range(len(conversation.messages)) if conversation.role(index) == "assistant"]
    return found[-1:] if options["transform_fn"] == _LAST_TURN else found


def _character_spans(prefixes: Prefixes, messages: list[int], text: str) -> list[Span] | None:
    """The turns in characters; None from the first one on whose prefixes are none of the whole text."""
    found = []
    for message in messages:
        try:
            span = prefixes.character_span(message, text)
        except TemplateError as error:
            sentence = f"The template refuses the messages around turn {message + 1} alone: {error.detail}"
            raise Refusal("dropped", f"{sentence} open-instruct then masks the whole row.") from None
        if span is None:
            return None
        found.append(span)
    return found


def _train_overlapping(sheet: Sheet, spans: dict[int, Span]) -> None:
    for message, span in spans.items():
        sentence = f"Trained: overlaps turn {message + 1}, from its generation prompt's end to its own end."
        reason = Reason("open-instruct-turn", sentence, {"message": message, "characters": list(span)})
        sheet.train(overlapping(sheet.tokens, [span]), reason)


def _train_counted(
    sheet: Sheet, context: Context, prefixes: Prefixes, messages: list[int], length: int | None
) -> None:
    """Turns placed by token counts, and verified where the template writes their content as it is."""
    check = Check(context, sheet.tokens)
    try:
        spans = {message: prefixes.token_span(message, length) for message in messages}
        for message, span in spans.items():
            is_verified = check.verify(message, span)
            sheet.train(slice(*span), _counted(message, span, is_verified))
    except TemplateError as error:
        raise Refusal("error", f"The template refuses the first messages alone: {error.detail}") from None
    except NotVerified as error:
        sentence = f"The spans of assistant turns cannot be derived: {error}"
        raise Refusal("dropped", f"{sentence}. open-instruct masks the whole row.") from None


def _counted(message: int, span: Span, is_verified: bool) -> Reason:
    how = "verified against its content" if is_verified else "not verified: its content is not there as it is"
    where = (
        f"where token counts place turn {message + 1}, since a prefix render is no prefix of the whole text"
    )
    return Reason(
        "open-instruct-counted", f"Trained: {where}; {how}.", {"message": message, "tokens": list(span)}
    )


STRATEGY = Strategy(
    name="open-instruct",
    title="open-instruct",
    meaning="Trains assistant turns from the end of the generation prompt to the end of the turn.",
    framework="open-instruct",
    version="e6c3044a",
    source="open-instruct e6c3044a, open_instruct/dataset_transformation.py",
    options=(
        Option(
            "transform_fn",
            "choice",
            _ALL_TURNS,
            "The transformation: every assistant turn, or the last one only.",
            (_ALL_TURNS, _LAST_TURN),
            config="dataset_transform_fn: [{value}, sft_tulu_filter_v1]",
        ),
        Option(
            "max_seq_length",
            "integer",
            None,
            "Cut every row to this many tokens, at the end that the tokenizer cuts (`truncation_side`).",
            least=1,
            config="max_seq_length: {value}",
        ),
        Option(
            "chat_template_name",
            "choice",
            None,
            "A chat format of open-instruct's in place of the tokenizer's own.",
            tuple(CHAT_TEMPLATES),
            config="chat_template_name: {value}",
        ),
        Option("add_bos", "flag", False, "Put BOS before the chat template.", config="add_bos: {value}"),
    ),
    examples=examples,
    reduction=Choice("micro-batch-mean"),
    known_differences=(
        "Of open-instruct's own chat formats, those that open with a page of instructions are not offered.",
        "open-instruct may add a token <pad>; a conversation with this text is then tokenized otherwise.",
    ),
    chat_template=chosen_template,
)
