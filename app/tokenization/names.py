"""What a user may call a tokenizer: `bundled`, `local:FOLDER`, `hub:ORG/NAME` or `hub:ORG/NAME@REVISION`.

Covered: the spelling alone, strictly, so that no text of a user ever becomes a path or an
address. Not covered: whether there is such a tokenizer; that is `locate` and `hub`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import Literal, TypeAlias

from ..errors import TokenizerError

Source: TypeAlias = Literal["bundled", "local", "hub"]

# The Hub's own rule: letters, digits, `-`, `_` and `.`, neither first nor last `-` or `.`, at most 96 long.
_PART = r"[A-Za-z0-9_](?:[A-Za-z0-9_.-]{0,94}[A-Za-z0-9_])?"
_MODEL = re.compile(rf"{_PART}(?:/{_PART})?")
_REVISION = re.compile(r"[A-Za-z0-9_](?:[A-Za-z0-9_./-]{0,127})")
_FOLDER = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.+@-]{0,127}")
_COMMIT = re.compile(r"[0-9a-f]{40}")
_DOUBLED = re.compile(r"--|\.\.")

_SPELLINGS = "`bundled`, `local:FOLDER`, `hub:ORG/NAME` or `hub:ORG/NAME@REVISION`"


@dataclass(frozen=True, slots=True)
class TokenizerRef:
    """A tokenizer's name, taken apart.

    >>> TokenizerRef.parse("hub:Qwen/Qwen3-4B@main")
    TokenizerRef(source='hub', name='Qwen/Qwen3-4B', revision='main')
    """

    source: Source
    name: str = ""
    revision: str | None = None

    @classmethod
    def parse(cls, text: str) -> TokenizerRef:
        """Read a name as the API takes it.

        Raises:
            TokenizerError: `bad-model-id`, saying what a name looks like.
        """
        source, colon, rest = text.strip().partition(":")
        if source == "bundled" and not colon:
            return cls("bundled")
        if source == "local" and colon:
            return cls("local", _folder(rest))
        if source == "hub" and colon:
            return _hub(rest)
        raise _bad(f"{text!r} does not name a tokenizer; write {_SPELLINGS}.")

    @property
    def text(self) -> str:
        """The name as the API takes it: the inverse of `parse`."""
        if self.source == "bundled":
            return "bundled"
        revision = f"@{self.revision}" if self.revision else ""
        return f"{self.source}:{self.name}{revision}"

    @property
    def pinned(self) -> bool:
        """Whether the revision is a commit, so that the files behind the name never change."""
        return self.revision is not None and _COMMIT.fullmatch(self.revision) is not None

    def at(self, commit: str) -> TokenizerRef:
        """The same tokenizer at one commit."""
        return replace(self, revision=commit)


def as_typed(text: str) -> str:
    """A name as the API takes it, from what a person types: a bare `ORG/NAME` means the Hub.

    >>> as_typed(" Qwen/Qwen3-4B ")
    'hub:Qwen/Qwen3-4B'
    """
    text = text.strip()
    model = text.partition("@")[0]
    return f"hub:{text}" if "/" in model and ":" not in text else text


def _hub(text: str) -> TokenizerRef:
    model, at, revision = text.partition("@")
    if not _MODEL.fullmatch(model) or _DOUBLED.search(model) or model.endswith(".git"):
        raise _bad(f"{model!r} is not the name of a model on the Hub; it looks like `hub:Qwen/Qwen3-4B`.")
    if at and (not _REVISION.fullmatch(revision) or ".." in revision or "//" in revision):
        raise _bad(f"{revision!r} is not a revision; it is a branch, a tag or a commit.")
    return TokenizerRef("hub", model, revision or None)


def _folder(text: str) -> str:
    if not _FOLDER.fullmatch(text) or ".." in text:
        raise _bad(f"{text!r} is not the name of a folder: no slash, no `..`, and no leading dot.")
    return text


def _bad(sentence: str) -> TokenizerError:
    return TokenizerError(sentence, code="bad-model-id")
