"""Unsloth's `train_on_responses_only`: trains what follows each match of a reply's marker.

Source: unsloth_zoo 2026.10.9, `dataset_utils.py`; for `version: 2026.8`, the same file at
commit ce232d6c of 20 August 2026.
Rule: both markers are searched for as token ids. At 2026.10 a reply runs from a match of
`response_part` through the first EOS, or to the next BOS, message opener or marker; at
2026.8 to the next `instruction_part`, so newlines and the turns of systems and tools in
between are trained. A row without a trained token is dropped.
Covered: markers given or detected from the template, `force_match`, `last_response_only`,
`mask_out_tokens`, truncation on the right, the errors of markers that cannot be resolved.
Not covered: labels that a row brings along, image processors, MLX, and that a dataset of
which nothing is left raises.
"""

from __future__ import annotations

from ..core.example import Example, Reason, Refusal
from ..core.provenance import IntArray
from .base import Option, Options, Strategy
from .context import Context
from .markers import find_all
from .sheet import Sheet
from .unsloth_marker import Marker, resolve
from .unsloth_parts import detect_parts
from .unsloth_spans import EndedBy, Markers, Reply, find_replies, join_markers

_BEFORE = Reason("unsloth-before", "Masked: before the first `response_part` match.")


def examples(context: Context, options: Options) -> list[Example]:
    """One example, trained inside the replies that the markers tell.

    Raises:
        Refusal: as Unsloth drops the row or raises.
    """
    markers = _markers(context, options)
    tokens = context.tokens.head(options["max_seq_length"])
    sheet = Sheet(context.rendering, tokens, _BEFORE)
    replies = find_replies(tokens.ids.tolist(), markers)
    for number, reply in enumerate(replies, start=1):
        _put_reply(sheet, reply, number, options["last_response_only"] and number < len(replies))
    _mask_out(sheet, context, options)
    if not sheet.trained.any():
        raise Refusal("dropped", _nothing(len(replies)))
    return [sheet.example(cut_tokens=len(context.tokens) - len(tokens))]


def _markers(context: Context, options: Options) -> Markers:
    instruction, response = options["instruction_part"], options["response_part"]
    version = options["version"]
    if (instruction is None) != (response is None):
        raise Refusal("error", "Unsloth takes `instruction_part` and `response_part` both, or neither.")
    if instruction is None:
        instruction, response = detect_parts(context.source, context.tokenizer, version)
    first, second = (
        _resolved(name, text, context, options)
        for name, text in (("instruction_part", instruction), ("response_part", response))
    )
    return join_markers(first, second, context.tokenizer, version)


def _resolved(name: str, text: str, context: Context, options: Options) -> Marker:
    marker = resolve(text, context.tokenizer, options["force_match"], options["version"])
    if marker is None:
        raise Refusal("error", f"`{name}` has no token ids that stay the same, so Unsloth raises.")
    return marker


def _put_reply(sheet: Sheet, reply: Reply, number: int, is_passed_over: bool) -> None:
    """Reasons from the match that opens a reply to the end of the row; later replies overrule."""
    detail = {"reply": number, "ended_by": reply.ended_by}
    opened = f"Masked: the `response_part` match that opens reply {number}."
    sheet.mask(slice(reply.opened, reply.start), Reason("unsloth-marker", opened, detail))
    after = f"Masked: after reply {number}, which {_ENDS[reply.ended_by]} ended."
    sheet.mask(slice(reply.end, None), Reason("unsloth-after", after, detail))
    where = slice(reply.start, reply.end)
    if is_passed_over:
        sentence = f"Masked: reply {number} is not the last, and `last_response_only` is on."
        sheet.mask(where, Reason("unsloth-not-last", sentence, detail))
        return
    sentence = f"Trained: reply {number}, from its `response_part` match to {_REACHES[reply.ended_by]}."
    sheet.train(where, Reason("unsloth-reply", sentence, detail))


_ENDS: dict[EndedBy, str] = {
    "eos": "its EOS",
    "bos": "a BOS",
    "opener": "the opener of the next message",
    "response_part": "another `response_part` match",
    "instruction_part": "an `instruction_part` match",
    "row": "the row's end",
}
_REACHES: dict[EndedBy, str] = {
    "eos": "the EOS, which is part of it",
    "bos": "the next BOS",
    "opener": "the special tokens that open the next message",
    "response_part": "the next `response_part` match",
    "instruction_part": "the next `instruction_part` match",
    "row": "the end of the row",
}


def _mask_out(sheet: Sheet, context: Context, options: Options) -> None:
    """Mask every match of `mask_out_tokens`, inside replies too."""
    entries = options["mask_out_tokens"] or ()
    if entries and options["version"] == "2026.8":
        raise Refusal("error", "Unsloth of August 2026 has no `mask_out_tokens`.")
    for entry in entries:
        row = sheet.row(Reason("unsloth-masked-out", f"Masked: {entry!r} is in `mask_out_tokens`."), 0.0)
        for ids in _spellings(entry, context):
            for place in find_all(sheet.tokens.ids, ids).tolist():
                sheet.put(slice(place, place + len(ids)), row)


def _spellings(entry: str, context: Context) -> list[IntArray]:
    """The ids of a text; those after a space too, where they are others and not the space's own and these."""
    bare, spaced = (context.tokenizer.encode(text).ids for text in (entry, f" {entry}"))
    return [bare] if not len(bare) or len(find_all(spaced, bare)) else [bare, spaced]


def _nothing(replies: int) -> str:
    if not replies:
        return "Every label is -100: `response_part` matches nowhere in the row. Unsloth removes it."
    return f"Every label is -100, with {replies} `response_part` matches in the row. Unsloth removes it."


STRATEGY = Strategy(
    name="unsloth-responses-only",
    title="Unsloth, responses only",
    meaning="Trains what follows each match of a reply's marker, as `train_on_responses_only` does.",
    framework="unsloth_zoo",
    version="2026.10.9",
    source="unsloth_zoo 2026.10.9, dataset_utils.py, train_on_responses_only",
    config_kind="python",
    options=(
        Option(
            "version",
            "choice",
            "2026.10",
            "Which of the two behaviours in the field: a reply ends at its EOS, or at the next instruction.",
            ("2026.10", "2026.8"),
        ),
        Option(
            "instruction_part",
            "text",
            None,
            "The text that opens a user turn; detected from the chat template where neither part is given.",
            config="instruction_part={value}",
        ),
        Option(
            "response_part",
            "text",
            None,
            "The text that opens an assistant turn; detected where neither part is given.",
            config="response_part={value}",
        ),
        Option(
            "force_match",
            "flag",
            True,
            "Match the markers with their newlines; off, with what they keep beside spaces and newlines.",
            config="force_match={value}",
        ),
        Option(
            "last_response_only",
            "flag",
            False,
            "Train the last reply only.",
            config="last_response_only={value}",
        ),
        Option(
            "mask_out_tokens",
            "list",
            None,
            "Texts to mask inside replies too, such as </think>.",
            config="mask_out_tokens={value}",
        ),
        Option(
            "max_seq_length",
            "integer",
            None,
            "Cut every row to this many tokens, on the right, before the markers are searched for.",
            least=1,
            config="max_seq_length={value}",
        ),
    ),
    examples=examples,
    known_differences=(
        "Unsloth raises where a whole dataset has no trained token; one such row is called dropped here.",
    ),
)
