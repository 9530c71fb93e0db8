"""A state as the fragment of an address, and back: base64url of raw deflate of JSON.

Covered: text cut off, bytes that are no deflate, more than fits, text that is no UTF-8 and no JSON.
Not covered: what the JSON says, which `read` checks.
"""

from __future__ import annotations

import base64
import binascii
import json
import re
import zlib

from ...errors import LinkError
from .read import VERSION, newer, read_json
from .schema import State

LIMIT = 256 * 1024
"""Bytes of JSON that a link may unfold to, so that a short one cannot fill the memory."""

RAW = -15
"""What zlib calls deflate without a head."""

LONGEST = 2 * LIMIT
"""Characters; what does not shrink grows by a third in base64."""

_FRAGMENT = re.compile(r"v([0-9]{1,6})\.([A-Za-z0-9_-]*)")

DAMAGED = (
    "The link is damaged or was cut off; some chat apps cut long links. Ask for it again, or for the file."
)


def fragment_of(state: State) -> str:
    """`v1.` and the state, to stand behind the `#` of an address.

    Raises:
        LinkError: `link-too-large`.
    """
    text = json.dumps(state.as_json(), ensure_ascii=False, separators=(",", ":")).encode()
    if len(text) > LIMIT:
        raise LinkError(
            f"The state has {len(text):,} bytes, and a link holds {LIMIT:,}; export a file instead.",
            code="link-too-large",
        )
    packer = zlib.compressobj(9, zlib.DEFLATED, RAW)
    packed = packer.compress(text) + packer.flush()
    return f"v{VERSION}.{base64.urlsafe_b64encode(packed).rstrip(b'=').decode()}"


def read_link(text: str) -> State:
    """The state in an address, or in its fragment alone.

    >>> read_link("https://host/#v1.q1YqU7Iy1FEqLk…")

    Raises:
        LinkError: a plain sentence on what is wrong with it.
    """
    before, sign, fragment = text.strip().partition("#")
    return read_fragment(fragment if sign else before)


def read_fragment(fragment: str) -> State:
    """The state in what stands behind the `#`; raises as `read_link` does."""
    if len(fragment) > LONGEST:
        raise _too_large()
    found = _FRAGMENT.fullmatch(fragment)
    if found is None:
        known = fragment.startswith("v") and fragment[1:2].isdecimal()
        raise LinkError(DAMAGED if known else "This is no link of Lossmask: those have `#v1.` in them.")
    if int(found[1]) > VERSION:
        raise newer(int(found[1]))
    return read_json(_text(_unpacked(found[2])))


def _unpacked(text: str) -> bytes:
    unpacker = zlib.decompressobj(RAW)
    try:
        packed = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
        found = unpacker.decompress(packed, LIMIT + 1)
    except (binascii.Error, zlib.error):
        raise LinkError(DAMAGED) from None
    if len(found) > LIMIT:
        raise _too_large()
    if not unpacker.eof or unpacker.unused_data:
        raise LinkError(DAMAGED)
    return found


def _text(found: bytes) -> str:
    try:
        return found.decode()
    except UnicodeDecodeError:
        raise LinkError(DAMAGED) from None


def _too_large() -> LinkError:
    return LinkError(
        f"The link unfolds to more than {LIMIT // 1024} KB; it is not opened.", code="link-too-large"
    )
