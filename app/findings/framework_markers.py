"""LM701 to LM703: a marker that is nowhere, that matches what it should not, or whose tokens change."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ..strategies.turns import Turn
from .base import Found, Rule, Severity
from .markers import Marker, Place, header, ids_between, markers_of, matches, texts, working_text
from .mends import broken_up
from .subject import Subject
from .words import listed


def find_missing(subject: Subject) -> Iterator[Found]:
    """LM701."""
    for marker in _relevant(subject):
        if marker.starts or (_in_headers(subject, marker) and not marker.holds_padding):
            continue
        yield _missing(subject, marker)


def find_misplaced(subject: Subject) -> Iterator[Found]:
    """LM702."""
    for marker in markers_of(subject):
        wrong = [
            (span, place) for span, place in matches(subject, marker) if _is_wrong(subject, marker, place)
        ]
        if wrong:
            yield _misplaced(subject, marker, wrong)


def find_retokenized(subject: Subject) -> Iterator[Found]:
    """LM703."""
    for marker in _relevant(subject):
        if marker.holds_padding:
            continue
        opened = {place.turn for _, place in matches(subject, marker) if place.what == "header"}
        lost = [place for place in _in_headers(subject, marker) if place.turn not in opened]
        lost = [place for place in lost if not marker.starts or _matters(subject, marker, place.turn)]
        if lost:
            yield _retokenized(subject, marker, lost)


def _relevant(subject: Subject) -> list[Marker]:
    """The markers that this conversation needs."""
    return [marker for marker in markers_of(subject) if _is_needed(subject, marker)]


def _is_needed(subject: Subject, marker: Marker) -> bool:
    turns = [turn for turn in subject.context.turns.turns if turn.role == marker.role]
    if marker.option != "instruction_part":
        return bool(turns)
    # Unsloth ends a reply at its EOS too, and looks for no instruction before the first reply.
    answered = subject.assistants[:1]
    later = [turn for turn in turns if answered and turn.start > answered[0].start]
    return bool(later) and (marker.given or subject.options["version"] == "2026.8")


def _matters(subject: Subject, marker: Marker, turn: Turn | None) -> bool:
    """Whether a turn that its marker does not open changes labels, where others are opened."""
    if turn is None or not subject.assistants:
        return False
    if marker.role == "user":
        return turn.start > subject.assistants[0].start
    is_last_only = subject.options.get("instruction_template", "") is None
    return not is_last_only or turn.message == subject.assistants[-1].message


def _in_headers(subject: Subject, marker: Marker) -> list[Place]:
    """Where the marker's text opens a turn of its role, whatever its ids are there."""
    found = texts(subject, marker)
    return [
        place for place in found if place.what == "header" and place.turn and place.turn.role == marker.role
    ]


def _missing(subject: Subject, marker: Marker) -> Found:
    severity: Severity = "warning" if marker.option == "instruction_part" else "error"
    if marker.holds_padding:
        said = f"{_said(marker)} holds the padding token ({marker.padding}), which the collator masks first"
        fix = "tokenizer.pad_token = a token that stands nowhere in the text"
        return Found(f"{said}: it matches nowhere{_effect(marker)}.", (), fix, severity)
    near = header(subject, marker.role)
    sentence = f"{_said(marker)}, and these ids are nowhere in the row{_effect(marker)}."
    if near is None:
        return Found(sentence, (), _fix(subject, marker), severity)
    span, ids = ids_between(subject, *near)
    written = subject.context.rendering.text[slice(*near)]
    sentence += f" What opens {marker.role} turns there is {written!r}: {listed(ids.tolist())}."
    return Found(sentence, _tokens(subject, [span]), _fix(subject, marker), severity)


def _retokenized(subject: Subject, marker: Marker, lost: Sequence[Place]) -> Found:
    spans = [ids_between(subject, place.start, place.end) for place in lost]
    turn = lost[0].turn
    assert turn is not None, "what opens a turn has one"
    more = f" (and {len(lost) - 1} more)" if len(lost) > 1 else ""
    effect = "" if marker.starts else _effect(marker)
    sentence = (
        f"{_said(marker)}, but where the same text opens turn {turn.message + 1}{more} its ids are "
        f"{listed(spans[0][1].tolist())}: the marker does not match there{effect}."
    )
    severity: Severity = "warning" if marker.starts or marker.option == "instruction_part" else "error"
    fix = _fix(subject, marker, marker.text)
    return Found(sentence, _tokens(subject, [span for span, _ in spans]), fix, severity)


def _is_wrong(subject: Subject, marker: Marker, place: Place) -> bool:
    """Whether a match is neither where it belongs nor harmless."""
    role = None if place.turn is None else place.turn.role
    if marker.role == "user":
        if place.what == "content":
            return role == "assistant" or marker.option == "instruction_template"
        return place.what == "header" and role == "assistant"
    if place.what == "content":
        return True
    if place.turn is None:
        return not _is_prompt(subject, place)
    return role != "assistant"


def _is_prompt(subject: Subject, place: Place) -> bool:
    text, prompt = subject.context.rendering.text, subject.context.generation_prompt
    return bool(prompt) and text.endswith(prompt) and place.end > len(text) - len(prompt)


def _misplaced(subject: Subject, marker: Marker, wrong: Sequence[tuple[tuple[int, int], Place]]) -> Found:
    (first, place) = wrong[0]
    more = f", and {len(wrong) - 1} more such matches" if len(wrong) > 1 else ""
    sentence = f"`{marker.option}` {marker.text!r} also matches {_where(place)} (token {first[0]}{more})"
    is_last_only = subject.options.get("instruction_template", "") is None
    is_harmless = is_last_only and marker.starts[-1] != wrong[-1][0][0]
    effect = "the last match decides, so nothing changes here" if is_harmless else _meaning(marker, place)
    fix = f"Break the marker up in the data:\n{broken_up(marker.text)}"
    if place.what != "content":
        fix = _fix(subject, marker)
    spans = _tokens(subject, [span for span, _ in wrong])
    return Found(f"{sentence}: {effect}.", spans, fix, "note" if is_harmless else None)


def _where(place: Place) -> str:
    if place.turn is None:
        return "inside a message" if place.what == "content" else "text outside every turn"
    turn = f"turn {place.turn.message + 1} ({place.turn.role})"
    return f"inside what {turn} says" if place.what == "content" else f"what the template writes for {turn}"


def _meaning(marker: Marker, place: Place) -> str:
    role = "" if place.turn is None else place.turn.role
    if marker.role == "user":
        return "a reply is taken to end there, or the pairs of markers shift"
    if marker.option == "response_template" and role == "assistant":
        return "what the reply says before it is masked, or the pairs of markers shift"
    return "what follows it is taken for a reply" if role != "assistant" else "the reply is cut in two there"


def _said(marker: Marker) -> str:
    return f"`{marker.option}` {marker.text!r} alone is {listed(marker.ids)}"


def _effect(marker: Marker) -> str:
    if marker.option == "instruction_part":
        return ", so a reply is not ended by it"
    return ", so nothing in the row trains" if marker.role == "assistant" else ", so the whole row is masked"


def _fix(subject: Subject, marker: Marker, text: str | None = None) -> str:
    working = working_text(subject, marker.role, text)
    option = next(option for option in subject.strategy.options if option.name == marker.option)
    if working is None:
        return f"{marker.option} = what the template writes before each {marker.role} turn"
    return option.config_line(working, subject.strategy.config_kind)


def _tokens(subject: Subject, spans: Sequence[tuple[int, int]]) -> tuple[tuple[int, int], ...]:
    """Spans of the rendering, where they are the first example's too."""
    if subject.first is None or not subject.same_tokens:
        return ()
    count = len(subject.first.example.tokens)
    return tuple(span for span in spans if span[0] < span[1] <= count)


def _talk(reply: str = "to bake pancakes, one takes a pan") -> dict[str, object]:
    messages = [
        {"role": "user", "content": "give me a recipe to bake pancakes"},
        {"role": "assistant", "content": reply},
    ]
    return {"messages": messages}


def _trl(response: str) -> dict[str, object]:
    return {"name": "trl-response-template", "options": {"response_template": response}}


_CHATML = "<|im_start|>assistant\n"
_PLAIN = (
    "{%- for message in messages %}{{- '### ' + message.role + ':\n' + message.content + '\n\n' }}"
    "{%- endfor %}"
)
_HEALTHY = {"conversation": _talk(), "chat_template": "bundled:chatml", "strategy": _trl(_CHATML)}

RULES: tuple[Rule, ...] = (
    Rule(
        "LM701",
        "error",
        "The marker of a turn is nowhere in the row",
        "Frameworks that find replies by a marker search for its token ids. Where they are nowhere, every "
        "token is masked; the framework says so in a warning at most, or drops the row.",
        find_missing,
        failing={**_HEALTHY, "strategy": _trl("### Response:\n")},
        mended={"strategy": _trl(_CHATML)},
        healthy=_HEALTHY,
        sources=(
            "https://github.com/unslothai/unsloth/issues/2117",
            "https://github.com/unslothai/unsloth/issues/3198",
        ),
    ),
    Rule(
        "LM702",
        "warning",
        "The marker matches where no turn of its role begins",
        "A message that quotes the marker, or a marker that opens other turns too, moves the mask: replies "
        "lose what stands before the quote, or text of others is trained.",
        find_misplaced,
        failing={**_HEALTHY, "conversation": _talk("ChatML opens a reply with <|im_start|>assistant\n: so.")},
        mended={"conversation": _talk("ChatML opens a reply with < |im_start|>assistant\n: so.")},
        healthy=_HEALTHY,
        sources=("https://github.com/NVIDIA-NeMo/Megatron-Bridge/pull/5166",),
    ),
    Rule(
        "LM703",
        "error",
        "The marker has other tokens in the text than alone",
        "Tokenizers join a marker's edges to what stands beside it, so its ids in the text may not be those "
        "of the marker alone, and it does not match although the text is there.",
        find_retokenized,
        failing={**_HEALTHY, "chat_template": _PLAIN, "strategy": _trl("\n### assistant:\n")},
        mended={"strategy": _trl("### assistant:\n")},
        healthy=_HEALTHY,
        sources=(
            "https://github.com/huggingface/trl/issues/1920",
            "https://github.com/huggingface/trl/issues/598",
            "https://github.com/unslothai/unsloth/issues/6919",
        ),
    ),
)
