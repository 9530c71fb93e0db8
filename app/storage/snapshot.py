"""What the storage gives back: a snapshot, what its creator gets, a row of the operator's list, the use.

A snapshot never changes. Nothing here tells who stored it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

SCHEMA_VERSION = 1
"""How bodies are written today; readers of earlier versions stay for ever."""


@dataclass(frozen=True, slots=True)
class Created:
    """The secret is shown once and nowhere kept; `expires_at` is None for never."""

    id: str
    secret: str = field(repr=False)
    expires_at: datetime | None


@dataclass(frozen=True, slots=True)
class Entry:
    """A snapshot without its body; `size` is that of the compressed body, in bytes."""

    id: str
    created_at: datetime
    expires_at: datetime | None
    size: int
    schema_version: int
    app_version: str

    def expired(self, now: datetime) -> bool:
        """Whether it opens no longer, though it may not have been purged yet."""
        return self.expires_at is not None and self.expires_at <= now


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A snapshot with its body, as it was given."""

    entry: Entry
    body: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Usage:
    """How many snapshots are stored, expired ones counted too until they are purged; sizes in bytes."""

    count: int
    expired: int
    size: int
    quota: int
