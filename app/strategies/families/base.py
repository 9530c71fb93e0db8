"""What a model family's format is: what stands before and after each role's words.

    ChatML, for a user    header "<|im_start|>user\n"   end "<|im_end|>"   separator "\n"

The marks `{bos}` and `{eos}` in these texts stand for the tokenizer's own tokens. A family holds data
only; what a framework does with it (which piece is encoded with which, what it trains) is the
framework's own file. To add a family: an entry in a file beside this one, and a test.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

BOS, EOS = "{bos}", "{eos}"


@dataclass(frozen=True, slots=True)
class Form:
    """One role's turn: header, lead, words, end, separator.

    The header is supplied to the model; the lead opens what the model writes itself, such as
    the space before a reply. The separator follows the token that ends the turn.
    """

    header: str = ""
    lead: str = ""
    end: str = ""
    separator: str = ""

    @property
    def before(self) -> str:
        """All that precedes the words."""
        return self.header + self.lead

    @property
    def after(self) -> str:
        """All that follows the words."""
        return self.end + self.separator


@dataclass(frozen=True, slots=True)
class Thinking:
    """The marks around reasoning, with the white space that belongs to them."""

    opening: str
    closing: str

    @property
    def empty(self) -> str:
        """A block without a thought."""
        return self.opening + self.closing


THINK = Thinking("<think>\n", "\n</think>\n\n")


@dataclass(frozen=True, slots=True)
class Family:
    """A format by its roles. `call` is a reply that calls tools, `tool` a tool's result."""

    system: Form
    user: Form
    assistant: Form
    tool: Form | None = None
    call: Form | None = None
    prefix: str = ""
    thinking: Thinking = THINK

    @property
    def result(self) -> Form:
        """How a tool's result is written: as a user's words where the format has nothing of its own."""
        return self.tool or self.user

    @property
    def calling(self) -> Form:
        """How a reply with tool calls is written: as any reply where the format has nothing of its own."""
        return self.call or self.assistant

    def but(self, **changes: Any) -> Family:
        """The same family with some of its forms changed."""
        return replace(self, **changes)
