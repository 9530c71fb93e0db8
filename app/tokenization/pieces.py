"""How a vocabulary spells its entries, and the bytes that an entry stands for.

Two spellings are common. A byte-level vocabulary writes each byte as one printable character
(a space is `Ġ`, a newline `Ċ`); a metaspace vocabulary writes text, with `▁` for a space, and
`<0xE2>` for a byte that no entry covers.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Literal, TypeAlias

Spelling: TypeAlias = Literal["byte-level", "metaspace", "text"]

METASPACE = "\u2581"
_BYTE = re.compile(r"<0x([0-9A-F]{2})>")
_UNKNOWN = frozenset({"<unk>", "[UNK]"})


def _byte_alphabet() -> dict[str, int]:
    """The character of each byte: itself where it is printable Latin-1, else the next from U+0100 on."""
    printable = [*range(0x21, 0x7F), *range(0xA1, 0xAD), *range(0xAE, 0x100)]
    others = [byte for byte in range(256) if byte not in set(printable)]
    return {chr(byte): byte for byte in printable} | {chr(256 + i): byte for i, byte in enumerate(others)}


BYTES = _byte_alphabet()
_ALPHABET = frozenset(BYTES)
_BYTE_SPACE = ("\u0120", "\u010a")


def spelling_of(pieces: Iterable[str]) -> Spelling:
    """The spelling of a vocabulary, told from some of its entries; where they are alike in all, byte-level.

    >>> spelling_of(["give", "Ġme"])
    'byte-level'
    """
    seen = set(pieces)
    if any(piece.startswith(METASPACE) or _BYTE.fullmatch(piece) for piece in seen):
        return "metaspace"
    if any(piece.startswith(_BYTE_SPACE) for piece in seen):
        return "byte-level"
    # Added tokens are spelt as text in any vocabulary, and most of them stand in angle brackets.
    plain = (piece for piece in seen if not (piece.startswith("<") and piece.endswith(">")))
    return "byte-level" if all(map(_ALPHABET.issuperset, plain)) else "text"


def bytes_of(piece: str, spelling: Spelling, *, special: bool = False) -> bytes | None:
    """The bytes an entry stands for, or None where the entry does not tell.

    >>> bytes_of("ĠâĢ", "byte-level")
    b' \\xe2\\x80'
    """
    if piece in _UNKNOWN or piece.startswith("##"):
        return None
    if special:
        return _encoded(piece)
    if spelling == "byte-level":
        return _byte_level(piece)
    byte = _BYTE.fullmatch(piece)
    return bytes([int(byte[1], 16)]) if byte else _encoded(piece.replace(METASPACE, " "))


def _byte_level(piece: str) -> bytes | None:
    try:
        return bytes([BYTES[character] for character in piece])
    except KeyError:
        # An added token is spelt as text, whatever the rest of the vocabulary does.
        return _encoded(piece)


def _encoded(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")
