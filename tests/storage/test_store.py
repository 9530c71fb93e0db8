from __future__ import annotations

import json
import logging
import random
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from lossmask import __version__
from lossmask.errors import OptionError, SecretRefused, SnapshotNotFound, StorageError, StorageFull, TooLarge
from lossmask.settings import Settings
from lossmask.storage import ids
from lossmask.storage.database import reading, writing
from lossmask.storage.snapshot import Entry
from lossmask.storage.store import BATCH, Store
from lossmask.storage.tables import SNAPSHOTS

from tests.storage.conftest import Clock

BODY = json.dumps({"text": "grüße, 世界 \u0000 <script>"}).encode()


def noise(size: int, seed: int = 0) -> bytes:
    """Bytes that no compression makes smaller."""
    return random.Random(seed).randbytes(size)


def refused(store: Store, id: str) -> str:
    """What is said of an id that does not open."""
    with pytest.raises(SnapshotNotFound) as caught:
        store.read(id)
    return f"{caught.value.code} {caught.value.detail}"


def test_a_snapshot_opens_as_it_was_stored(store: Store, clock: Clock) -> None:
    created = store.create(BODY, schema_version=3)
    snapshot = store.read(created.id)
    assert snapshot.body == BODY
    assert snapshot.entry == Entry(
        id=created.id,
        created_at=clock.now,
        expires_at=clock.now + timedelta(days=30),
        size=snapshot.entry.size,
        schema_version=3,
        app_version=__version__,
    )
    assert created.expires_at == snapshot.entry.expires_at
    assert 0 < snapshot.entry.size < len(BODY) + 16


def test_equal_bodies_are_different_snapshots(store: Store) -> None:
    first, second = store.create(BODY), store.create(BODY)
    assert first.id != second.id
    assert first.secret != second.secret
    assert ids.is_id(first.id)
    store.delete(first.id, first.secret)
    assert store.read(second.id).body == BODY


def test_it_opens_again_after_a_restart(environment: dict[str, str]) -> None:
    with Store.open(Settings(environment)) as before:
        created = before.create(BODY)
    with Store.open(Settings(environment)) as after:
        assert after.read(created.id).body == BODY


@pytest.mark.parametrize(("lifetime", "days"), [("1-day", 1), ("30-days", 30), ("1-year", 365)])
def test_it_expires_to_the_second_and_not_later_for_being_opened(
    store: Store, clock: Clock, lifetime: str, days: int
) -> None:
    created = store.create(BODY, lifetime)
    clock.forward(days=days, seconds=-1)
    assert store.read(created.id).body == BODY
    clock.forward(seconds=1)
    refused(store, created.id)


def test_without_an_end_only_where_the_operator_offers_it(
    environment: dict[str, str], store: Store, clock: Clock
) -> None:
    with pytest.raises(OptionError, match="unlimited"):
        store.create(BODY, "unlimited")
    offering = Settings({**environment, "LOSSMASK_SNAPSHOT_LIFETIMES": "1-day unlimited"})
    with Store.open(offering, clock) as other:
        created = other.create(BODY, "unlimited")
        clock.forward(days=100_000)
        assert created.expires_at is None
        assert other.purge() == 0
        assert other.read(created.id).body == BODY
        assert other.usage().expired == 0


def test_absent_expired_deleted_and_impossible_are_alike(store: Store, clock: Clock) -> None:
    expired, deleted = store.create(BODY, "1-day"), store.create(BODY, "1-year")
    store.delete(deleted.id, deleted.secret)
    clock.forward(days=2)
    absent = ids.new_id()
    names = (absent, expired.id, deleted.id, "", "../../etc/passwd", absent.upper(), absent + "2", "é" * 16)
    assert len({refused(store, id) for id in names}) == 1
    for id, secret in [(absent, expired.secret), (expired.id, expired.secret), (deleted.id, deleted.secret)]:
        with pytest.raises(SnapshotNotFound):
            store.delete(id, secret)


def test_only_its_own_secret_deletes_it(store: Store) -> None:
    created, other = store.create(BODY), store.create(BODY)
    for secret in (other.secret, "", created.secret[:-1], created.secret.upper() + "é"):
        with pytest.raises(SecretRefused):
            store.delete(created.id, secret)
    assert store.read(created.id).body == BODY
    store.delete(created.id, created.secret)
    refused(store, created.id)
    assert store.usage().count == 1


def test_limits_before_and_after_compression(environment: dict[str, str]) -> None:
    small = {"LOSSMASK_SNAPSHOT_JSON_BYTES": "4096", "LOSSMASK_SNAPSHOT_STORED_BYTES": "2048"}
    with Store.open(Settings(environment | small)) as store:
        store.create(b"a" * 4096)
        with pytest.raises(TooLarge, match=r"4.001 KiB of JSON.*at most 4 KiB"):
            store.create(b"a" * 4097)
        with pytest.raises(TooLarge, match="once compressed"):
            store.create(noise(3000))
        assert store.usage().count == 1


def test_a_full_store_gives_up_what_has_expired_oldest_first_and_nothing_else(
    environment: dict[str, str], clock: Clock
) -> None:
    size = 1011
    quota = {"LOSSMASK_SNAPSHOT_QUOTA_BYTES": str((BATCH + 2) * size)}
    with Store.open(Settings(environment | quota), clock) as store:
        older = [store.create(noise(1000, seed), "1-day").id for seed in range(BATCH)]
        assert store.list()[0].size == size
        clock.forward(hours=1)
        newer = store.create(noise(1000), "1-day")
        kept = store.create(noise(1000), "1-year")
        with pytest.raises(StorageFull):
            store.create(noise(1000))
        assert store.usage().count == BATCH + 2
        clock.forward(days=1)
        created = store.create(noise(1000))
        left = {entry.id for entry in store.list()}
        assert left == {newer.id, kept.id, created.id}
        assert not left & set(older)
        assert store.read(kept.id).body == noise(1000)


def test_purge_removes_exactly_what_has_expired(store: Store, clock: Clock) -> None:
    for seed in range(BATCH + 5):
        store.create(noise(50, seed), "1-day")
    kept = store.create(BODY)
    assert store.purge() == 0
    clock.forward(days=1)
    assert (store.usage().count, store.usage().expired) == (BATCH + 6, BATCH + 5)
    assert store.purge(clock.now - timedelta(seconds=1)) == 0
    assert store.purge() == BATCH + 5
    assert [entry.id for entry in store.list()] == [kept.id]


def test_the_operator_lists_the_newest_first_and_removes_any(store: Store, clock: Clock) -> None:
    first = store.create(BODY, "1-day")
    clock.forward(days=3)
    second = store.create(BODY)
    assert [entry.id for entry in store.list()] == [second.id, first.id]
    assert [entry.id for entry in store.list(1)] == [second.id]
    assert [entry.expired(clock.now) for entry in store.list()] == [False, True]
    store.remove(first.id)
    with pytest.raises(SnapshotNotFound):
        store.remove(first.id)
    usage = store.usage()
    assert (usage.count, usage.size, usage.quota) == (1, store.list()[0].size, 500 * 2**20)


def test_a_quota_holds_with_many_writers_and_two_stores(environment: dict[str, str]) -> None:
    settings = Settings({**environment, "LOSSMASK_SNAPSHOT_QUOTA_BYTES": str(10 * 1011)})
    with Store.open(settings) as one, Store.open(settings) as other, ThreadPoolExecutor(12) as threads:
        tried = [threads.submit((one, other)[k % 2].create, noise(1000, k)) for k in range(40)]
        errors = [attempt.exception() for attempt in tried]
        assert sum(error is None for error in errors) == 10
        assert all(error is None or isinstance(error, StorageFull) for error in errors)
        assert one.usage().size == 10 * 1011


def test_purge_deletion_and_quota_work_while_others_read(store: Store, clock: Clock) -> None:
    kept = store.create(noise(20_000), "1-year")
    doomed = [store.create(noise(2000, seed), "1-day") for seed in range(2 * BATCH)]
    ended = threading.Event()

    def keep_reading() -> int:
        count = 0
        while not ended.is_set():
            assert store.read(kept.id).body == noise(20_000)
            count += 1
        return count

    with ThreadPoolExecutor(4) as threads:
        readers = [threads.submit(keep_reading) for _ in range(4)]
        try:
            for created in doomed[:20]:
                store.delete(created.id, created.secret)
            clock.forward(days=2)
            assert store.purge() == 2 * BATCH - 20
            store.create(BODY)
        finally:
            ended.set()
        assert all(reader.result() > 0 for reader in readers)
    assert store.usage().count == 2


def test_a_damaged_body_is_told_and_names_nothing(store: Store, damage: Callable[[str], None]) -> None:
    created = store.create(noise(2000))
    damage(created.id)
    with pytest.raises(StorageError) as caught:
        store.read(created.id)
    assert caught.value.code == "snapshot-broken"
    assert created.id not in f"{caught.value.detail} {caught.value.reason}"


@pytest.fixture
def damage(store: Store) -> Callable[[str], None]:
    """Cuts a stored body in half, as a fault of the disk would."""

    def cut(id: str) -> None:
        with writing(store._engine) as connection:
            body = connection.execute(SNAPSHOTS.select().where(SNAPSHOTS.c.id == id)).one().body
            connection.execute(
                SNAPSHOTS.update().where(SNAPSHOTS.c.id == id).values(body=body[: len(body) // 2])
            )

    return cut


def test_neither_ids_nor_bodies_are_logged(store: Store, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    created = store.create(b"private words")
    store.read(created.id)
    store.delete(created.id, created.secret)
    refused(store, created.id)
    said = caplog.text + repr(created)
    assert "private words" not in said
    assert created.id not in caplog.text
    assert created.secret not in said


def test_what_was_deleted_is_in_no_file_any_more(sqlite_environment: dict[str, str]) -> None:
    folder = Path(sqlite_environment["LOSSMASK_DATABASE"]).parent
    words = noise(9000)

    def on_disk() -> bool:
        return any(words[4000:4100] in file.read_bytes() for file in folder.iterdir())

    with Store.open(Settings(sqlite_environment)) as store:
        created = store.create(words)
        assert on_disk()
        store.delete(created.id, created.secret)
        assert not on_disk()


def test_deletion_does_not_wait_for_a_reader_and_the_journal_is_wiped_at_the_next_purge(
    sqlite_environment: dict[str, str],
) -> None:
    folder = Path(sqlite_environment["LOSSMASK_DATABASE"]).parent
    words = noise(9000)

    def on_disk() -> bool:
        return any(words[4000:4100] in file.read_bytes() for file in folder.iterdir())

    with Store.open(Settings(sqlite_environment)) as store:
        created = store.create(words)
        with reading(store._engine) as connection:
            connection.execute(SNAPSHOTS.select()).all()
            started = time.monotonic()
            store.delete(created.id, created.secret)
            assert time.monotonic() - started < 5
            assert on_disk(), "the reader still sees it"
        refused(store, created.id)
        store.purge()
        assert not on_disk()


def test_the_clock_is_utc(sqlite_environment: dict[str, str]) -> None:
    with Store.open(Settings(sqlite_environment)) as store:
        store.create(BODY)
        age = datetime.now(UTC) - store.list()[0].created_at
        assert timedelta(0) <= age < timedelta(minutes=1)
