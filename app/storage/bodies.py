"""A snapshot's body as it is stored: compressed, within its limits, whole or refused.

What a body says is not this layer's business.
"""

from __future__ import annotations

import zlib

from ..errors import TooLarge
from ..settings import Settings
from .faults import storage_error


def packed(body: bytes, settings: Settings) -> bytes:
    """The body as it is stored.

    Raises:
        TooLarge: it exceeds a limit, before compression or after.
    """
    _check(len(body), settings.integer("snapshot_json_bytes"), "of JSON")
    stored = zlib.compress(body)
    _check(len(stored), settings.integer("snapshot_stored_bytes"), "once compressed")
    return stored


def unpacked(stored: bytes) -> bytes:
    """The body as it was given; its checksum stands at its end, so that half a body is noticed.

    Raises:
        StorageError: it is not whole, with code `snapshot-broken`.
    """
    try:
        return zlib.decompress(stored)
    except zlib.error as error:
        detail = "This snapshot cannot be read: the database holds only a part of it, or it was damaged."
        raise storage_error("snapshot-broken", detail, error) from None


def _check(size: int, most: int, how: str) -> None:
    if size > most:
        limit = f"at most {_amount(most)} can be stored"
        raise TooLarge(f"This is {_amount(size)} {how}, and {limit}; save it as a file instead.")


def _amount(size: int) -> str:
    """A size in words, rounded so that a size above a limit never looks equal to it.

    >>> _amount(1_468_007), _amount(262_144)
    ('1.4 MiB', '256 KiB')
    """
    return f"{size / 2**20:.3g} MiB" if size >= 2**20 else f"{size / 2**10:.4g} KiB"
