"""The table of snapshots as queries see it; the migrations make it."""

from __future__ import annotations

from datetime import UTC, datetime

from sqlalchemy import BigInteger, Column, Dialect, Index, Integer, LargeBinary, MetaData, String, Table
from sqlalchemy.types import TypeDecorator


class Moment(TypeDecorator[datetime]):
    """A moment in UTC as whole seconds since 1970, the same in every database."""

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> int | None:
        """To the database."""
        return None if value is None else int(value.timestamp())

    def process_result_value(self, value: int | None, dialect: Dialect) -> datetime | None:
        """From the database."""
        return None if value is None else datetime.fromtimestamp(value, UTC)


SNAPSHOTS = Table(
    "snapshots",
    MetaData(),
    Column("id", String(16), primary_key=True),
    Column("created_at", Moment, nullable=False),
    Column("expires_at", Moment),
    Column("size", Integer, nullable=False),
    Column("schema_version", Integer, nullable=False),
    Column("app_version", String(64), nullable=False),
    Column("secret_hash", LargeBinary, nullable=False),
    Column("body", LargeBinary, nullable=False),
    # Holds all that the quota and the purge ask for, so that neither reads a body.
    Index("snapshots_by_expiry", "expires_at", "size"),
)
