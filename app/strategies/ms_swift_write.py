"""ms-swift's rounds as contexts: stretches of text that are a reply, the end of the row, or neither.

Source: ms_swift 4.6.0, `template/base.py`, `_swift_encode` and `_concat_context_list`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, TypeAlias

from ..core.example import Refusal
from ..core.provenance import NO_MESSAGE, Origin
from ..rendering.traced import Traced
from ..tokenization.tokenizer import Tokenizer
from .families.text import Scribe, joined, single, slots
from .joined import Piece
from .ms_swift_contexts import Context, Type
from .ms_swift_formats import DATE, QUERY, SYSTEM, Format
from .ms_swift_read import Said

Value: TypeAlias = tuple[str, Any]
"""A mark, and what stands in its place."""


@dataclass
class Writer:
    """Writes one row out of prepared messages."""

    scribe: Scribe
    chosen: Format
    tokenizer: Tokenizer
    today: str
    thinks: bool
    """Whether a reply that is asked for is to think."""

    def contexts(self, said: list[Said], system: Any) -> list[Context]:
        """The row's contexts; `said` gets the turns that ms-swift adds.

        Raises:
            Refusal: `error`, where ms-swift asserts.
        """
        _complete(said)
        if self.chosen.between is None:
            del said[:-2]
        rounds = list(zip(said[::2], said[1::2], strict=False))
        ahead, behind = self._around() if self.chosen.adds_bos else ([], [])
        found = [Context("", piece, "other", NO_MESSAGE, 0) for piece in ahead]
        found += self._prefix(system)
        for number, (question, reply) in enumerate(rounds):
            after = said[2 * number + 2] if number + 1 < len(rounds) else None
            found += self._round(question, reply, after, number, len(rounds), system, bool(behind))
        count = len(rounds)
        return found + [Context("", piece, "suffix", NO_MESSAGE, count) for piece in behind]

    def suffix(self) -> list[Piece]:
        """The pieces of the end of a turn."""
        return self.scribe.pieces(slots(self.chosen.suffix), self.tokenizer)

    def _around(self) -> tuple[list[Piece], list[Piece]]:
        """What the tokenizer puts before and after a text."""
        whole, alone = self.tokenizer.encode("a", add_special_tokens=True), self.tokenizer.encode("a")
        if len(alone) != 1:
            raise Refusal("error", "ms-swift asserts that `a` is one token.")
        row = list(zip(whole.ids.tolist(), whole.pieces, strict=True))
        at = [number for number, _ in row].index(int(alone.ids[0]))
        return [self._added(*one) for one in row[:at]], [self._added(*one) for one in row[at + 1 :]]

    def _added(self, number: int, text: str) -> Piece:
        name = "bos_token" if number == self.tokenizer.bos_id else "eos_token"
        traced = self.scribe.from_(Origin("variable", name=name), text)
        return Piece(self.scribe.rendering(traced), single(number, text))

    def _prefix(self, system: Any) -> list[Context]:
        inside = self.chosen.system_prompt is not None
        prefix = self.chosen.prefix if inside or not system else self.chosen.system_prefix
        if prefix is None:
            raise Refusal("error", "The format has no place for a system prompt, and the tools make one.")
        owner = 0 if system and self.scribe.messages[0]["role"] == "system" else NO_MESSAGE
        form = prefix.replace(DATE, self.today)
        found = self._texts(form, owner, None, (SYSTEM, system))
        return [context._replace(round=0) for context in found]

    def _texts(self, form: str, message: int, number: int | None, *values: Value) -> Iterator[Context]:
        """A form's texts with what their marks stand for, special tokens apart."""
        for slot in slots(form):
            if slot.special:
                yield Context("", self._special(slot.special, message), "other", message, number or 0)
                continue
            yield from self._text(slot.text, message, number, *values)

    def _special(self, name: str, message: int) -> Piece:
        piece = self.scribe.special(name, self.tokenizer, message)
        if piece is None:
            raise Refusal("error", f"The format wants a `{name}`, and the tokenizer has none.")
        return piece

    def _text(self, form: str, message: int, number: int | None, *values: Value) -> Iterator[Context]:
        """One text with its marks replaced in turn; contents may hold marks, and theirs are replaced too.

        The mark of a value that is None stays in the text, as there.
        """
        text = self.scribe.own(form, message)
        rounds = () if number is None else (("{{ROUND0}}", str(number)), ("{{ROUND1}}", str(number + 1)))
        for mark, value in (*values, *rounds):
            if value is None or mark not in text:
                continue
            if not isinstance(value, str):
                raise Refusal("error", "A prompt that is no text cannot be written.")
            text = text.replace(mark, self.scribe.own(value, message))
        if text:
            yield Context(text, None, "other", message, number or 0)

    def _round(
        self,
        question: Said,
        reply: Said,
        after: Said | None,
        number: int,
        count: int,
        system: Any,
        ended: bool,
    ) -> list[Context]:
        if question.role not in ("user", "tool"):
            raise Refusal(
                "error", f"A question has the role {question.role!r}, where ms-swift wants user or tool."
            )
        if reply.role != "assistant":
            raise Refusal("error", f"A reply has the role {reply.role!r}, where ms-swift wants assistant.")
        last = number == count - 1
        found = list(self._question(question, reply, number, last, system))
        if reply.content is None and last:
            asked = self.chosen.thought if self.thinks else self.chosen.no_thought
            return found + list(self._texts(asked, reply.message, number))
        found += self._reply(reply, number)
        if not last:
            closing = "" if after and after.role == "tool" else self.chosen.between or ""
            return found + list(self._closing(closing, "other", reply, number))
        if ended or self._is_closed(reply):
            return found
        return found + list(self._closing(self.chosen.suffix, "suffix", reply, number))

    def _question(
        self, question: Said, reply: Said, number: int, last: bool, system: Any
    ) -> Iterator[Context]:
        if question.role == "tool":
            yield from self._results(question, reply, number, system)
            return
        form = (self.chosen.system_prompt if last else None) or self.chosen.prompt
        values = ((SYSTEM, system), (QUERY, question.content))
        yield from self._texts(self._asking(form, question, reply), question.message, number, *values)

    def _asking(self, form: str, question: Said, reply: Said) -> Traced:
        """A question's form, with the header of the reply to it."""
        header = self.scribe.own(self.chosen.header, reply.message)
        return joined([self.scribe.own(form, question.message), header])

    def _results(self, question: Said, reply: Said, number: int, system: Any) -> Iterator[Context]:
        """Results: after "Observation:", in a question's form, or with headers of their own."""
        results = question.results
        assert results is not None, "results are written before rounds are"
        message, values = question.message, ((SYSTEM, system), (QUERY, ""))
        if results.kind == "question":
            closing = self.scribe.own(self.chosen.between or "", results.after)
            yield from self._texts(closing, results.after, number, *values)
            form = self._asking(self.chosen.prompt, question, reply)
            yield from self._texts(form, message, number, (QUERY, results.texts[0]), *values)
            return
        header = self.scribe.own(results.header, reply.message)
        for text in (self.scribe.own(results.end, results.after), *results.texts, header):
            yield from self._text(text, message, number, *values)

    def _reply(self, reply: Said, number: int) -> list[Context]:
        parts = reply.content if isinstance(reply.content, list) else [reply.content]
        for part in parts:
            if not isinstance(part, str):
                raise Refusal("error", f"The content of message {reply.message + 1} is no text.")
        return [Context(part, None, "response", reply.message, number) for part in parts]

    def _closing(self, form: str, kind: Type, reply: Said, number: int) -> Iterator[Context]:
        for context in self._texts(form, reply.message, number):
            # What follows a reply is counted to the next round.
            yield context._replace(type=kind, round=number + 1)

    def _is_closed(self, reply: Said) -> bool:
        """Whether the last reply ends with a token that ends a turn."""
        content = reply.content[-1] if isinstance(reply.content, list) else reply.content
        eos = self.tokenizer.special_tokens.get("eos_token")
        stops = [*self.chosen.stop_words, self.chosen.suffix.strip(), eos or ""]
        return any(content.endswith(stop) for stop in stops if stop and "{" not in stop)


def _complete(said: list[Said]) -> None:
    """An empty question before a reply that opens the row, and no reply after a question that ends it."""
    if said and said[0].role == "assistant":
        said.insert(0, Said("user", "", said[0].message))
    if len(said) % 2:
        said.append(Said("assistant", None, said[-1].message))
    if not said:
        raise Refusal("error", "ms-swift asserts that there are messages beside the system prompt.")
