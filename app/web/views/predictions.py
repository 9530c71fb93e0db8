"""What the model is asked for at each position, in facts and in words: *context → next token*.

Position t - 1 predicts the label at t, so position 0 is never predicted, and nothing is
predicted from the last token. `static/js/predictions.js` says the same of any drawn token; a
test in the browser holds the two together. What stands on another page of tokens is not asked,
apart from the one token before the first drawn.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, NamedTuple, TypeAlias

import numpy as np

from ...core.analysis import ExampleAnalysis
from ...core.conversation import Conversation
from ...core.example import MASKED
from ...core.parts import PARTS
from .columns import STATE_NAMES, StateColumn, StateName
from .drawing import Drawing, drawn

LONGEST = 40
"""Characters of a token that a sentence quotes."""
MOST_QUOTED = 3
"""Tokens that are quoted as what stands before, where the last ones are white space alone."""
BLANKS = "·↵→"
SAID = ("content", "thinking", "tool_call")
ENDS = ("end_of_turn", "eos")

Place: TypeAlias = Literal["begins", "ends"]


class Likeliest(NamedTuple):
    """The token that the model finds likeliest; `asked` where it is the one asked for."""

    piece: str
    probability: float
    asked: bool


@dataclass(frozen=True, slots=True)
class Prediction:
    """One prediction: what stands before, and what is asked for at `position`.

    `before` and `token` are as drawn. `answer` tells the first token of an assistant's reply
    from the one that ends it. With `prompt`, the token belongs to the generation prompt.
    """

    position: int
    state: StateName
    before: str
    token: str
    id: int
    label: int
    weight: float
    answer: Place | None
    last: bool
    prompt: bool
    probability: float | None = None
    likeliest: Likeliest | None = None


@dataclass(frozen=True, slots=True)
class Predictions:
    """The predictions of the drawn tokens, `start` to `end`, of one example."""

    analysed: ExampleAnalysis
    states: StateColumn
    drawing: Drawing
    conversation: Conversation
    start: int
    end: int

    def at(self, position: int) -> Prediction:
        """The prediction of the token at a drawn position."""
        example = self.analysed.example
        return Prediction(
            position=position,
            state=STATE_NAMES[int(self.states[position])],
            before=self.before(position),
            token=self.shown(position),
            id=int(example.tokens.ids[position]),
            label=int(example.labels[position]),
            weight=float(example.weights[position]),
            answer=self._answer(position),
            last=position + 1 == len(self.states),
            prompt=self._part(position) == "generation_prompt",
            probability=self._probability(position),
            likeliest=self._likeliest(position),
        )

    def shown(self, position: int) -> str:
        """A token as it is drawn, on one line; also that before the first drawn."""
        if position >= self.start:
            segments = self.drawing.segments[position - self.start]
        else:
            example = self.analysed.example
            segments = next(drawn(example.rendering.text, example.tokens, position, position + 1))[1]
        return "".join(text for _, text in segments).replace("\n", "")

    def before(self, position: int) -> str:
        """What stands before a position, as drawn: a token, and another where that is white space alone."""
        if position == 0:
            return ""
        first = position - 1
        while first > self.start and position - first < MOST_QUOTED and not self.shown(first).strip(BLANKS):
            first -= 1
        return "".join(map(self.shown, range(first, position)))

    def _part(self, position: int) -> str:
        return PARTS[int(self.analysed.parts[position])]

    def _answer(self, position: int) -> Place | None:
        message = int(self.analysed.messages[position])
        known = 0 <= message < len(self.conversation.messages)
        role = self.conversation.role(message) if known else ""
        part = self._part(position)
        if part in ENDS and (role == "assistant" or (part == "eos" and message < 0)):
            same = position > self.start and self._part(position - 1) == part
            return None if same else "ends"
        return "begins" if role == "assistant" and part in SAID and self._is_first(position) else None

    def _is_first(self, position: int) -> bool:
        """Whether nothing of its message is said before; no where another page draws how it begins."""
        message = self.analysed.messages[position]
        for earlier in range(position - 1, self.start - 1, -1):
            if self.analysed.messages[earlier] != message:
                return True
            if self._part(earlier) in SAID:
                return False
        return self.start == 0

    def _probability(self, position: int) -> float | None:
        losses = self.analysed.losses
        if losses is None or np.isnan(losses.cross_entropy[position]):
            return None
        # Six digits, as they travel to the page's script.
        return float(np.exp(-float(f"{losses.cross_entropy[position]:.6g}")))

    def _likeliest(self, position: int) -> Likeliest | None:
        losses, example = self.analysed.losses, self.analysed.example
        row = losses.likeliest[position] if losses is not None and losses.likeliest is not None else ()
        if not row:
            return None
        label = int(example.labels[position])
        asked = int(example.tokens.ids[position]) if label == MASKED else label
        return Likeliest(row[0].piece, row[0].probability, row[0].id == asked)


class Piece(NamedTuple):
    """A piece of a sentence, as words or as code."""

    text: str
    code: bool = False


def words(one: Prediction) -> tuple[Piece, ...]:
    """One prediction in sentences.

    >>> "".join(piece.text for piece in words(first prediction of an answer))
    'After <a> (position 5) the model is asked for hello (position 6): trained. It is the first
    word of the answer: generation starts here.'
    """
    rest = _place(one) + _weight(one) + _last(one)
    found = (*_asked(one), Piece(rest), *_known(one))
    return tuple(piece for piece in found if piece.text)


def _asked(one: Prediction) -> tuple[Piece, ...]:
    token = Piece(short(one.token), True)
    if one.position == 0:
        unused = " It has a label, but no prediction uses it." if one.state == "unused" else ""
        return (
            Piece("Position 0, "),
            token,
            Piece(f", is never predicted: nothing stands before it.{unused}"),
        )
    head = (
        Piece("After "),
        Piece(short(one.before), True),
        Piece(f" (position {one.position - 1}) the model is asked for "),
    )
    if one.state == "masked":
        masked = f" (position {one.position}): masked. The prediction happens, but its loss is ignored."
        return (*head, token, Piece(masked))
    if one.label == one.id:
        return (*head, token, Piece(f" (position {one.position}): trained."))
    other = f"id {one.label} (position {one.position}): trained. The label differs from the token there, "
    return (*head, Piece(other), token, Piece(f" (id {one.id})."))


def _place(one: Prediction) -> str:
    if one.position == 0 or one.answer is None:
        return ""
    if one.answer == "begins":
        return " It is the first word of the answer: generation starts here."
    if one.state == "trained":
        return " It ends the answer: this prediction teaches to stop."
    return " It ends the answer: masked, it does not teach to stop."


def _weight(one: Prediction) -> str:
    if one.state != "trained" or one.weight == 1:
        return ""
    return f" Its weight is {one.weight:.4g}{', so it adds nothing' if one.weight == 0 else ''}."


def _last(one: Prediction) -> str:
    if not one.last:
        return ""
    prompt = " At inference, generation starts after it." if one.prompt else ""
    return f" It is the last token: no label follows, so nothing is predicted from it.{prompt}"


def _known(one: Prediction) -> tuple[Piece, ...]:
    if one.position == 0 or one.probability is None:
        return ()
    given = f" The model gives it probability {odds(one.probability)}"
    if one.likeliest is None:
        return (Piece(f"{given}."),)
    if one.likeliest.asked:
        return (Piece(f"{given}, more than any other token."),)
    likeliest = Piece(short(one.likeliest.piece), True)
    return (
        Piece(f"{given}; the likeliest is "),
        likeliest,
        Piece(f" ({odds(one.likeliest.probability)})."),
    )


def brief(one: Prediction) -> str:
    """One prediction in a few words, to be heard."""
    asked = f"{spoken(one.token)}, position {one.position}"
    if one.position == 0:
        return f"Never predicted: {asked}."
    wanted = asked if one.label in (one.id, MASKED) else f"id {one.label}, position {one.position}"
    state = "trained" if one.state == "trained" else "masked"
    known = "" if one.probability is None else f", probability {odds(one.probability)}"
    return f"After {spoken(one.before)}, position {one.position - 1}: {wanted}, {state}{known}."


def odds(probability: float) -> str:
    """A probability in two digits that never rounds something to nothing or nearly all to all.

    >>> odds(0.6065), odds(0.0001), odds(0.9999)
    ('0.61', 'under 0.01', 'over 0.99')
    """
    if probability < 0.005:
        return "under 0.01"
    if 0.995 < probability < 1:
        return "over 0.99"
    return f"{probability:.2f}"


def short(text: str) -> str:
    """At most `LONGEST` characters."""
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 1]}…"


def spoken(shown: str) -> str:
    """A drawn token as it is read aloud.

    >>> spoken("<|end|>↵↵"), spoken("·two")
    ('<|end|> line break line break', 'two')
    """
    plain = shown.replace("↵", " line break ").replace("→", " tab ").replace("·", " ")
    return short(" ".join(filter(None, plain.split(" ")))) or "space"
