"""Random names of snapshots, and the secrets that delete them.

Nothing of a snapshot's content is in either, so that nobody can confirm a guessed text.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets

ALPHABET = "23456789bcdfghjkmnpqrstvwxz"
"""Readable aloud, spells no words, and ends no link with a sign that a chat program would cut off."""

LENGTH = 16
"""Symbols of an id, 76 bits."""

SECRET_BYTES = 16


def new_id() -> str:
    """A random id.

    >>> new_id()
    'k7w3cztqd9mh2xv5'
    """
    return "".join(secrets.choice(ALPHABET) for _ in range(LENGTH))


def is_id(text: str) -> bool:
    """Whether a text can be an id at all, so that what cannot never reaches the database."""
    return len(text) == LENGTH and set(text) <= set(ALPHABET)


def new_secret() -> str:
    """128 random bits in hexadecimal digits, which stand in a link as they are."""
    return secrets.token_hex(SECRET_BYTES)


def hash_of(secret: str) -> bytes:
    """What is kept of a secret, 32 bytes; of 128 random bits, a plain hash cannot be turned back."""
    return hashlib.sha256(secret.encode()).digest()


def fits(secret: str, kept: bytes) -> bool:
    """Whether a secret is the one whose hash was kept, in a time that does not tell how far it fits."""
    return hmac.compare_digest(hash_of(secret), kept)
