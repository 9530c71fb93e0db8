"""A stranger's words in one line: nothing in them breaks the line, turns it around or stays unseen."""

from __future__ import annotations


def inert(text: str) -> str:
    r"""Every character that is not drawn as one, replaced.

    >>> inert("a\u202eb\n")
    'a�b�'
    """
    return "".join(character if character.isprintable() else "\ufffd" for character in text)


def shortened(text: str, most: int) -> str:
    """At most so many characters, the last an ellipsis where some are left out."""
    return text if len(text) <= most else f"{text[: most - 1]}…"
