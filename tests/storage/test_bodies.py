from __future__ import annotations

import random

import pytest
from lossmask.errors import StorageError, TooLarge
from lossmask.settings import Settings
from lossmask.storage.bodies import packed, unpacked

DEFAULTS = Settings({})


@pytest.mark.parametrize("body", [b"", b"{}", "grüße ".encode() * 1000, bytes(range(256))])
def test_there_and_back(body: bytes) -> None:
    assert unpacked(packed(body, DEFAULTS)) == body


def test_the_limits_as_they_are_by_default() -> None:
    packed(b" " * 2**20, DEFAULTS)
    with pytest.raises(TooLarge, match=r"This is 1.4 MiB of JSON, and at most 1 MiB can be stored"):
        packed(b" " * 1_468_007, DEFAULTS)
    with pytest.raises(TooLarge, match=r"293.\d KiB once compressed, and at most 256 KiB can be stored"):
        packed(random.Random(0).randbytes(300_000), DEFAULTS)


def test_every_cut_is_noticed() -> None:
    stored = packed(b"the pan is warm and butter melts", DEFAULTS)
    for end in range(len(stored)):
        with pytest.raises(StorageError) as caught:
            unpacked(stored[:end])
        assert caught.value.code == "snapshot-broken"
        assert caught.value.reason


def test_a_changed_byte_is_noticed() -> None:
    stored = bytearray(packed(random.Random(0).randbytes(5000), DEFAULTS))
    stored[2500] ^= 1
    with pytest.raises(StorageError):
        unpacked(bytes(stored))
