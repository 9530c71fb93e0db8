"""A process that stores from 200 threads until it is killed, and prints each id once it is answered."""

from __future__ import annotations

import hashlib
import json
import os
import secrets
import threading

from lossmask.settings import Settings
from lossmask.storage.store import Store

THREADS = 200


def body() -> bytes:
    """About 20 KB that tell whether they are whole."""
    text = secrets.token_hex(10_000)
    return json.dumps({"text": text, "sha256": hashlib.sha256(text.encode()).hexdigest()}).encode()


def is_whole(body: bytes) -> bool:
    read = json.loads(body)
    return bool(hashlib.sha256(read["text"].encode()).hexdigest() == read["sha256"])


def keep_storing(store: Store) -> None:
    while True:
        # One write of a pipe's atomic size, so that a kill leaves no part of an id.
        os.write(1, f"{store.create(body()).id}\n".encode())


def main() -> None:
    store = Store.open(Settings())
    for _ in range(THREADS):
        threading.Thread(target=keep_storing, args=(store,)).start()


if __name__ == "__main__":
    main()
