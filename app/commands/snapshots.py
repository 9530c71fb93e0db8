"""`lossmask snapshots`: what is stored on this server, for its operator to list, show, remove and purge."""

from __future__ import annotations

import base64
import json
import sys
from argparse import Namespace
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any

from ..errors import LossmaskError, SnapshotNotFound
from ..settings import Settings
from ..storage.snapshot import Entry, Usage
from ..storage.store import Store
from .given import plain
from .terminal import Style, printable


def snapshots(given: Namespace, settings: Settings) -> int:
    """Run one of the commands; gives the exit code."""
    try:
        with Store.open(settings) as store:
            return _COMMANDS[given.action](store, given)
    except LossmaskError as error:
        print(plain(error, given), file=sys.stderr)
        return 2


def _list(store: Store, given: Namespace) -> int:
    entries, usage = store.list(), store.usage()
    if given.json:
        _print_json({"snapshots": [_entry_json(entry) for entry in entries], "usage": asdict(usage)})
        return 0
    style = Style.of(sys.stdout)
    for line in _listed(entries, style):
        print(line)
    print(_used(usage))
    return 0


def _show(store: Store, given: Namespace) -> int:
    try:
        snapshot = store.read(given.id)
    except SnapshotNotFound as error:
        return _absent(given.id, error)
    if given.json:
        _print_json({**_entry_json(snapshot.entry), "body": _body_json(snapshot.body)})
        return 0
    for name, value in _entry_json(snapshot.entry).items():
        print(f"{name.replace('_', ' ') + ':':16}{'never' if value is None else value}")
    print(f"{'json:':16}{len(snapshot.body):,} bytes; printed with --json")
    return 0


def _rm(store: Store, given: Namespace) -> int:
    removed: list[str] = []
    code = 0
    for id in given.ids:
        try:
            store.remove(id)
            removed.append(id)
        except SnapshotNotFound as error:
            code = _absent(id, error)
    if given.json:
        _print_json({"removed": removed})
    else:
        print(f"{_counted(len(removed))} removed.")
    return code


def _purge(store: Store, given: Namespace) -> int:
    removed = store.purge()
    if given.json:
        _print_json({"removed": removed})
    else:
        print(f"{_counted(removed, 'expired ')} removed.")
    return 0


_COMMANDS: Mapping[str, Callable[[Store, Namespace], int]] = {
    "list": _list,
    "show": _show,
    "rm": _rm,
    "purge": _purge,
}


def _listed(entries: Sequence[Entry], style: Style) -> Iterator[str]:
    now = datetime.now(UTC)
    if entries:
        yield style.loud(f"{'id':16}  {'stored (UTC)':16}  {'expires (UTC)':16}  {'KiB':>7}  version")
    for entry in entries:
        line = (
            f"{entry.id}  {_minute(entry.created_at)}  {_minute(entry.expires_at):16}  "
            f"{entry.size / 1024:7.1f}  {entry.app_version}"
        )
        yield style.quiet(f"{line}  expired") if entry.expired(now) else line


def _used(usage: Usage) -> str:
    """One sentence.

    >>> _used(Usage(count=2, expired=1, size=2**20, quota=500 * 2**20))
    '2 snapshots, 1 of them expired; 1.0 of 500.0 MiB used.'
    """
    expired = f", {usage.expired:,} of them expired" if usage.expired else ""
    size, quota = usage.size / 2**20, usage.quota / 2**20
    return f"{_counted(usage.count)}{expired}; {size:,.1f} of {quota:,.1f} MiB used."


def _counted(count: int, kind: str = "") -> str:
    return f"{count:,} {kind}snapshot{'' if count == 1 else 's'}"


def _minute(moment: datetime | None) -> str:
    return "never" if moment is None else f"{moment:%Y-%m-%d %H:%M}"


def _absent(id: str, error: SnapshotNotFound) -> int:
    print(f"lossmask: {printable(id)}: {error.detail}", file=sys.stderr)
    return 1


def _entry_json(entry: Entry) -> dict[str, Any]:
    return {
        name: value.isoformat().replace("+00:00", "Z") if isinstance(value, datetime) else value
        for name, value in asdict(entry).items()
    }


def _body_json(body: bytes) -> Any:
    """The body as it was given; one that is no JSON as base64, so that it can be looked into."""
    try:
        return json.loads(body)
    except ValueError:
        return {"base64": base64.b64encode(body).decode()}


def _print_json(value: Any) -> None:
    print(json.dumps(value))
